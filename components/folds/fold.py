"""Fold: a model that has learned from the other folds, judged on this one."""

import json
import os
from pathlib import Path
from typing import Any

import keras
import pyarrow.parquet as pq
from tfx.dsl.components.base import base_component, base_executor, executor_spec
from tfx.types import artifact, artifact_utils, channel, component_spec, standard_artifacts

from analysis import predictions
from analysis.folds import FILE, FoldResult
from analysis.predictions import Info
from components.artifacts import Artifacts
from components.data import examples, summary
from components.evaluation import answered, metrics, verdict
from components.folds import dividing
from components.training import devices
from components.training.prepared import Arrays, Prepared
from registry import dossier
from schemas import codec, curves
from schemas.description import Description
from schemas.files import replacing, write_whole
from schemas.models import Model
from schemas.splits import EVAL, TEST, TRAIN
from schemas.tasks import SEVERAL
from schemas.training import Training

OUT_OF_FOLD = "out-of-fold"  # whose examples the predictions are


class JudgedFold(artifact.Artifact):
    """result.json (a ``FoldResult``), the curves of the training, and predictions.parquet of the fold's rows."""

    TYPE_NAME = "JudgedFold"


class Executor(base_executor.BaseExecutor):
    """Trains as the Trainer does, without exporting the model, and answers the fold."""

    def Do(self, input_dict: Artifacts, output_dict: Artifacts, exec_properties: dict[str, Any]) -> None:
        """Writes the ``result`` artifact."""
        fold, count = exec_properties["fold"], exec_properties["count"]
        uri = artifact_utils.get_single_uri(input_dict["folds"])
        transform_graph = artifact_utils.get_single_uri(input_dict["transform_graph"])
        description = Description.from_json(exec_properties["description"])
        counted = dividing.counted(summary.read(uri), fold, count)
        by_time = dividing.is_by_time(summary.read(uri))
        learned, stopping = (
            examples.files(uri, dividing.training_splits(fold, count, part, by_time=by_time)) for part in (TRAIN, EVAL)
        )
        training: Training = codec.loads(exec_properties["training"])
        prepared = Prepared(description, transform_graph, counted, learned, stopping, training.memory)
        fitted, _ = prepared.fit(
            codec.loads(exec_properties["model"]), training, devices.find(workers=1), says_devices=False
        )
        folder = Path(artifact_utils.get_single_uri(output_dict["result"]))
        labels, answers = _answer(
            prepared, fitted.model, uri, dividing.judging_splits(fold), codec.loads(exec_properties["slices"]), folder
        )
        curves.write(folder, fitted.curves)
        result = FoldResult(
            exec_properties["repeat"],
            fold,
            training.seed,
            {name: counted["splits"][name]["rows"] for name in (TRAIN, EVAL, TEST)},
            metrics.of_arrays(description.task, labels, answers),
            verdict.naive_baseline(description.task, counted, TEST),
            tuple(curve.best.epoch if curve.best else 0 for curve in curves.read(folder)),
        )
        write_whole(folder / FILE, json.dumps(result.to_json()))


def _answer(
    prepared: Prepared,
    model: keras.Model,
    uri: str,
    splits: list[str],
    slices: tuple[tuple[str, ...], ...],
    folder: Path,
) -> tuple[Arrays, Arrays]:
    """Answers splits of the folds, and writes predictions.parquet of each task; returns the labels and the answers."""
    description = prepared.description
    answers = prepared.answers(
        model, prepared.examples(examples.files(uri, splits), prepared.counted["splits"][TEST]["rows"])
    )
    judged, task = examples.read(uri, splits), description.task
    labels = []
    for number, (part, own) in enumerate(
        zip(task.parts, answers if task.kind == SEVERAL else (answers,), strict=True), 1
    ):
        info = Info(description.name, codec.dumps(part), OUT_OF_FOLD, description.raw(), slices)
        columns = answered.columns(info, task.parts, judged.records)
        place = dossier.of_task(folder, number)
        place.mkdir(parents=True, exist_ok=True)
        with replacing(place / predictions.FILE) as file:
            pq.write_table(answered.table(info, task.parts, columns, judged.keys, own), file)
        labels.append(columns[part.label])
    return tuple(labels) if task.kind == SEVERAL else labels[0], answers


def read(uri: str) -> FoldResult:
    """The result in the folder ``uri`` of a JudgedFold artifact."""
    return FoldResult.from_json(json.loads(Path(os.path.join(uri, FILE)).read_text(encoding="utf-8")))


class FoldSpec(component_spec.ComponentSpec):
    """Texts are JSON (schemas.codec); ``fold`` and ``repeat`` are from 1, and ``count`` says how many folds there are."""

    PARAMETERS = {
        **{
            name: component_spec.ExecutionParameter(type=str) for name in ("description", "model", "training", "slices")
        },
        **{name: component_spec.ExecutionParameter(type=int) for name in ("fold", "count", "repeat")},
    }
    INPUTS = {
        "folds": component_spec.ChannelParameter(type=standard_artifacts.Examples),
        "transform_graph": component_spec.ChannelParameter(type=standard_artifacts.TransformGraph),
    }
    OUTPUTS = {"result": component_spec.ChannelParameter(type=JudgedFold)}


class Fold(base_component.BaseComponent):
    """A model for one fold of one repeat, judged; output ``result``."""

    SPEC_CLASS = FoldSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(
        self,
        *,
        description: Description,
        model: Model,
        training: Training,
        slices: tuple[tuple[str, ...], ...],
        fold: int,
        count: int,
        repeat: int,
        **inputs: Any,
    ) -> None:
        super().__init__(
            spec=FoldSpec(
                description=description.to_json(),
                model=codec.dumps(model),
                training=codec.dumps(training),
                slices=codec.dumps(slices),
                fold=fold,
                count=count,
                repeat=repeat,
                result=channel.Channel(type=JudgedFold),
                **inputs,
            )
        )

"""Point: a training on a part of the train split, measured on that part and on the whole eval split."""

import dataclasses
import json
import math
import os
from pathlib import Path
from typing import Any

import keras
import numpy as np
from tfx.dsl.components.base import base_component, base_executor, executor_spec
from tfx.types import artifact, artifact_utils, channel, component_spec, standard_artifacts

from analysis.learning_curve import FILE, CurvePoint
from analysis.losses import losses as losses_of
from components.artifacts import Artifacts
from components.data import examples, summary
from components.data.summary import Summary
from components.evaluation import metrics
from components.training import devices
from components.training.fitting import steps_of
from components.training.prepared import Prepared
from schemas import codec, curves
from schemas.description import Description
from schemas.files import replacing, write_whole
from schemas.models import Model
from schemas.splits import EVAL, TRAIN
from schemas.training import Training

LOSSES = "losses.npy"


class LearningCurvePoint(artifact.Artifact):
    """result.json (a ``CurvePoint``), the curves of the training, and losses.npy: float64[N], of the eval examples."""

    TYPE_NAME = "LearningCurvePoint"


class Executor(base_executor.BaseExecutor):
    """Trains as the Trainer does, without exporting the model, and answers both splits."""

    def Do(self, input_dict: Artifacts, output_dict: Artifacts, exec_properties: dict[str, Any]) -> None:
        """Writes the ``point`` artifact."""
        learned, whole = (artifact_utils.get_single_uri(input_dict[name]) for name in ("learned", "examples"))
        graph = artifact_utils.get_single_uri(input_dict["transform_graph"])
        folder = Path(artifact_utils.get_single_uri(output_dict["point"]))
        description = Description.from_json(exec_properties["description"])
        files = examples.files(learned, [TRAIN]), examples.files(whole, [EVAL])
        declared: Training = codec.loads(exec_properties["training"])
        prepared = Prepared(description, graph, _counted(learned, whole), *files, memory=declared.memory)
        training = as_many_steps(
            declared,
            prepared.counted["splits"][TRAIN]["rows"],
            summary.read(whole)["splits"][TRAIN]["rows"],
        )
        fitted, _ = prepared.fit(
            codec.loads(exec_properties["model"]), training, devices.find(workers=1), says_devices=False
        )
        curves.write(folder, fitted.curves)
        write_whole(folder / FILE, json.dumps(_measured(prepared, fitted.model, folder).to_json()))


def _measured(prepared: Prepared, model: keras.Model, folder: Path) -> CurvePoint:
    """The point, of the curves in the folder; the losses of the eval examples are written there."""
    task, data = prepared.description.task, prepared.data
    labels, answers = prepared.labels(data.evaluation), prepared.answers(model, data.evaluation)
    evaluation = losses_of(task, labels, answers)
    with replacing(folder / LOSSES) as part, part.open("wb") as file:
        np.save(file, evaluation)
    found = curves.read(folder)
    return CurvePoint(
        share=1.0,  # the same examples may be another share of another train split: pipelines.experiments knows it
        examples=data.train.rows,
        train=_mean(losses_of(task, prepared.labels(data.train), prepared.answers(model, data.train))),
        eval=_mean(evaluation),
        metric=metrics.intervals_of_arrays(task, labels, answers)[task.primary.name],
        epochs=tuple(len(curve.epochs) for curve in found),
        best_epochs=tuple(curve.best.epoch if curve.best else 0 for curve in found),
    )


def as_many_steps(training: Training, rows: int, whole: int) -> Training:
    """The training that may take as many steps with ``rows`` examples as with ``whole`` of them.

    An epoch of fewer examples has fewer steps: with the same epochs a small part would stop before it has learned what it
    can, and the curve would show that as a lack of data.
    """
    factor = steps_of(whole, training) / steps_of(rows, training)
    epochs, patience = (math.ceil(each * factor) for each in (training.epochs, training.patience))
    return dataclasses.replace(training, epochs=epochs, patience=patience)


def _counted(learned: str, whole: str) -> Summary:
    """The summary of the very examples that are learned from, and of those that stop the training."""
    train, evaluation = summary.read(learned)["splits"][TRAIN], summary.read(whole)["splits"][EVAL]
    return {"splits": {TRAIN: train, EVAL: evaluation}}


def _mean(losses: np.ndarray) -> float | None:
    found = float(losses.mean())
    return found if math.isfinite(found) else None


def read(uri: str) -> CurvePoint:
    """The point in the folder ``uri`` of a LearningCurvePoint artifact."""
    return CurvePoint.from_json(json.loads(Path(os.path.join(uri, FILE)).read_text(encoding="utf-8")))


def losses(uri: str) -> np.ndarray:
    """The losses of the eval examples, float64[N], in the order of their files."""
    found: np.ndarray = np.load(os.path.join(uri, LOSSES))
    return found


class PointSpec(component_spec.ComponentSpec):
    """Texts are JSON (schemas.codec)."""

    PARAMETERS = {name: component_spec.ExecutionParameter(type=str) for name in ("description", "model", "training")}
    INPUTS = {
        "learned": component_spec.ChannelParameter(type=standard_artifacts.Examples),
        "examples": component_spec.ChannelParameter(type=standard_artifacts.Examples),
        "transform_graph": component_spec.ChannelParameter(type=standard_artifacts.TransformGraph),
    }
    OUTPUTS = {"point": component_spec.ChannelParameter(type=LearningCurvePoint)}


class Point(base_component.BaseComponent):
    """A training on the ``train`` split of ``learned``, stopped by the ``eval`` split of ``examples``; output ``point``."""

    SPEC_CLASS = PointSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(self, *, description: Description, model: Model, training: Training, **inputs: Any) -> None:
        super().__init__(
            spec=PointSpec(
                description=description.to_json(),
                model=codec.dumps(model),
                training=codec.dumps(training),
                point=channel.Channel(type=LearningCurvePoint),
                **inputs,
            )
        )

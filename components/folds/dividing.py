"""Folds: the train and eval examples divided into K folds. Each example is written once, whatever it is used for.

The output is an Examples artifact with two splits a fold, ``fold-2-train`` and ``fold-2-eval``. A model for fold 2 learns
from the first, and is stopped by the second, of all folds but 2; both of fold 2 judge it. So a name of splits is all that
Transform needs to analyse what a fold's model learns from, and nothing is written K times.

By time there is a part more, ``fold-0``, the oldest examples, which judge nothing: a model for fold 2 learns from the parts
before it, ``fold-0`` and ``fold-1`` (forward chaining), and so from nothing that came later.
"""

import json
import os
from typing import Any

import numpy as np
import tensorflow as tf
from tfx.components.util import examples_utils
from tfx.dsl.components.base import base_component, base_executor, executor_spec
from tfx.proto import example_gen_pb2
from tfx.types import artifact_utils, channel, component_spec, standard_artifacts
from tfx.utils import io_utils

from components.artifacts import Artifacts
from components.data import examples, schema, summary
from components.data.strata import strata_of
from components.data.summary import Summary
from components.folds.assignment import assign, by_time
from schemas import codec
from schemas.columns import labels_of
from schemas.splits import EVAL, TEST, TRAIN, Splits
from schemas.tasks import Task

FILE = "folds.json"


def split_of(fold: int, part: str) -> str:
    """The name of a part (``train`` or ``eval``) of a fold, counted from 1."""
    return f"fold-{fold}-{part}"


def training_splits(fold: int, folds: int, part: str, *, by_time: bool) -> list[str]:
    """The splits that a fold's model learns from (``train``), or that stop its training (``eval``)."""
    if by_time:
        return [split_of(other, part) for other in range(fold)]
    return [split_of(other, part) for other in range(1, folds + 1) if other != fold]


def judging_splits(fold: int) -> list[str]:
    """The splits that judge a fold's model."""
    return [split_of(fold, TRAIN), split_of(fold, EVAL)]


def counted(whole: Summary, fold: int, folds: int) -> Summary:
    """The summary of one fold's training, in the form of a run's: of ``train``, ``eval`` and, of the fold itself, ``test``."""
    by_time = is_by_time(whole)
    parts = {
        TRAIN: training_splits(fold, folds, TRAIN, by_time=by_time),
        EVAL: training_splits(fold, folds, EVAL, by_time=by_time),
        TEST: judging_splits(fold),
    }
    return summary.merge({name: whole["splits"][split]} for name, splits in parts.items() for split in splits)


def is_by_time(whole: Summary) -> bool:
    """Whether the folds of a summary follow each other in time."""
    return split_of(0, TRAIN) in whole["splits"]


class Executor(base_executor.BaseExecutor):
    """Assigns the folds (components.folds.assignment), and writes them."""

    def Do(self, input_dict: Artifacts, output_dict: Artifacts, exec_properties: dict[str, Any]) -> None:
        """Writes the ``folds`` artifact. Raises InputError for too few examples."""
        task: Task = codec.loads(exec_properties["task"])
        splits: Splits = codec.loads(exec_properties["splits"])
        found = examples.read(artifact_utils.get_single_uri(input_dict["examples"]), (TRAIN, EVAL))
        batch = found.batch(schema.read(artifact_utils.get_single_uri(input_dict["schema"])))
        count, share = exec_properties["count"], splits.eval / (splits.train + splits.eval)
        if splits.time:
            until = found.keys["until"].to_numpy() if "until" in found.keys.column_names else None
            assigned = by_time(found.keys["time"].to_numpy(), count, share, until)
        else:
            assigned = assign(
                found.keys["key"].to_pylist(),
                *strata_of(task, batch),
                count,
                share,
                f"{splits.salt}/{exec_properties['repeat']}",
            )
        folds = artifact_utils.get_single_instance(output_dict["folds"])
        parts = {}
        for fold in range(count + bool(splits.time)):
            for part, chosen in ((TRAIN, ~assigned.evaluates), (EVAL, assigned.evaluates)):
                rows = np.flatnonzero((assigned.fold == fold) & chosen)
                name = split_of(fold if splits.time else fold + 1, part)
                examples.write(folds.uri, name, found.take(rows))
                parts[name] = summary.of_batch(batch.take(rows), labels_of(task))
        summary.write(folds.uri, {"splits": parts})
        text = json.dumps({"strata": assigned.strata, "notes": assigned.notes, "rows": int(np.sum(assigned.fold >= 0))})
        io_utils.write_string_file(os.path.join(folds.uri, FILE), text)
        folds.split_names = artifact_utils.encode_split_names(list(parts))
        examples_utils.set_payload_format(folds, example_gen_pb2.FORMAT_TF_EXAMPLE)


def read(uri: str) -> dict[str, Any]:
    """Of the folds in the folder ``uri``: their ``strata``, ``notes`` and number of ``rows``."""
    with tf.io.gfile.GFile(os.path.join(uri, FILE)) as file:
        found: dict[str, Any] = json.loads(file.read())
    return found


class FoldsSpec(component_spec.ComponentSpec):
    """``task`` and ``splits`` are JSON texts (schemas.codec); ``repeat`` is from 1."""

    PARAMETERS = {
        "task": component_spec.ExecutionParameter(type=str),
        "splits": component_spec.ExecutionParameter(type=str),
        "count": component_spec.ExecutionParameter(type=int),
        "repeat": component_spec.ExecutionParameter(type=int),
    }
    INPUTS = {
        "examples": component_spec.ChannelParameter(type=standard_artifacts.Examples),
        "schema": component_spec.ChannelParameter(type=standard_artifacts.Schema),
    }
    OUTPUTS = {"folds": component_spec.ChannelParameter(type=standard_artifacts.Examples)}


class Folds(base_component.BaseComponent):
    """The examples of the train and the eval split in K folds; output ``folds``. The test split is not read."""

    SPEC_CLASS = FoldsSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(self, *, examples: Any, schema: Any, task: Task, splits: Splits, count: int, repeat: int) -> None:
        super().__init__(
            spec=FoldsSpec(
                task=codec.dumps(task),
                splits=codec.dumps(splits),
                count=count,
                repeat=repeat,
                examples=examples,
                schema=schema,
                folds=channel.Channel(type=standard_artifacts.Examples),
            )
        )

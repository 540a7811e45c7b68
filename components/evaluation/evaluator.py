"""Evaluator: TFMA's metrics, and a verdict on them with its reasons in verdict.json; the blessing follows from it."""

import json
import math
import os
from pathlib import Path
from typing import Any

import tensorflow as tf
import tensorflow_model_analysis as tfma
from tfx.components import Evaluator as TfxEvaluator
from tfx.components.evaluator import executor
from tfx.dsl.components.base import executor_spec
from tfx.types import artifact_utils
from tfx.utils import path_utils, proto_utils

from components.artifacts import Artifacts
from components.data import summary
from components.evaluation import blessing, contracts, verdict
from components.evaluation.answered import label_text
from components.evaluation.eval_config import BASELINE, CANDIDATE, eval_config
from components.evaluation.forecast_state import EXAMPLE_COUNT
from components.evaluation.metrics import HIGH, LOW
from components.evaluation.needed_columns import needed, reading
from prediction.loaded_model import loaded_once
from schemas import codec
from schemas.contracts import Contract
from schemas.errors import InputError
from schemas.model_card import ModelCard
from schemas.records import ContractResult, Interval, SliceResult, Verdict
from schemas.splits import said
from schemas.tasks import Task
from schemas.thresholds import Threshold

FILE = "verdict.json"
ONLY_MODEL = ""  # TFMA drops the name where there is one model
SPLIT = "test"  # eval chose when training stopped, so the model is a little too good on it


class Executor(executor.Executor):
    """TFX's Evaluator, with a verdict that has reasons and margins."""

    def Do(self, input_dict: Artifacts, output_dict: Artifacts, exec_properties: dict[str, Any]) -> None:
        """Computes the metrics by TFMA, judges them, and writes verdict.json and the blessing."""
        task: Task = codec.loads(exec_properties["task"])
        inputs = dict(input_dict)
        note = _incomparable(inputs)
        if note:
            # TFX loads and evaluates whatever baseline it gets, and fails where its files are gone or its columns are others.
            inputs.pop("baseline_model", None)
        config = tfma.EvalConfig()
        proto_utils.json_to_proto(exec_properties["eval_config"], config)
        with reading(needed(config)):
            super().Do(inputs, output_dict, exec_properties)
        uri = artifact_utils.get_single_uri(output_dict["evaluation"])
        counted = summary.read(artifact_utils.get_single_uri(input_dict["examples"]))
        overall, slices = results(uri, ONLY_MODEL if note else CANDIDATE, task)
        found = verdict.judge(
            task,
            overall,
            slices,
            split=SPLIT,
            thresholds=codec.loads(exec_properties["thresholds"]),
            naive=verdict.naive_baseline(task, counted, SPLIT),
            baseline=None if note else results(uri, BASELINE, task)[0].metrics,
            tolerance=exec_properties["tolerance"],
            note=note,
            contracts=self._contracts(input_dict, exec_properties),
        )
        with tf.io.gfile.GFile(os.path.join(uri, FILE), "w") as file:
            file.write(json.dumps(found.to_json(), indent=1))
        # TFX's Evaluator writes no blessing where its config has no thresholds, and TFMA a result without any check.
        blessing.write_validation(uri, found)
        artifact = artifact_utils.get_single_instance(output_dict["blessing"])
        blessing.write(artifact, found.blessed, inputs["model"][0], *inputs.get("baseline_model", []))

    @staticmethod
    def _contracts(input_dict: Artifacts, exec_properties: dict[str, Any]) -> tuple[ContractResult, ...]:
        declared = codec.loads(exec_properties["contracts"])
        if not declared:  # loading a model takes a second
            return ()
        model = loaded_once(Path(path_utils.serving_model_path(artifact_utils.get_single_uri(input_dict["model"]))))
        return contracts.judge(declared, model, artifact_utils.get_single_uri(input_dict["examples"]))


def read(uri: str) -> Verdict:
    """The verdict in the folder ``uri`` of an evaluation artifact."""
    with tf.io.gfile.GFile(os.path.join(uri, FILE)) as file:
        return Verdict.from_json(json.loads(file.read()))


def _incomparable(inputs: Artifacts) -> str | None:
    """Why the last blessed model cannot be compared with this one, or None."""
    if not inputs.get("baseline_model"):
        return "no model was blessed before"
    # The Trainer was cached, so that a changed evaluation judges the model that is blessed already.
    if inputs["model"][0].id == inputs["baseline_model"][0].id:
        return "the last blessed model is this one"
    card = _card(inputs["model"][0])
    try:
        baseline = _card(inputs["baseline_model"][0])
    except InputError:  # the metadata store remembers artifacts whose folders people have removed
        return "the last blessed model's files are gone"
    if _answered(card) != _answered(baseline):
        return "the last blessed model predicts another label, or other classes"
    if not set(card.outputs) <= set(baseline.outputs) or card.horizon != baseline.horizon:
        return "the last blessed model answers without an interval, or with another number of values"
    if not _judges_fairly(card.splits, baseline.splits):
        return "the last blessed model has learned from other rows (another division into splits), perhaps from these"
    if any(baseline.inputs[name] != kind for name, kind in card.inputs.items() if name in baseline.inputs):
        return "the last blessed model reads a column as another type"
    return None


def _answered(card: ModelCard) -> list[tuple[str, str, list[str] | None]]:
    """What each of its tasks predicts."""
    return [(part.task, part.label, part.classes) for part in card.parts()]


def _judges_fairly(splits: dict[str, Any], before: dict[str, Any]) -> bool:
    """Whether the test split of a division has no row that a model of the division before has learned from."""
    splits, before = said(splits), said(before)
    if splits == before:
        return True
    cuts = ("eval_from", "test_from")
    same = all(splits.get(name) == before.get(name) for name in splits.keys() | before.keys() if name not in cuts)
    if not same or "test_from" not in splits or "test_from" not in before:
        return False
    # By time the older model has seen nothing from its own test split on: one that begins at the same time or later is as new
    # to it.
    return _order(splits["test_from"]) >= _order(before["test_from"])


def _order(cut: str) -> tuple[float, str]:
    """Numbers by their size, times in ISO 8601 as they are written."""
    try:
        return float(cut), ""
    except ValueError:
        return 0.0, cut


def _card(model: Any) -> ModelCard:
    return ModelCard.read(Path(path_utils.serving_model_path(model.uri)))


def results(uri: str, model: str, task: Task) -> tuple[SliceResult, list[SliceResult]]:
    """TFMA's metrics of one model: of all examples, and by slice in the order of columns and values.

    Args:
      uri: the folder of the evaluation artifact.
      model: the name in the EvalConfig, or ``ONLY_MODEL``.
    """
    names = [metric.name for metric in task.metrics]
    rows = []
    for key, outputs in tfma.load_eval_result(uri, model_name=model).slicing_metrics:
        found = {name: _number(value["doubleValue"]) for name, value in outputs[""][""].items()}
        metrics = {name: found[name] for name in names}
        intervals = {name: Interval(found[name], found[name + LOW], found[name + HIGH]) for name in names}
        values = {column: _slice_value(task, column, value) for column, value in key}
        rows.append(SliceResult(values, int(found[EXAMPLE_COUNT] or 0), metrics, intervals))
    # TFMA gives the slices in no fixed order.
    overall = next(row for row in rows if not row.slice)
    return overall, sorted((row for row in rows if row.slice), key=lambda row: sorted(row.slice.items()))


def _number(value: float | str) -> float | None:
    """A metric's value; None where it has none, as an AUC of one class (TFMA gives the text "NaN")."""
    number = float(value)
    return number if math.isfinite(number) else None


def _slice_value(task: Task, column: str, value: Any) -> str:
    """A column's value as text; a label by the name of its class, not its index."""
    for part in task.parts:
        if column == part.label and part.classes_or_none:
            return label_text(part, int(value))
    return value.decode() if isinstance(value, bytes) else str(value)


class Evaluator(TfxEvaluator):
    """Metrics overall and by slice, for the candidate and the last blessed model; outputs ``evaluation``, ``blessing``."""

    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)

    def __init__(
        self,
        *,
        examples: Any,
        model: Any,
        baseline_model: Any,
        task: Task,
        slices: tuple[tuple[str, ...], ...],
        thresholds: dict[str, Threshold],
        tolerance: float,
        behaviour: tuple[Contract, ...] = (),
    ) -> None:
        super().__init__(
            examples=examples,
            model=model,
            baseline_model=baseline_model,
            eval_config=eval_config(task, slices),
            example_splits=[SPLIT],
        )
        # Set here, as TFX's Evaluator takes no other parameters; TFX hashes them into the cache key all the same.
        self.exec_properties["task"] = codec.dumps(task)
        self.exec_properties["thresholds"] = codec.dumps(thresholds)
        self.exec_properties["tolerance"] = float(tolerance)
        self.exec_properties["contracts"] = codec.dumps(behaviour)

"""What TFMA computes, from the task and the slices of the page."""

import json

import tensorflow_model_analysis as tfma

from schemas import codec
from schemas.tasks import Task

CANDIDATE, BASELINE = "candidate", "baseline"
_SIGNATURE = "serving_default"


def eval_config(task: Task, slices: tuple[tuple[str, ...], ...]) -> tfma.EvalConfig:
    """The EvalConfig of a pipeline: candidate and baseline, metrics overall and by slice.

    It has no thresholds: ``components.evaluation.verdict`` alone judges.
    """
    # Of several outputs TFMA gives all, by name, and the metric takes those that it needs; so it does of several labels.
    output = task.judged[0] if len(task.judged) == 1 else ""
    labels = [part.label for part in task.parts]
    label = {"label_keys": {name: name for name in labels}} if len(labels) > 1 else {"label_key": task.label}
    # TFX drops the baseline's spec where there is no baseline; the candidate has no name then (evaluator.ONLY_MODEL).
    models = [
        tfma.ModelSpec(
            name=name,
            signature_name=_SIGNATURE,
            **label,
            prediction_key=output or None,
            is_baseline=name == BASELINE,
        )
        for name in (CANDIDATE, BASELINE)
    ]
    # One metric of our own for all of a task's: TFMA's look at each example once per metric and slice in Python.
    metrics = tfma.MetricConfig(
        class_name="TaskMetrics",
        module="components.evaluation.metrics",
        config=json.dumps({"task": codec.dumps(task)}),
    )
    return tfma.EvalConfig(
        model_specs=models,
        slicing_specs=[tfma.SlicingSpec(), *(tfma.SlicingSpec(feature_keys=list(names)) for names in slices)],
        metrics_specs=[tfma.MetricsSpec(metrics=[metrics])],
    )

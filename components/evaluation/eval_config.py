"""What TFMA computes and judges, from the task, the slices and the thresholds of the page."""

import json

import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.proto import config_pb2

from schemas import codec
from schemas.tasks import Classification, Metric, Task

CANDIDATE, BASELINE = "candidate", "baseline"
_SIGNATURE = "serving_default"


def eval_config(
    task: Task, slices: tuple[tuple[str, ...], ...], thresholds: dict[str, float], tolerance: float
) -> tfma.EvalConfig:
    """The EvalConfig of a pipeline: candidate and baseline, metrics overall and by slice, absolute and change thresholds."""
    output = "probabilities" if isinstance(task, Classification) else "value"
    models = [
        tfma.ModelSpec(
            name=name,
            signature_name=_SIGNATURE,
            label_key=task.label,
            prediction_key=output,
            is_baseline=name == BASELINE,
        )
        for name in (CANDIDATE, BASELINE)
    ]
    metrics = tfma.MetricConfig(
        class_name="TaskMetrics",
        module="components.evaluation.metrics",
        config=json.dumps({"task": codec.dumps(task), "output": output}),
    )
    bounds = {
        metric.name: _overall(
            _threshold(metric, thresholds.get(metric.name), tolerance if metric is task.primary else None)
        )
        for metric in task.metrics
        if metric.name in thresholds or metric is task.primary
    }
    return tfma.EvalConfig(
        model_specs=models,
        slicing_specs=[tfma.SlicingSpec(), *(tfma.SlicingSpec(feature_keys=list(names)) for names in slices)],
        metrics_specs=[tfma.MetricsSpec(metrics=[metrics], per_slice_thresholds=bounds)],
    )


def _overall(threshold: tfma.MetricThreshold) -> config_pb2.PerSliceMetricThresholds:
    """A threshold of all examples together; TFMA's plain thresholds judge every slice as well."""
    overall = config_pb2.PerSliceMetricThreshold(slicing_specs=[tfma.SlicingSpec()], threshold=threshold)
    return config_pb2.PerSliceMetricThresholds(thresholds=[overall])


def _threshold(metric: Metric, bound: float | None, tolerance: float | None) -> tfma.MetricThreshold:
    threshold = tfma.MetricThreshold()
    higher = metric.higher_is_better
    if bound is not None:
        end = threshold.value_threshold.lower_bound if higher else threshold.value_threshold.upper_bound
        end.value = bound
    if tolerance is not None:
        directions = tfma.MetricDirection
        threshold.change_threshold.direction = directions.HIGHER_IS_BETTER if higher else directions.LOWER_IS_BETTER
        threshold.change_threshold.relative.value = -tolerance if higher else tolerance
    return threshold

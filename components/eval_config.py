"""What TFMA computes and judges, from the task, the slices and the thresholds of the page."""

import json

import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.proto import config_pb2

from schemas.tasks import BinaryClassification, Classification, Metric, Task

CANDIDATE, BASELINE = "candidate", "baseline"
_SIGNATURE = "serving_default"

_TFMA_CLASSES = {
    ("binary_accuracy", True): "BinaryAccuracy",
    ("auc", True): "AUC",
    ("loss", True): "BinaryCrossEntropy",
    ("accuracy", False): "SparseCategoricalAccuracy",
    ("loss", False): "SparseCategoricalCrossentropy",
    ("rmse", False): "RootMeanSquaredError",
    ("mae", False): "MeanAbsoluteError",
}
# TFMA's default of 10,000 thresholds takes longer than the rest of the evaluation where slices are small.
_OPTIONS = {"auc": {"num_thresholds": 1000}}


def eval_config(
    task: Task, slices: tuple[tuple[str, ...], ...], thresholds: dict[str, float], tolerance: float
) -> tfma.EvalConfig:
    """The EvalConfig of a pipeline: a candidate, a baseline, overall and sliced metrics, absolute and change thresholds."""
    binary = isinstance(task, BinaryClassification)
    metrics = [
        tfma.MetricConfig(
            class_name=_TFMA_CLASSES[metric.name, binary],
            config=json.dumps({"name": metric.name} | _OPTIONS.get(metric.name, {})),
            threshold=_threshold(metric, thresholds.get(metric.name), tolerance if metric is task.primary else None),
        )
        for metric in task.metrics
    ]
    # The label is a class index and the prediction a row of probabilities: judge the positive class against the rest.
    binarize = config_pb2.BinarizationOptions(class_ids={"values": [1]}) if binary else None
    prediction = "probabilities" if isinstance(task, Classification) else "value"
    models = [
        tfma.ModelSpec(name=name, signature_name=_SIGNATURE, label_key=task.label, prediction_key=prediction,
                       is_baseline=name == BASELINE)
        for name in (CANDIDATE, BASELINE)
    ]  # fmt: skip
    return tfma.EvalConfig(
        model_specs=models,
        slicing_specs=[tfma.SlicingSpec(), *(tfma.SlicingSpec(feature_keys=list(names)) for names in slices)],
        metrics_specs=[
            tfma.MetricsSpec(metrics=[tfma.MetricConfig(class_name="ExampleCount")], model_names=[CANDIDATE]),
            tfma.MetricsSpec(metrics=metrics, binarize=binarize, model_names=[CANDIDATE, BASELINE]),
        ],
    )


def _threshold(metric: Metric, bound: float | None, tolerance: float | None) -> tfma.MetricThreshold | None:
    if bound is None and tolerance is None:
        return None
    threshold = tfma.MetricThreshold()
    if bound is not None:
        end = (
            threshold.value_threshold.lower_bound if metric.higher_is_better else threshold.value_threshold.upper_bound
        )
        end.value = bound
    if tolerance is not None:
        directions = tfma.MetricDirection
        higher = metric.higher_is_better
        threshold.change_threshold.direction = directions.HIGHER_IS_BETTER if higher else directions.LOWER_IS_BETTER
        threshold.change_threshold.relative.value = -tolerance if higher else tolerance
    return threshold

"""A task's metrics as one TFMA metric that works on arrays.

TFMA's own metrics look at each example once per metric and slice in Python, about 50 microseconds a time. This one puts
labels and predictions aside, and computes everything from them as arrays a thousand at a time.

Each metric comes with its 95% interval (analysis.intervals), as two more metrics, ``<name>_low`` and ``<name>_high``: a state
holds the sums that it takes, and no examples.

A prediction that is not finite (NaN or infinite) counts as wrong, as badly as can be: a model that diverged must neither stop
the evaluation nor be blessed.
"""

import math
from typing import Any, ClassVar, Self

import apache_beam as beam
import numpy as np
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.metrics import metric_types

from analysis import intervals, overall
from analysis.overall import BUCKETS, buckets
from analysis.predictions import cross_entropies, judged
from components.evaluation.forecast_state import EXAMPLE_COUNT, ForecastState
from schemas import codec
from schemas.records import Interval, Metrics
from schemas.tasks import BinaryClassification, Classification, Forecast, Task

LOW, HIGH = "_low", "_high"  # behind a metric's name: the ends of its interval
_AT_ONCE = 1024  # examples: NumPy's cost of a call is small beside its work on as many


class MulticlassState:
    """Counts of a classifier with any number of classes.

    Attributes:
      sums: float64[4], the examples, the right answers, and the sums of the losses and of their squares.
    """

    accuracy: ClassVar[str] = "accuracy"

    def __init__(self) -> None:
        self.sums = np.zeros(4)

    def add(self, labels: np.ndarray, probabilities: np.ndarray) -> None:
        """labels int64[N], class indices; probabilities float32[N, classes]."""
        self.sums += _classified(labels, probabilities)

    def merge(self, other: Self) -> None:
        """Adds the counts of other examples."""
        self.sums += other.sums

    def metrics(self) -> dict[str, float]:
        """``example_count``, the accuracy, and ``loss``: the mean cross-entropy, in nats."""
        count, right, loss, _ = self.sums
        return {EXAMPLE_COUNT: count, self.accuracy: right / count, "loss": loss / count}

    def intervals(self) -> dict[str, Interval]:
        """Of ``metrics`` but the count."""
        count, right, loss, squared = self.sums
        return {
            self.accuracy: intervals.proportion(right, count),
            "loss": intervals.mean(loss, squared, count, at_least=0),
        }


class OrdinalState(MulticlassState):
    """Counts of a classifier whose classes have an order.

    Attributes:
      sums: as of MulticlassState.
      confusion: int64[classes, classes], labels by answers; one that is not finite is the farthest from its label.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.confusion = np.zeros((classes, classes), np.int64)

    def add(self, labels: np.ndarray, probabilities: np.ndarray) -> None:
        """labels int64[N], class indices; probabilities float32[N, classes]."""
        super().add(labels, probabilities)
        answers = np.where(_finite(probabilities), probabilities.argmax(axis=1), -1)
        np.add.at(self.confusion, (labels, overall.ranks(labels, answers, len(self.confusion))), 1)

    def merge(self, other: Self) -> None:
        """Adds the counts of other examples."""
        super().merge(other)
        self.confusion += other.confusion

    def metrics(self) -> dict[str, float]:
        """As of MulticlassState; also ``mae``, the mean distance of the ranks, and ``kappa``, NaN where it has no value."""
        kappa = intervals.weighted_kappa(self.confusion).value
        found = {"mae": float(self._distances(1) / self.sums[0]), "kappa": math.nan if kappa is None else kappa}
        return super().metrics() | found

    def intervals(self) -> dict[str, Interval]:
        """Of ``metrics`` but the count."""
        mae = intervals.mean(self._distances(1), self._distances(2), self.sums[0], at_least=0)
        return super().intervals() | {"mae": mae, "kappa": intervals.weighted_kappa(self.confusion)}

    def _distances(self, power: int) -> float:
        ranks = np.arange(len(self.confusion))
        return float((np.abs(ranks[:, None] - ranks) ** power * self.confusion).sum())


class BinaryState(MulticlassState):
    """Counts of a binary classifier; scores of the positive class fall into BUCKETS equal buckets for the AUC.

    Attributes:
      sums: as of MulticlassState.
      scores: int64[2, BUCKETS], examples by label and bucket.
    """

    accuracy: ClassVar[str] = "binary_accuracy"

    def __init__(self) -> None:
        super().__init__()
        # Counts in buckets and not the scores: a state has one size however many examples there are, and merges by addition.
        self.scores = np.zeros((2, BUCKETS), np.int64)

    def add(self, labels: np.ndarray, probabilities: np.ndarray) -> None:
        """labels int64[N], 0 or 1; probabilities float32[N, 2]."""
        super().add(labels, probabilities)
        worst = 1.0 - labels  # a positive below all others, a negative above them
        scores = np.where(_finite(probabilities), probabilities[:, 1], worst)
        bucket = buckets(scores)
        for label in (0, 1):
            self.scores[label] += np.bincount(bucket[labels == label], minlength=BUCKETS)

    def merge(self, other: Self) -> None:
        """Adds the counts of other examples."""
        super().merge(other)
        self.scores += other.scores

    def metrics(self) -> dict[str, float]:
        """``example_count``, ``binary_accuracy``, ``loss`` (the mean cross-entropy, in nats) and ``auc``, NaN of one class."""
        value = intervals.auc(*self.scores).value
        return super().metrics() | {"auc": math.nan if value is None else value}

    def intervals(self) -> dict[str, Interval]:
        """Of ``metrics`` but the count."""
        return super().intervals() | {"auc": intervals.auc(*self.scores)}


class RegressionState:
    """Sums of a regression's errors, in the label's unit; and of their logarithms', where the label is learned so.

    Attributes:
      sums: float64[6], the examples, and the sums of absolute errors, of their second and fourth powers, and of the second and
        fourth powers of the errors of log(1 + x).
    """

    def __init__(self, log: bool = False) -> None:
        self._log = log
        self.sums = np.zeros(6)

    def add(self, labels: np.ndarray, values: np.ndarray) -> None:
        """labels and values float32[N]."""
        # In float64: the squares of errors in the millions would lose their digits in a float32 sum.
        flat = values.reshape(-1).astype(np.float64)
        errors = flat - labels
        ratios = np.log1p(np.maximum(flat, 0)) - np.log1p(labels) if self._log else np.zeros(len(labels))
        # NaN would pass or miss a bound by chance, and minus infinity would be taken for 0.
        finite = np.isfinite(errors)
        errors, ratios = (np.where(finite, found, np.inf) for found in (errors, ratios))
        powers = ((errors**power).sum() for power in (2, 4)), ((ratios**power).sum() for power in (2, 4))
        self.sums += (len(labels), np.abs(errors).sum(), *powers[0], *powers[1])

    def merge(self, other: "RegressionState") -> None:
        """Adds the sums of other examples."""
        self.sums += other.sums

    def metrics(self) -> dict[str, float]:
        """``example_count``, ``rmse`` and ``mae`` in the label's unit, and ``rmsle`` where the logarithm is learned."""
        count, absolute, squared, _, logarithmic, _ = self.sums
        found = {EXAMPLE_COUNT: count, "rmse": float(np.sqrt(squared / count)), "mae": absolute / count}
        return found | ({"rmsle": float(np.sqrt(logarithmic / count))} if self._log else {})

    def intervals(self) -> dict[str, Interval]:
        """Of ``metrics`` but the count."""
        count, absolute, squared, fourth, logarithmic, logarithmic_fourth = self.sums
        found = {
            "rmse": intervals.root_mean(squared, fourth, count),
            "mae": intervals.mean(absolute, squared, count, at_least=0),
        }
        return found | ({"rmsle": intervals.root_mean(logarithmic, logarithmic_fourth, count)} if self._log else {})


class IntervalState(RegressionState):
    """A regression's sums, and those of its intervals.

    Attributes:
      sums: as of RegressionState.
      ends: float64[3], the labels that lie within, and the sums of the widths and of their squares.
    """

    def __init__(self, log: bool = False) -> None:
        super().__init__(log)
        self.ends = np.zeros(3)

    def add(self, labels: np.ndarray, answers: np.ndarray) -> None:
        """labels float32[N]; answers float32[N, 3]: value, low, high."""
        super().add(labels, answers[:, 0])
        low, high = answers[:, 1].astype(np.float64), answers[:, 2].astype(np.float64)
        within, widths = overall.within(labels, low, high), overall.widths(low, high)
        self.ends += within.sum(), widths.sum(), (widths**2).sum()

    def merge(self, other: "RegressionState") -> None:
        """Adds the sums of other examples."""
        super().merge(other)
        assert isinstance(other, IntervalState)
        self.ends += other.ends

    def metrics(self) -> dict[str, float]:
        """As of RegressionState; also ``coverage``, 0 to 1, and ``width``, the mean one in the label's unit."""
        within, width, _ = self.ends / self.sums[0]
        return super().metrics() | {"coverage": within, "width": width}

    def intervals(self) -> dict[str, Interval]:
        """Of ``metrics`` but the count."""
        (within, width, squared), count = self.ends, self.sums[0]
        return super().intervals() | {
            "coverage": intervals.proportion(within, count),
            "width": intervals.mean(width, squared, count, at_least=0),
        }


State = MulticlassState | RegressionState | ForecastState


def _classified(labels: np.ndarray, probabilities: np.ndarray) -> tuple[float, ...]:
    """How many examples, how many of them right, and the sums of their losses and of the losses' squares."""
    right = _finite(probabilities) & (probabilities.argmax(axis=1) == labels)
    losses = cross_entropies(labels, probabilities)
    return len(labels), right.sum(), losses.sum(), (losses**2).sum()


def _finite(probabilities: np.ndarray) -> np.ndarray:
    """bool[N]: the rows of which every probability is a finite number."""
    return np.isfinite(probabilities).all(axis=1)


def state_of(task: Task) -> State:
    """An empty state of the task's kind."""
    if isinstance(task, Forecast):
        return ForecastState(task.horizon)
    if isinstance(task, BinaryClassification):
        return BinaryState()
    if isinstance(task, Classification):
        return OrdinalState(len(task.classes)) if task.ordered else MulticlassState()
    return RegressionState(task.log_label) if task.share is None else IntervalState(task.log_label)


def of_arrays(task: Task, labels: np.ndarray, answers: np.ndarray) -> Metrics:
    """The task's metrics of examples in memory, as the Evaluator computes them; None for one without a value.

    Args:
      labels: int64[N], class indices; or float32[N].
      answers: as ``analysis.predictions.judged`` gives them.
    """
    found = _state_with(task, labels, answers).metrics()
    values = {metric.name: float(found[metric.name]) for metric in task.metrics}
    return {name: value if math.isfinite(value) else None for name, value in values.items()}


def intervals_of_arrays(task: Task, labels: np.ndarray, answers: np.ndarray) -> dict[str, Interval]:
    """``of_arrays`` with the 95% interval of each metric."""
    return _state_with(task, labels, answers).intervals()


def _state_with(task: Task, labels: np.ndarray, answers: np.ndarray) -> State:
    state = state_of(task)
    state.add(labels, answers)
    return state


class Accumulator:
    """A state, and a buffer of examples that are not yet part of it.

    Attributes:
      state: of the examples before; ``flush`` brings it up to date.
    """

    def __init__(self, task: Task) -> None:
        self.state = state_of(task)
        self._scalar = task.label_width == 1
        self._labels: list[Any] = []
        self._predictions: list[Any] = []

    def add(self, label: Any, prediction: Any) -> None:
        """One example: its label as a scalar or [1], and one row of the model's output."""
        self._labels.append(label)
        self._predictions.append(prediction)
        if len(self._labels) >= _AT_ONCE:
            self.flush()

    def flush(self) -> State:
        """Takes the buffered examples into the state, and returns it."""
        if self._labels:
            labels = np.asarray(self._labels)
            self.state.add(labels.reshape(-1) if self._scalar else labels, np.stack(self._predictions))
            self._labels, self._predictions = [], []
        return self.state


class Combiner(beam.CombineFn):
    """Labels and predictions of one model to all of the task's metrics."""

    def __init__(self, task: Task, model: str) -> None:
        """``model``: its name in the EvalConfig."""
        self._task = task
        self._model = model

    def create_accumulator(self) -> Accumulator:
        """An empty one of the task's kind."""
        return Accumulator(self._task)

    def add_input(self, accumulator: Accumulator, element: metric_types.StandardMetricInputs) -> Accumulator:
        """Adds one example; ``element`` has TFMA's labels and predictions, by model where there are several."""
        label = element.get_by_key("labels", self._model)
        prediction = element.get_by_key("predictions", self._model)
        # TFMA looks a prediction key up in to_label_prediction_example_weight, which takes one example and is not used here.
        if isinstance(prediction, dict):
            prediction = judged(self._task, prediction).reshape(-1)  # TFMA makes numbers vectors of one
        accumulator.add(label, prediction)
        return accumulator

    def merge_accumulators(self, accumulators: Any) -> Accumulator:
        """One accumulator of all; those that are given stay as they are but for their flushed buffers."""
        # Into a new one: of those that Beam gives, it may share all but the first with other code.
        merged = self.create_accumulator()
        for accumulator in accumulators:
            merged.state.merge(accumulator.flush())
        return merged

    def compact(self, accumulator: Accumulator) -> Accumulator:
        """Flushes the buffer, so that Beam sends sums between its workers, and not examples."""
        accumulator.flush()
        return accumulator

    def extract_output(self, accumulator: Accumulator) -> dict[metric_types.MetricKey, float]:
        """The metrics' values and the ends of their intervals by TFMA's keys; NaN for an end that there is not."""
        state = accumulator.flush()
        values = state.metrics()
        for name, interval in state.intervals().items():
            for end, number in ((LOW, interval.low), (HIGH, interval.high)):
                values[name + end] = math.nan if number is None else number
        return {_key(name, self._model): value for name, value in values.items()}


def _key(metric: str, model: str) -> metric_types.MetricKey:
    """As TFMA makes the keys of ``MetricsSpec``'s thresholds: weights are neither used nor refused."""
    return metric_types.MetricKey(name=metric, model_name=model, example_weighted=None)


class TaskMetrics(tfma.metrics.Metric):
    """All metrics of a task and ``example_count``, computed from arrays.

    TFMA makes one from ``MetricConfig``, so that its constructor takes only what JSON has a form for.
    """

    def __init__(self, name: str = "task_metrics", task: str = "") -> None:
        """``task``: the task as JSON (schemas.codec)."""
        super().__init__(_computations, name=name, task=task)


def _computations(
    name: str = "task_metrics", model_names: list[str] | None = None, task: str = ""
) -> list[metric_types.MetricComputation]:
    decoded: Task = codec.loads(task)
    names = [EXAMPLE_COUNT, *(metric.name + end for metric in decoded.metrics for end in ("", LOW, HIGH))]
    return [
        metric_types.MetricComputation(
            keys=[_key(metric, model) for metric in names],
            preprocessors=[metric_types.StandardMetricInputsPreprocessor()],
            combiner=Combiner(decoded, model),
        )
        for model in model_names or [""]
    ]

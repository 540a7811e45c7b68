"""A task's metrics as one TFMA metric that works on arrays.

TFMA's own metrics look at each example once per metric and slice in Python, about 50 microseconds a time. This one puts
labels and predictions aside, and computes everything from them as arrays a thousand at a time.

Each metric comes with its 95% interval (analysis.intervals), as two more metrics, ``<name>_low`` and ``<name>_high``: a state
holds the sums that it takes, and no examples.

A prediction that is not finite (NaN or infinite) counts as wrong, as badly as can be: a model that diverged must neither stop
the evaluation nor be blessed.
"""

import math
from typing import Any

import apache_beam as beam
import numpy as np
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.metrics import metric_types

from analysis.losses import judged
from components.evaluation.classification_states import BinaryState, MulticlassState, OrdinalState
from components.evaluation.forecast_state import EXAMPLE_COUNT, ForecastState
from components.evaluation.regression_states import IntervalState, RegressionState
from schemas import codec
from schemas.records import Interval, Metrics
from schemas.tasks import BinaryClassification, Classification, Forecast, Task

LOW, HIGH = "_low", "_high"  # behind a metric's name: the ends of its interval
_AT_ONCE = 1024  # examples: NumPy's cost of a call is small beside its work on as many

State = MulticlassState | RegressionState | ForecastState


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
      answers: as ``analysis.losses.judged`` gives them.
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

"""A task's metrics as one TFMA metric that works on arrays.

TFMA's own metrics look at each example once per metric and slice in Python, about 50 microseconds a time. This one puts
labels and predictions aside, and computes everything from them as arrays a thousand at a time.

Each metric comes with its 95% interval (analysis.intervals), as two more metrics, ``<name>_low`` and ``<name>_high``: a state
holds the sums that it takes, and no examples.

A prediction that is not finite (NaN or infinite) counts as wrong, as badly as can be: a model that diverged must neither stop
the evaluation nor be blessed.
"""

import math
from collections.abc import Sequence
from typing import Any

import apache_beam as beam
import numpy as np
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.metrics import metric_types

from analysis.losses import judged
from components.evaluation.classification_states import BinaryState, MulticlassState, OrdinalState
from components.evaluation.forecast_state import EXAMPLE_COUNT, ForecastState
from components.evaluation.multi_label_state import MultiLabelState
from components.evaluation.regression_states import IntervalState, RegressionState
from schemas import codec
from schemas.records import Interval, Metrics
from schemas.tasks import BinaryClassification, Classification, Forecast, MultiLabel, Several, Task
from schemas.tasks.several import named

LOW, HIGH = "_low", "_high"  # behind a metric's name: the ends of its interval
_AT_ONCE = 1024  # examples: NumPy's cost of a call is small beside its work on as many

OneState = MulticlassState | MultiLabelState | RegressionState | ForecastState


class SeveralState:
    """The states of several tasks, one each.

    Attributes:
      parts: the tasks with their states, in their order.
    """

    def __init__(self, task: Several) -> None:
        self.parts = [(part, _state_of_one(part)) for part in task.tasks]

    def add(self, labels: tuple[np.ndarray, ...], answers: tuple[np.ndarray, ...]) -> None:
        """Labels and answers of N examples, as each task's state takes them."""
        for (_, state), *both in zip(self.parts, labels, answers, strict=True):
            state.add(*both)

    def merge(self, other: "SeveralState") -> None:
        """Adds the sums of other examples."""
        for (_, state), (_, more) in zip(self.parts, other.parts, strict=True):
            state.merge(more)  # type: ignore[arg-type]  # of the same kind

    def metrics(self) -> dict[str, float]:
        """``example_count``, and each task's metrics by ``<label>.<name>``."""
        found = {EXAMPLE_COUNT: self.parts[0][1].metrics()[EXAMPLE_COUNT]}
        for task, state in self.parts:
            values = state.metrics()
            found |= {named(task, metric.name): values[metric.name] for metric in task.metrics}
        return found

    def intervals(self) -> dict[str, Interval]:
        """Of ``metrics`` but the count."""
        return {named(task, name): found for task, state in self.parts for name, found in state.intervals().items()}


State = OneState | SeveralState


def state_of(task: Task) -> State:
    """An empty state of the task's kind."""
    return SeveralState(task) if isinstance(task, Several) else _state_of_one(task)


def _state_of_one(task: Task) -> OneState:
    if isinstance(task, MultiLabel):
        return MultiLabelState(len(task.classes), task.threshold)
    if isinstance(task, Forecast):
        return ForecastState(task.horizon)
    if isinstance(task, BinaryClassification):
        return BinaryState()
    if isinstance(task, Classification):
        return OrdinalState(len(task.classes)) if task.ordered else MulticlassState()
    return RegressionState(task.log_label) if task.share is None else IntervalState(task.log_label)


def of_arrays(task: Task, labels: Any, answers: Any) -> Metrics:
    """The task's metrics of examples in memory, as the Evaluator computes them; None for one without a value.

    Args:
      labels: as ``analysis.losses.losses`` takes them.
      answers: as ``analysis.losses.judged`` gives them.
    """
    found = _state_with(task, labels, answers).metrics()
    values = {metric.name: float(found[metric.name]) for metric in task.metrics}
    return {name: value if math.isfinite(value) else None for name, value in values.items()}


def intervals_of_arrays(task: Task, labels: Any, answers: Any) -> dict[str, Interval]:
    """``of_arrays`` with the 95% interval of each metric."""
    return _state_with(task, labels, answers).intervals()


def _state_with(task: Task, labels: Any, answers: Any) -> State:
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
        self._task = task
        self._labels: list[Any] = []
        self._predictions: list[Any] = []

    def add(self, label: Any, prediction: Any) -> None:
        """One example: its label as a scalar or [1], and one row of the model's output; of several tasks tuples of these."""
        self._labels.append(label)
        self._predictions.append(prediction)
        if len(self._labels) >= _AT_ONCE:
            self.flush()

    def flush(self) -> State:
        """Takes the buffered examples into the state, and returns it."""
        if self._labels:
            if isinstance(self.state, SeveralState):
                labels, predictions = (zip(*column, strict=True) for column in (self._labels, self._predictions))
                self.state.add(
                    tuple(map(_array, self._task.parts, labels)), tuple(np.stack(rows) for rows in predictions)
                )
            else:
                self.state.add(_array(self._task, self._labels), np.stack(self._predictions))
            self._labels, self._predictions = [], []
        return self.state


def _array(task: Task, labels: Sequence[Any]) -> np.ndarray:
    found = np.asarray(labels)
    return found.reshape(-1) if task.label_width == 1 else found


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
            # TFMA makes numbers vectors of one.
            found = judged(self._task, prediction)
            prediction = tuple(map(np.ravel, found)) if isinstance(found, tuple) else found.reshape(-1)
        if isinstance(label, dict):
            label = tuple(label[part.label] for part in self._task.parts)
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

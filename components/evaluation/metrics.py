"""A task's metrics as one TFMA metric that works on arrays.

TFMA's own metrics look at each example once per metric and slice in Python, about 50 microseconds a time. This one puts
labels and predictions aside, and computes everything from them as arrays a thousand at a time.

A prediction that is not finite (NaN or infinite) counts as wrong, as badly as can be: a model that diverged must neither stop
the evaluation nor be blessed.
"""

from typing import Any

import apache_beam as beam
import numpy as np
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.metrics import metric_types

from schemas import codec
from schemas.tasks import BinaryClassification, Classification, Task

EXAMPLE_COUNT = "example_count"
BUCKETS = 10_000
_AT_ONCE = 1024  # examples: NumPy's cost of a call is small beside its work on as many
_SMALLEST_PROBABILITY = 1e-7  # as in Keras: the loss of a wrong certainty is large, not infinite


class BinaryState:
    """Counts of a binary classifier; scores of the positive class fall into BUCKETS equal buckets for the AUC.

    Attributes:
      sums: float64[3], the examples, the right answers, and the sum of the losses.
      scores: int64[2, BUCKETS], examples by label and bucket.
    """

    def __init__(self) -> None:
        # Counts in buckets and not the scores: a state has one size however many examples there are, and merges by addition.
        self.sums = np.zeros(3)
        self.scores = np.zeros((2, BUCKETS), np.int64)

    def add(self, labels: np.ndarray, probabilities: np.ndarray) -> None:
        """labels int64[N], 0 or 1; probabilities float32[N, 2]."""
        self.sums += _classified(labels, probabilities)
        worst = 1.0 - labels  # a positive below all others, a negative above them
        scores = np.where(_finite(probabilities), probabilities[:, 1], worst)
        bucket = np.clip((scores * BUCKETS).astype(np.int64), 0, BUCKETS - 1)
        for label in (0, 1):
            self.scores[label] += np.bincount(bucket[labels == label], minlength=BUCKETS)

    def merge(self, other: "BinaryState") -> None:
        """Adds the counts of other examples."""
        self.sums += other.sums
        self.scores += other.scores

    def metrics(self) -> dict[str, float]:
        """``example_count``, ``binary_accuracy``, ``auc``, and ``loss``: the mean cross-entropy, in nats."""
        count, right, loss = self.sums
        return {EXAMPLE_COUNT: count, "binary_accuracy": right / count, "auc": self._auc(), "loss": loss / count}

    def _auc(self) -> float:
        """The chance that a positive scores above a negative, ties counted half (Hanley and McNeil, 1982).

        Scores that differ by less than 1 / BUCKETS may count as ties. NaN where one class is absent.
        """
        negatives, positives = self.scores
        pairs = float(negatives.sum()) * float(positives.sum())
        below = np.cumsum(negatives) - negatives
        return float((positives * (below + negatives / 2)).sum() / pairs) if pairs else float("nan")


class MulticlassState:
    """Counts of a classifier with any number of classes.

    Attributes:
      sums: float64[3], the examples, the right answers, and the sum of the losses.
    """

    def __init__(self) -> None:
        self.sums = np.zeros(3)

    def add(self, labels: np.ndarray, probabilities: np.ndarray) -> None:
        """labels int64[N], class indices; probabilities float32[N, classes]."""
        self.sums += _classified(labels, probabilities)

    def merge(self, other: "MulticlassState") -> None:
        """Adds the counts of other examples."""
        self.sums += other.sums

    def metrics(self) -> dict[str, float]:
        """``example_count``, ``accuracy``, and ``loss``: the mean cross-entropy, in nats."""
        count, right, loss = self.sums
        return {EXAMPLE_COUNT: count, "accuracy": right / count, "loss": loss / count}


class RegressionState:
    """Sums of a regression's errors, in the label's unit; and of their logarithms', where the label is learned so.

    Attributes:
      sums: float64[4], the examples, and the sums of absolute errors, of squared ones, and of squared ones of log(1 + x).
    """

    def __init__(self, log: bool = False) -> None:
        self._log = log
        self.sums = np.zeros(4)

    def add(self, labels: np.ndarray, values: np.ndarray) -> None:
        """labels and values float32[N]."""
        # In float64: the squares of errors in the millions would lose their digits in a float32 sum.
        flat = values.reshape(-1).astype(np.float64)
        errors = flat - labels
        ratios = np.log1p(np.maximum(flat, 0)) - np.log1p(labels) if self._log else np.zeros(len(labels))
        # NaN would pass or miss a bound by chance, and minus infinity would be taken for 0.
        finite = np.isfinite(errors)
        errors, ratios = (np.where(finite, found, np.inf) for found in (errors, ratios))
        self.sums += (len(labels), np.abs(errors).sum(), (errors**2).sum(), (ratios**2).sum())

    def merge(self, other: "RegressionState") -> None:
        """Adds the sums of other examples."""
        self.sums += other.sums

    def metrics(self) -> dict[str, float]:
        """``example_count``, ``rmse`` and ``mae`` in the label's unit, and ``rmsle`` where the logarithm is learned."""
        count, absolute, squared, logarithmic = self.sums
        found = {EXAMPLE_COUNT: count, "rmse": float(np.sqrt(squared / count)), "mae": absolute / count}
        return found | ({"rmsle": float(np.sqrt(logarithmic / count))} if self._log else {})


State = BinaryState | MulticlassState | RegressionState


def _classified(labels: np.ndarray, probabilities: np.ndarray) -> tuple[int, int, float]:
    """How many examples, how many of them right, and the sum of their losses."""
    finite = _finite(probabilities)
    right = int((finite & (probabilities.argmax(axis=1) == labels)).sum())
    chosen = np.where(finite, probabilities[np.arange(len(labels)), labels], 0.0).astype(np.float64)
    return len(labels), right, float(-np.log(np.clip(chosen, _SMALLEST_PROBABILITY, 1.0)).sum())


def _finite(probabilities: np.ndarray) -> np.ndarray:
    """bool[N]: the rows of which every probability is a finite number."""
    return np.isfinite(probabilities).all(axis=1)


def state_of(task: Task) -> State:
    """An empty state of the task's kind."""
    if isinstance(task, BinaryClassification):
        return BinaryState()
    return MulticlassState() if isinstance(task, Classification) else RegressionState(task.log_label)


class Accumulator:
    """A state, and a buffer of examples that are not yet part of it.

    Attributes:
      state: of the examples before; ``flush`` brings it up to date.
    """

    def __init__(self, task: Task) -> None:
        self.state = state_of(task)
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
            self.state.add(np.asarray(self._labels).reshape(-1), np.stack(self._predictions))
            self._labels, self._predictions = [], []
        return self.state


class Combiner(beam.CombineFn):
    """Labels and predictions of one model to all of the task's metrics."""

    def __init__(self, task: Task, model: str, output: str) -> None:
        """``model``: its name in the EvalConfig. ``output``: the field of its predictions that is judged."""
        self._task = task
        self._model = model
        self._field = output

    def create_accumulator(self) -> Accumulator:
        """An empty one of the task's kind."""
        return Accumulator(self._task)

    def add_input(self, accumulator: Accumulator, element: metric_types.StandardMetricInputs) -> Accumulator:
        """Adds one example; ``element`` has TFMA's labels and predictions, by model where there are several."""
        label = element.get_by_key("labels", self._model)
        prediction = element.get_by_key("predictions", self._model)
        # TFMA looks a prediction key up in to_label_prediction_example_weight, which takes one example and is not used here.
        if isinstance(prediction, dict):
            prediction = prediction[self._field]
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
        """The metrics' values by TFMA's keys."""
        values = accumulator.flush().metrics()
        return {_key(name, self._model): value for name, value in values.items()}


def _key(metric: str, model: str) -> metric_types.MetricKey:
    """As TFMA makes the keys of ``MetricsSpec``'s thresholds: weights are neither used nor refused."""
    return metric_types.MetricKey(name=metric, model_name=model, example_weighted=None)


class TaskMetrics(tfma.metrics.Metric):
    """All metrics of a task and ``example_count``, computed from arrays.

    TFMA makes one from ``MetricConfig``, so that its constructor takes only what JSON has a form for.
    """

    def __init__(self, name: str = "task_metrics", task: str = "", output: str = "") -> None:
        """``task``: the task as JSON (schemas.codec). ``output``: the model output to judge."""
        super().__init__(_computations, name=name, task=task, output=output)


def _computations(
    name: str = "task_metrics", model_names: list[str] | None = None, task: str = "", output: str = ""
) -> list[metric_types.MetricComputation]:
    decoded: Task = codec.loads(task)
    names = [EXAMPLE_COUNT, *(metric.name for metric in decoded.metrics)]
    return [
        metric_types.MetricComputation(
            keys=[_key(metric, model) for metric in names],
            preprocessors=[metric_types.StandardMetricInputsPreprocessor()],
            combiner=Combiner(decoded, model, output),
        )
        for model in model_names or [""]
    ]

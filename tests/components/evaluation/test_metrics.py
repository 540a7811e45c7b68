"""The metrics against scikit-learn's."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as reference
from tensorflow_model_analysis.metrics import metric_types

from analysis import intervals, overall
from components.evaluation.metrics import Accumulator, Combiner
from schemas.tasks import BinaryClassification, MulticlassClassification, Ordinal, Regression, Task
from tests.analysis.tables import table

BINARY = BinaryClassification("y", ("no", "yes"))
MANY = MulticlassClassification("y", ("a", "b", "c"))
VALUE = Regression("y")
PRICE = Regression("y", log=True)


def outputs(task: Task, prediction: np.ndarray) -> dict[str, np.ndarray]:
    """One row of a model's outputs by name."""
    return {task.judged[0]: prediction} if len(task.judged) == 1 else dict(zip(task.judged, prediction, strict=True))


def computed(task: Task, labels: np.ndarray, predictions: np.ndarray, parts: int = 3) -> dict[str, float]:
    """Through accumulators as Beam does: filled apart, pickled, merged."""
    combiner = Combiner(task, "m")
    accumulators = []
    for part in np.array_split(np.arange(len(labels)), parts):
        accumulator = combiner.create_accumulator()
        for row in part:
            inputs = metric_types.StandardMetricInputs(
                labels={"m": np.array([labels[row]])}, predictions={"m": outputs(task, predictions[row])}
            )
            accumulator = combiner.add_input(accumulator, inputs)
        accumulators.append(pickle.loads(pickle.dumps(combiner.compact(accumulator))))
    merged = combiner.extract_output(combiner.merge_accumulators(accumulators))
    assert {key.model_name for key in merged} == {"m"}
    return {key.name: value for key, value in merged.items()}


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1000)), min_size=3, max_size=60))
def test_binary_metrics(rows: list[tuple[int, int]]) -> None:
    labels = np.array([label for label, _ in rows])
    positive = np.array([score for _, score in rows]) / 1000
    found = computed(BINARY, labels, np.stack([1 - positive, positive], axis=1).astype(np.float32))
    assert found["example_count"] == len(rows)
    assert found["binary_accuracy"] == pytest.approx(((positive > 0.5) == labels).mean(), abs=1e-9)
    if 0 < labels.sum() < len(labels):
        assert found["auc"] == pytest.approx(reference.roc_auc_score(labels, positive), abs=1e-6)
    else:
        assert math.isnan(found["auc"])


def test_more_examples_than_are_taken_in_at_once() -> None:
    random = np.random.default_rng(1)
    labels = random.integers(0, 2, 5000)
    positive = np.clip(random.normal(0.4 + 0.2 * labels, 0.2), 0, 1)
    found = computed(BINARY, labels, np.stack([1 - positive, positive], axis=1).astype(np.float32))
    assert found["auc"] == pytest.approx(reference.roc_auc_score(labels, positive), abs=1e-3)
    clipped = np.clip(positive, 1e-7, 1 - 1e-7)
    assert found["loss"] == pytest.approx(reference.log_loss(labels, clipped), rel=1e-2)


def test_multiclass_metrics() -> None:
    random = np.random.default_rng(2)
    labels = random.integers(0, 3, 500)
    probabilities = random.dirichlet(np.ones(3), 500).astype(np.float32)
    found = computed(MANY, labels, probabilities)
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(labels, probabilities.argmax(axis=1)))
    assert found["loss"] == pytest.approx(reference.log_loss(labels, probabilities, labels=[0, 1, 2]), rel=1e-4)


def test_regression_metrics() -> None:
    random = np.random.default_rng(3)
    labels = random.normal(1e5, 1e4, 500)
    values = labels + random.normal(0, 100, 500)
    found = computed(VALUE, labels, values)
    assert found["rmse"] == pytest.approx(reference.root_mean_squared_error(labels, values), rel=1e-6)
    assert found["mae"] == pytest.approx(reference.mean_absolute_error(labels, values), rel=1e-6)


def test_the_error_of_the_logarithm_is_measured_where_it_is_learned() -> None:
    random = np.random.default_rng(4)
    labels = random.lognormal(12, 0.4, 500)
    values = labels * random.lognormal(0, 0.1, 500)
    found = computed(PRICE, labels, values)
    assert found["rmsle"] == pytest.approx(reference.root_mean_squared_log_error(labels, values), rel=1e-6)
    assert found["rmse"] == pytest.approx(reference.root_mean_squared_error(labels, values), rel=1e-6)
    assert "rmsle" not in computed(VALUE, labels, values)


def test_of_a_negative_prediction_the_logarithm_is_that_of_zero() -> None:
    labels, values = np.array([3.0, 0.0]), np.array([-5.0, -0.5])
    found = computed(PRICE, labels, values)
    assert found["rmsle"] == pytest.approx(reference.root_mean_squared_log_error(labels, [0, 0]))
    assert found["rmse"] == pytest.approx(reference.root_mean_squared_error(labels, values))


def test_a_certain_mistake_costs_much_but_not_everything() -> None:
    accumulator = Accumulator(BINARY)
    accumulator.add(np.array([1]), np.array([1.0, 0.0], np.float32))
    assert accumulator.flush().metrics()["loss"] == pytest.approx(-math.log(1e-7))


NOT_FINITE = [math.nan, math.inf, -math.inf]
LARGEST_LOSS = -math.log(1e-7)


@pytest.mark.parametrize("bad", NOT_FINITE)
@pytest.mark.parametrize("label", [0, 1])
def test_a_binary_prediction_that_is_not_finite_counts_as_wrong(bad: float, label: int) -> None:
    predictions = np.array([[1.0, 0.0], [0.0, 1.0], [bad, bad]], np.float32)
    found = computed(BINARY, np.array([0, 1, label]), predictions)
    assert found["example_count"] == 3
    assert found["binary_accuracy"] == pytest.approx(2 / 3)
    assert found["loss"] == pytest.approx(LARGEST_LOSS / 3)
    assert found["auc"] == pytest.approx(0.5, abs=0.3)
    assert found["auc"] < 1


def test_a_model_that_diverged_has_the_lowest_auc() -> None:
    found = computed(BINARY, np.array([0, 1, 0, 1]), np.full((4, 2), np.nan, np.float32))
    assert (found["auc"], found["binary_accuracy"]) == (0.0, 0.0)


@pytest.mark.parametrize("bad", NOT_FINITE)
def test_a_multiclass_prediction_that_is_not_finite_counts_as_wrong(bad: float) -> None:
    predictions = np.array([[0.0, 1.0, 0.0], [bad, 0.5, 0.5], [bad, bad, bad]], np.float32)
    found = computed(MANY, np.array([1, 0, 0]), predictions)
    assert found["accuracy"] == pytest.approx(1 / 3)
    assert found["loss"] == pytest.approx(LARGEST_LOSS * 2 / 3)


@pytest.mark.parametrize("bad", NOT_FINITE)
def test_a_value_that_is_not_finite_is_infinitely_wrong(bad: float) -> None:
    found = computed(PRICE, np.array([1.0, 2.0]), np.array([1.0, bad], np.float32))
    assert (found["rmse"], found["mae"], found["rmsle"]) == (math.inf, math.inf, math.inf)


def test_coverage_and_width_are_of_the_intervals() -> None:
    labels = np.array([1.0, 2.0, 3.0, 4.0], np.float32)
    answers = np.array([[1, 0, 2], [2, 2, 2], [5, 4, 6], [4, 3, np.inf]], np.float32)
    between = Regression("y", quantiles=(0.05, 0.95))
    found = computed(between, labels, answers)
    assert found["coverage"] == 0.5  # the ends are within; what is not finite is not
    assert found["width"] == np.inf and math.isnan(found["width_low"])
    assert found["coverage_low"] < 0.5 < found["coverage_high"]
    found = computed(between, labels[:3], answers[:3])
    assert found["width"] == pytest.approx(4 / 3) and found["mae"] == pytest.approx(2 / 3)
    whole = table(between, labels[:3], answers[:3])
    assert {name: each.value for name, each in overall.metrics(whole).items()} == pytest.approx(
        {metric.name: found[metric.name] for metric in between.metrics}
    )


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=50))
def test_ordered_classes_have_scikit_learns_weighted_kappa_and_distance(pairs: list[tuple[int, int]]) -> None:
    labels, answers = np.array(pairs).T
    task = Ordinal("y", ("a", "b", "c", "d"))
    found = computed(task, labels, np.eye(4, dtype=np.float32)[answers])
    assert found["mae"] == pytest.approx(reference.mean_absolute_error(labels, answers))
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(labels, answers))
    if (labels == labels[0]).all() and (answers == labels[0]).all():
        assert math.isnan(found["kappa"])
    else:
        assert found["kappa"] == pytest.approx(
            reference.cohen_kappa_score(labels, answers, weights="quadratic", labels=range(4))
        )
    whole = overall.metrics(table(task, labels, np.eye(4)[answers]))
    for name, each in whole.items():
        value = math.nan if each.value is None else each.value
        assert value == pytest.approx(found[name], nan_ok=True)
        assert [math.nan if end is None else end for end in (each.low, each.high)] == pytest.approx(
            [found[name + "_low"], found[name + "_high"]],
            nan_ok=True,
            abs=1e-6,  # the root of a variance of 0, but for rounding
        )


def test_an_answer_that_is_not_finite_is_as_far_off_as_can_be() -> None:
    found = computed(Ordinal("y", ("a", "b", "c", "d")), np.array([1, 3, 0]), np.full((3, 4), np.nan, np.float32))
    assert found["mae"] == pytest.approx((2 + 3 + 3) / 3) and found["accuracy"] == 0


def test_the_interval_of_kappa_holds_the_true_one_in_19_of_20_samples() -> None:
    random = np.random.default_rng(5)
    shares = np.array([[20, 6, 1], [5, 18, 7], [1, 8, 34]]) / 100
    weights = (np.arange(3)[:, None] - np.arange(3)) ** 2
    true = 1 - (weights * shares).sum() / (shares.sum(axis=1) @ weights @ shares.sum(axis=0))
    samples = random.multinomial(150, shares.reshape(-1), 1000).reshape(-1, 3, 3)
    found = [intervals.weighted_kappa(sample) for sample in samples]
    assert 0.92 <= np.mean([each.low <= true <= each.high for each in found]) <= 0.97

"""Metrics with intervals: the same values as the Evaluator's, and scikit-learn's."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn import metrics as sklearn_metrics

from analysis import overall
from components.evaluation.metrics import EXAMPLE_COUNT, state_of
from schemas.records import Interval
from schemas.tasks import BinaryClassification, MulticlassClassification, Regression
from tests.analysis.tables import table

TASKS = {
    "binary": BinaryClassification("y", ("no", "yes")),
    "multiclass": MulticlassClassification("y", ("a", "b", "c")),
    "regression": Regression("y"),
    "logarithm": Regression("y", log=True),
}
VALUES = st.floats(0, 1e6, width=32) | st.sampled_from([math.nan, math.inf, -math.inf])
SHARES = st.floats(0, 1, width=32) | st.sampled_from([math.nan, math.inf])


def evaluated(task, labels, answers):
    """The Evaluator's metrics, None for one without a value."""
    state = state_of(task)
    state.add(labels, answers)
    found = {name: float(value) for name, value in state.metrics().items() if name != EXAMPLE_COUNT}
    return {name: value if math.isfinite(value) else None for name, value in found.items()}


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from(list(TASKS)), st.integers(1, 30))
def test_the_values_are_those_of_the_evaluator(data, kind, count):
    task = TASKS[kind]
    if task.classes_or_none:
        classes = len(task.classes_or_none)
        labels = data.draw(arrays.arrays(np.int64, count, elements=st.integers(0, classes - 1)))
        answers = data.draw(arrays.arrays(np.float32, (count, classes), elements=SHARES))
    else:
        labels = data.draw(arrays.arrays(np.float32, count, elements=st.floats(0, 1e6, width=32)))
        answers = data.draw(arrays.arrays(np.float32, count, elements=VALUES))
    found = overall.metrics(table(task, labels, answers))
    assert [*found] == [metric.name for metric in task.metrics]
    expected = evaluated(task, labels, answers)
    for name, interval in found.items():
        value = expected[name]
        assert interval.value == (None if value is None else pytest.approx(value, rel=1e-5, abs=1e-5)), name
        if interval.low is not None:
            assert interval.low <= interval.value <= interval.high, name


def test_the_values_are_those_of_scikit_learn(cancer, digits, diabetes):
    found = overall.metrics(cancer)
    assert found["binary_accuracy"].value == sklearn_metrics.accuracy_score(cancer.labels, cancer.answers)
    assert found["auc"].value == pytest.approx(
        sklearn_metrics.roc_auc_score(cancer.labels, cancer.probabilities[:, 1]), abs=1e-3
    )
    assert found["loss"].value == pytest.approx(sklearn_metrics.log_loss(cancer.labels, cancer.probabilities), rel=1e-5)
    found = overall.metrics(digits)
    assert found["accuracy"].value == sklearn_metrics.accuracy_score(digits.labels, digits.answers)
    found = overall.metrics(diabetes)
    pair = diabetes.labels, diabetes.answers
    assert found["rmse"].value == pytest.approx(sklearn_metrics.root_mean_squared_error(*pair))
    assert found["mae"].value == pytest.approx(sklearn_metrics.mean_absolute_error(*pair))
    assert found["rmsle"].value == pytest.approx(sklearn_metrics.root_mean_squared_log_error(*pair))


def test_one_answer_that_is_not_finite_leaves_a_regression_without_metrics():
    found = overall.metrics(table(TASKS["logarithm"], [1.0, 2.0], [1.0, np.nan]))
    assert set(found.values()) == {Interval(None, None, None)}


def test_no_examples_have_no_metrics():
    found = overall.metrics(table(TASKS["binary"], np.array([], int), np.zeros((0, 2))))
    assert set(found.values()) == {Interval(None, None, None)}

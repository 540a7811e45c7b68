"""The errors of a regression, against scikit-learn and SciPy, and with answers that are not finite."""

import json
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics

from analysis import regression
from analysis.error_records import RegressionErrors
from schemas.tasks import Regression
from tests.analysis.tables import table

TASK = Regression("y")


def test_the_numbers_are_those_of_scikit_learn_and_scipy(diabetes):
    found = regression.errors_of(diabetes)
    residuals = diabetes.labels - diabetes.answers
    assert found.r2 == pytest.approx(metrics.r2_score(diabetes.labels, diabetes.answers))
    assert found.quantiles["0.5"] == pytest.approx(metrics.median_absolute_error(diabetes.labels, diabetes.answers))
    assert found.quantiles["1.0"] == pytest.approx(metrics.max_error(diabetes.labels, diabetes.answers))
    interval = stats.ttest_1samp(residuals, 0).confidence_interval(0.95)
    assert (found.bias.low, found.bias.high) == pytest.approx((interval.low, interval.high))
    assert found.normality == pytest.approx(stats.normaltest(residuals).pvalue)
    assert sum(found.histogram) == len(diabetes) and len(found.edges) == len(found.histogram) + 1
    assert np.histogram(residuals, found.edges)[0].tolist() == list(found.histogram)


def test_ranges_of_the_prediction_show_where_the_model_answers_too_low():
    answers = np.arange(100.0)
    found = regression.errors_of(table(TASK, answers + (answers >= 50), answers))
    assert [each.rows for each in found.by_prediction] == [10] * 10
    assert [each.mean for each in found.by_prediction] == [0.0] * 5 + [1.0] * 5
    assert [each.spread for each in found.by_prediction] == [0.0] * 10
    assert (found.by_prediction[0].low, found.by_prediction[-1].high) == (0.0, 99.0)


def test_the_spread_in_a_range_is_the_standard_deviation():
    (only,) = regression.errors_of(table(TASK, [1.0, 3.0, 4.0], [0.0, 0.0, 0.0])).by_prediction
    assert only.spread == pytest.approx(statistics.stdev([1, 3, 4]))


def test_a_constant_label_has_no_variance_to_explain():
    assert regression.errors_of(table(TASK, [2.0] * 5, [1.0, 2.0, 3.0, 4.0, 5.0])).r2 is None


def test_a_residual_far_away_asks_for_few_bars():
    answers = np.zeros(1000)
    labels = np.append(np.random.default_rng(0).normal(size=999), 1e12)
    assert len(regression.errors_of(table(TASK, labels, answers)).histogram) == 50


def test_answers_that_are_not_finite_are_counted_and_left_out():
    found = regression.errors_of(table(TASK, [1.0, 2.0, 3.0, 4.0], [1.5, np.nan, np.inf, 4.5]))
    assert found.not_finite == 2
    assert found.bias.value == -0.5 and found.quantiles["1.0"] == 0.5


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(-1e9, 1e9), st.floats(-1e9, 1e9, width=32) | st.sampled_from([np.nan, np.inf, -np.inf, 3e38])
        ),
        max_size=40,
    )
)
def test_no_answer_stops_the_analysis_and_json_can_hold_it(rows):
    labels, answers = (np.array(column) for column in zip(*rows, strict=True)) if rows else (np.zeros(0), np.zeros(0))
    found = regression.errors_of(table(TASK, labels, answers))
    assert RegressionErrors.from_json(json.loads(json.dumps(found.to_json(), allow_nan=False))) == found
    assert (
        sum(found.histogram) + found.not_finite
        == len(rows)
        == sum(each.rows for each in found.by_prediction) + found.not_finite
    )


def test_how_the_intervals_keep_their_promise():
    labels = np.arange(10.0)
    answers = np.stack([labels, labels - 1, labels + 2], axis=1)
    answers[0, 1:], answers[1, 1:] = (5, 6), (-9, -8)  # a label below its interval, one above
    found = regression.errors_of(table(Regression("y", quantiles=(0.05, 0.95)), labels, answers)).ends
    assert (found.share, found.coverage.value, found.below, found.above) == (0.9, 0.8, 0.1, 0.1)
    assert found.width.value == pytest.approx((8 * 3 + 1 + 1) / 10)
    assert regression.errors_of(table(TASK, labels, labels)).ends is None

"""Statistics over folds, against independent libraries and a simulation with the correlation that the correction is for."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.weightstats import DescrStatsW

from analysis.folds import CrossValidation, FoldResult, Spread, better, corrected_interval, spread
from schemas.records import Interval
from schemas.tasks import Metric

ACCURACY = Metric("accuracy", True, 1.0)
RMSE = Metric("rmse", False)
VALUES = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30)


@given(VALUES)
def test_without_the_correction_it_is_student_s_interval(values: list[float]) -> None:
    found = corrected_interval(values, 0.0)
    low, high = DescrStatsW(np.array(values)).tconfint_mean(0.05)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-6, abs=1e-6)


@given(VALUES, st.floats(0.01, 1))
def test_the_correction_widens_by_the_root_of_one_and_j_times_the_ratio(values: list[float], ratio: float) -> None:
    plain, corrected = corrected_interval(values, 0.0), corrected_interval(values, ratio)
    factor = math.sqrt(1 + len(values) * ratio)
    assert corrected.value == plain.value
    assert corrected.high - corrected.low == pytest.approx((plain.high - plain.low) * factor, rel=1e-6, abs=1e-6)


def test_ten_folds_by_hand() -> None:
    """s = 0.0279 of ten accuracies; 1/10 + 1/9 of its square, and 2.2622 as a table of Student's t has it for 9 degrees."""
    values = [0.90, 0.85, 0.88, 0.92, 0.87, 0.91, 0.86, 0.89, 0.94, 0.88]
    found = corrected_interval(values, 1 / 9)
    half = 2.2622 * np.std(values, ddof=1) * math.sqrt(1 / 10 + 1 / 9)
    assert found.value == pytest.approx(0.89)
    assert (found.low, found.high) == pytest.approx((0.89 - half, 0.89 + half), abs=1e-5)
    assert found.high - found.low == pytest.approx(2 * 2.2622 * 0.0279 * 0.4595, abs=1e-4)


def test_of_correlated_folds_it_covers_the_truth_in_95_of_100_and_student_s_does_not() -> None:
    """Nadeau and Bengio assume the correlation n_test / (n_test + n_train) between folds: under it the interval is exact."""
    folds, tries, ratio = 4, 4000, 1 / 3
    share = ratio / (1 + ratio)
    random = np.random.default_rng(1)
    common, own = random.normal(size=(tries, 1)), random.normal(size=(tries, folds))
    drawn = math.sqrt(share) * common + math.sqrt(1 - share) * own

    def covered(correction: float) -> float:
        intervals = [corrected_interval(list(values), correction) for values in drawn]
        return float(np.mean([found.low <= 0 <= found.high for found in intervals]))

    assert covered(ratio) == pytest.approx(0.95, abs=0.012)
    assert covered(0.0) < 0.9


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], Interval(None, None, None)),
        ([0.5], Interval(0.5, None, None)),
        ([0.5, math.inf], Interval(None, None, None)),
        ([0.5, 0.5, 0.5], Interval(0.5, 0.5, 0.5)),
    ],
)
def test_what_has_no_interval_has_none(values: list[float], expected: Interval) -> None:
    assert corrected_interval(values, 0.25) == expected


def test_a_fold_without_a_value_is_left_out_and_counted() -> None:
    found = spread([0.8, None, 0.9], 0.5, ACCURACY)
    assert (found.folds, found.lowest, found.highest) == (2, 0.8, 0.9)
    assert found.deviation == pytest.approx(stats.tstd([0.8, 0.9])) and found.mean.value == pytest.approx(0.85)
    assert spread([None], 0.5, ACCURACY) == Spread(Interval(None, None, None), None, None, None, 0)


def test_an_interval_ends_where_its_metric_does() -> None:
    assert spread([0.9, 1.0], 0.5, ACCURACY).mean.high == 1.0
    assert spread([0.1, 2.0], 0.5, RMSE).mean.low == 0.0
    assert spread([0.1, 2.0], 0.5).mean.low < 0


def fold(reached: float | None, naive: float, name: str = "accuracy") -> FoldResult:
    return FoldResult(1, 1, 1, {"train": 8, "eval": 2, "test": 5}, {name: reached}, {name: naive}, (3,))


def test_better_is_above_0_for_a_better_model_whichever_way_the_metric_goes() -> None:
    assert better(ACCURACY, [fold(0.9, 0.6), fold(0.5, 0.6), fold(None, 0.6)]) == pytest.approx([0.3, -0.1, None])
    assert better(RMSE, [fold(2.0, 9.0, "rmse")]) == [7.0]


def test_a_result_is_read_as_it_was_written() -> None:
    whole = CrossValidation(
        dataset="digits", run_id="r", folds=2, repeats=1, rows=30, held_out=5, strata="classes", key=(), primary="accuracy",
        metrics={"accuracy": spread([0.8, 0.9], 1.0, ACCURACY)}, naive=spread([0.1, 0.1], 1.0), better=spread([0.7, 0.8], 1.0),
        results=(fold(0.8, 0.1), fold(0.9, 0.1)), settings=("epochs=2",), limit=0, notes=(), seconds={"total": 1.0},
        predictions="p", figure="f", log="l",
    )  # fmt: skip
    assert CrossValidation.from_json(whole.to_json()) == whole

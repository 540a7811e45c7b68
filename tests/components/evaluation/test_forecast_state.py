"""The metrics of a forecast: against the formulas, in parts as in one, and of answers that are none."""

import math

import numpy as np
import pytest

from components.evaluation import verdict
from components.evaluation.forecast_state import EXAMPLE_COUNT, ForecastState
from components.evaluation.metrics import intervals_of_arrays, of_arrays
from schemas.tasks import Forecast

TASK = Forecast(label="y", time="t", window=8, horizon=3)
RANDOM = np.random.default_rng(1)


def labels(count: int) -> np.ndarray:
    truth = RANDOM.normal(size=(count, 3)).cumsum(axis=1)
    season = truth + RANDOM.normal(size=(count, 3))
    return np.concatenate([truth, season, np.zeros((count, 1))], axis=1).astype(np.float32)


def test_errors_are_scaled_by_those_of_the_naive_forecasts() -> None:
    label = labels(500)
    answer = (label[:, :3] + RANDOM.normal(0, 0.3, (500, 3))).astype(np.float32)
    found = of_arrays(TASK, label, answer)
    mae = np.abs(answer - label[:, :3]).mean()
    assert found["mae"] == pytest.approx(mae, rel=1e-5)
    assert found["rmse"] == pytest.approx(np.sqrt(((answer - label[:, :3]) ** 2).mean()), rel=1e-5)
    assert found["mase"] == pytest.approx(mae / np.abs(label[:, :3]).mean(), rel=1e-5)
    assert found["seasonal_mase"] == pytest.approx(mae / np.abs(label[:, 3:6] - label[:, :3]).mean(), rel=1e-5)
    assert list(found) == [metric.name for metric in TASK.metrics]


def test_the_naive_forecasts_themselves_reach_1_which_must_be_beaten() -> None:
    label = labels(50)
    assert of_arrays(TASK, label, np.repeat(label[:, -1:], 3, axis=1))["mase"] == pytest.approx(1)
    assert of_arrays(TASK, label, label[:, 3:6])["seasonal_mase"] == pytest.approx(1)
    naive = verdict.naive_baseline(TASK, {"splits": {}}, "test")
    for metrics, passed in (
        ({"mase": 0.9, "seasonal_mase": 0.9}, [True, True]),
        ({"mase": 1.0, "seasonal_mase": 0.9}, [False, True]),
        ({"mase": 0.9, "seasonal_mase": 1.1}, [True, False]),
        ({"mase": None, "seasonal_mase": 0.5}, [False, True]),
    ):
        found = verdict.checks(TASK, {"mae": 1.0, "rmse": 1.0, **metrics}, {}, naive, None, 0.01)
        assert [check.passed for check in found] == passed


def test_parts_that_are_merged_are_as_the_whole() -> None:
    label, answer = labels(100), RANDOM.normal(size=(100, 3)).astype(np.float32)
    whole, first, second = (ForecastState(3) for _ in range(3))
    whole.add(label, answer)
    first.add(label[:30], answer[:30])
    second.add(label[30:], answer[30:])
    first.merge(second)
    assert first.metrics() == pytest.approx(whole.metrics()) and whole.metrics()[EXAMPLE_COUNT] == 100
    for name, found in whole.intervals().items():
        assert found.low is not None and found.low < found.value < found.high
        assert first.intervals()[name].low == pytest.approx(found.low)


def test_the_interval_of_a_scaled_error_holds_what_many_samples_give() -> None:
    kept = 0
    for _ in range(200):
        label = np.concatenate([RANDOM.normal(size=(80, 3)), np.zeros((80, 4))], axis=1)
        found = intervals_of_arrays(TASK, label, label[:, :3] * 0.5 + RANDOM.normal(0, 0.1, (80, 3)))["mase"]
        truth = np.sqrt(0.25 + 0.01)  # of normal errors the mean absolute one is proportional to their deviation
        kept += found.low <= truth <= found.high
    assert kept >= 180


def test_an_answer_that_is_not_finite_is_as_wrong_as_can_be() -> None:
    label, answer = labels(10), np.zeros((10, 3), np.float32)
    answer[3, 1] = math.nan
    assert of_arrays(TASK, label, answer) == dict.fromkeys(("mase", "seasonal_mase", "mae", "rmse"), None)


def test_where_nothing_ever_moves_no_model_is_better_than_the_last_value() -> None:
    assert of_arrays(TASK, np.ones((5, 7)), np.ones((5, 3)))["mase"] is None

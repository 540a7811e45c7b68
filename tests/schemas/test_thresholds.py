"""Bounds of values and of intervals."""

import pytest

from schemas import codec
from schemas.records import Interval
from schemas.tasks import Metric
from schemas.thresholds import AtLeast, AtMost, bound_of

AUC, LOSS = Metric("auc", True, 1.0), Metric("loss", False)


def test_a_number_bounds_the_value_on_the_side_of_the_metric() -> None:
    assert bound_of(0.8, AUC) == AtLeast(0.8) and bound_of(0.8, LOSS) == AtMost(0.8)
    assert bound_of(AtLeast(0.8, of="lower bound"), AUC) == AtLeast(0.8, of="lower bound")


def test_what_is_measured_is_the_value_or_the_end_that_a_small_sample_moves_away() -> None:
    interval = Interval(0.9, 0.85, 0.94)
    assert AtLeast(0.8).measured(interval) == 0.9
    assert AtLeast(0.8, of="lower bound").measured(interval) == 0.85
    assert AtMost(0.8, of="upper bound").measured(interval) == 0.94


@pytest.mark.parametrize(
    ("bound", "metric", "allowed"),
    [
        (AtLeast(0.8, of="upper bound"), AUC, "one of value, lower bound"),
        (AtLeast(0.8), LOSS, "AtMost(0.8): less loss is better"),
        (AtMost(0.8), AUC, "AtLeast(0.8): more auc is better"),
        (AtLeast(1.5), AUC, "a number from 0 to 1"),
    ],
)
def test_a_bound_that_cannot_be_is_refused(bound: AtLeast | AtMost, metric: Metric, allowed: str) -> None:
    assert allowed in [problem.allowed for problem in bound.problems(metric)]


def test_bounds_travel_as_json() -> None:
    thresholds = {"auc": AtLeast(0.8, of="lower bound"), "loss": 0.5}
    assert codec.loads(codec.dumps(thresholds)) == thresholds

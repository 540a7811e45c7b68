import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial import distance
from scipy.stats import ks_2samp

from analysis import drift
from analysis.drift import ColumnDrift, Drift

COUNTS = arrays(np.int64, 5, elements=st.integers(0, 1000)).filter(lambda counts: counts.sum() > 0)


@given(COUNTS, COUNTS)
def test_the_divergence_is_the_square_of_scipys_distance(before: np.ndarray, after: np.ndarray) -> None:
    expected = distance.jensenshannon(before, after, base=2) ** 2
    assert drift.jensen_shannon(before, after) == pytest.approx(expected, abs=1e-9)


@given(COUNTS, COUNTS)
def test_the_largest_difference_of_shares_is_scipys_distance_of_chebyshev(
    before: np.ndarray, after: np.ndarray
) -> None:
    expected = distance.chebyshev(before / before.sum(), after / after.sum())
    assert drift.infinity(before, after) == pytest.approx(expected)


@pytest.mark.parametrize("measure", [drift.infinity, drift.jensen_shannon])
@given(COUNTS, st.integers(1, 20))
def test_distances_know_shares_alone_and_are_0_to_1(measure, counts: np.ndarray, times: int) -> None:
    assert measure(counts, counts * times) == pytest.approx(0, abs=1e-12)
    other = counts[::-1].copy()
    assert measure(counts, other) == pytest.approx(measure(other, counts))
    assert 0 <= measure(counts, other) <= 1


def test_answers_without_a_class_in_common_are_as_far_as_can_be() -> None:
    confidences = np.full(60, 0.9), np.full(60, 0.5)
    found = drift.classes(("a", "b"), np.array([60, 0]), np.array([0, 60]), confidences, drift.JENSEN_SHANNON, 0.1)
    assert found.distance == pytest.approx(1)
    assert found.over
    assert found.shares == {"a": 0.0, "b": 1.0}
    assert found.shares_before == {"a": 1.0, "b": 0.0}
    assert (found.mean_before, found.mean, found.confidence) == (pytest.approx(0.9), pytest.approx(0.5), 1.0)
    assert found.p_value is not None
    assert found.p_value < 1e-20


def test_one_class_alone_leaves_no_test() -> None:
    confidences = np.full(9, 0.9), np.full(9, 0.9)
    found = drift.classes(("a", "b"), np.array([9, 0]), np.array([9, 0]), confidences, drift.INFINITY, 0.1)
    assert (found.distance, found.over, found.p_value) == (0, False, None)


def test_values_that_moved_are_over_and_those_of_the_same_source_are_not() -> None:
    draw = np.random.default_rng(0).normal
    before = draw(size=500)
    same, moved = draw(size=500), draw(loc=1.5, size=500)
    assert not drift.values(before, same, 0.1).over
    found = drift.values(before, moved, 0.1)
    assert found.over
    assert found.p_value == pytest.approx(ks_2samp(before, moved).pvalue)
    assert found.mean == pytest.approx(moved.mean())


@pytest.mark.parametrize("before", [np.zeros(50), np.array([1.0])])
def test_values_that_are_all_equal_have_a_distance(before: np.ndarray) -> None:
    assert drift.values(before, before, 0.1).distance == 0
    assert drift.values(before, before + 1, 0.1).distance > 0


def column(name: str, distance: float | None, bound: float | None) -> ColumnDrift:
    over = distance is not None and bound is not None and distance > bound
    measure = "" if distance is None else drift.INFINITY
    return ColumnDrift(
        column=name, measure=measure, distance=distance, bound=bound, over=over, missing=0.0, missing_before=0.0
    )


def test_the_columns_that_are_furthest_over_their_bound_come_first() -> None:
    found = [
        column("unique", None, None),
        column("far, and not judged", 0.9, None),
        column("near", 0.1, 0.2),
        column("over", 0.25, 0.2),
        column("further over", 0.04, 0.01),
    ]
    names = [one.column for one in drift.by_bound(found)]
    assert names == ["further over", "over", "near", "far, and not judged", "unique"]


def test_the_largest_change_may_be_of_a_value_that_only_one_side_has() -> None:
    assert drift.largest_change({"a": 0.5, "b": 0.5}, {"a": 0.45, "c": 0.55}) == ("c", 0.0, 0.55)
    assert drift.largest_change({}, {}) is None


def test_a_record_is_read_back_as_it_was_written() -> None:
    answers = drift.values(np.arange(9.0), np.arange(9.0), 0.1)
    found = Drift(
        dataset="titanic", version="1.0.0", source="new.csv", at="2026-01-01T00:00:00+00:00", rows=9, trained_rows=9,
        judged=False, over=False, columns=(column("Sex", 0.1, 0.2),), anomalies=(), answers=answers, notes=("few",),
        seconds=1.5,
    )  # fmt: skip
    assert Drift.from_json(json.loads(json.dumps(found.to_json()))) == found

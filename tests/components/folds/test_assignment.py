"""Folds: every example in one, equal keys together, classes in their shares, whatever the order of the rows."""

import collections

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_diabetes, load_digits

from components.folds.assignment import Assignment, assign, by_time
from schemas.errors import InputError

SHARE = 15 / 85
DIGITS = tuple("0123456789")


def keys(count: int) -> list[str]:
    return [f"row {number}" for number in range(count)]


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    return load_digits().target.astype(np.int64)


def test_every_fold_has_its_share_of_each_class(digits: np.ndarray) -> None:
    found = assign(keys(len(digits)), digits, DIGITS, 5, SHARE)
    assert found.strata == "classes" and found.notes == ()
    whole = np.bincount(digits)
    for number in range(5):
        counts = np.bincount(digits[found.fold == number], minlength=10)
        assert np.abs(counts - whole / 5).max() <= 1
        within = found.evaluates[found.fold == number]
        assert within.mean() == pytest.approx(SHARE, abs=0.02)
        evaluates = np.bincount(digits[(found.fold == number) & found.evaluates], minlength=10)
        assert evaluates.min() >= 4


def test_a_regression_s_folds_have_the_same_label_quantiles() -> None:
    labels = load_diabetes().target
    found = assign(keys(len(labels)), labels, None, 4, SHARE)
    assert found.strata == "label quantiles"
    medians = [np.median(labels[found.fold == number]) for number in range(4)]
    assert np.ptp(medians) < 0.15 * labels.std()
    assert collections.Counter(found.fold.tolist()) == {0: 111, 1: 111, 2: 110, 3: 110}


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 2)), min_size=60, max_size=200),
    st.integers(2, 5),
    st.floats(0.05, 0.95),
    st.randoms(use_true_random=False),
)
def test_equal_keys_stay_together_and_the_order_of_rows_does_not_matter(rows, folds, share, random) -> None:
    if len({key for key, _ in rows}) < 2 * folds:
        return
    labels = np.array([label for _, label in rows])
    found = assign([str(key) for key, _ in rows], labels, ("a", "b", "c"), folds, share)
    assert set(found.fold.tolist()) == set(range(folds))
    places = collections.defaultdict(set)
    for (key, _), fold, evaluates in zip(rows, found.fold, found.evaluates, strict=True):
        places[key].add((int(fold), bool(evaluates)))
    assert {len(place) for place in places.values()} == {1}
    for number in range(folds):  # a training needs both
        assert 0 < found.evaluates[found.fold == number].sum() < (found.fold == number).sum()
    order = list(range(len(rows)))
    random.shuffle(order)
    again = assign([str(rows[place][0]) for place in order], labels[order], ("a", "b", "c"), folds, share)
    np.testing.assert_array_equal(again.fold, found.fold[order])
    np.testing.assert_array_equal(again.evaluates, found.evaluates[order])


def test_another_salt_divides_in_another_way(digits: np.ndarray) -> None:
    one, other, same = (assign(keys(len(digits)), digits, DIGITS, 5, SHARE, salt) for salt in ("1", "2", "1"))
    np.testing.assert_array_equal(one.fold, same.fold)
    assert (one.fold == other.fold).mean() == pytest.approx(0.2, abs=0.05)


def small(labels: list[int], folds: int) -> Assignment:
    return assign(keys(len(labels)), np.array(labels), ("a", "b"), folds, SHARE)


def test_a_class_that_is_too_rare_is_named() -> None:
    (note,) = small([0] * 20 + [1] * 2, 4).notes
    assert note.endswith("b 2")


def test_where_every_class_is_too_rare_nothing_is_stratified() -> None:
    found = assign(keys(12), np.arange(12), tuple("abcdefghijkl"), 3, SHARE)
    assert found.strata == "" and "not stratified" in found.notes[0]
    assert collections.Counter(found.fold.tolist()) == {0: 4, 1: 4, 2: 4}


def test_too_few_rows_are_refused_with_the_most_folds_that_they_allow() -> None:
    with pytest.raises(InputError, match=r"7 examples cannot be divided into 4 folds .* at most 3 folds"):
        small([0, 1, 0, 1, 0, 1, 0], 4)
    with pytest.raises(InputError, match="2 examples of different key"):
        assign(["a", "b"] * 50, np.array([0, 1] * 50), ("a", "b"), 4, SHARE)


@settings(max_examples=100)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=200), st.integers(2, 6), st.floats(0.05, 0.95))
def test_folds_by_time_follow_each_other_and_divide_no_time(times: list[int], folds: int, share: float) -> None:
    moments = np.array(times)
    if len(set(times)) < 2 * (folds + 1):
        with pytest.raises(InputError, match="different times cannot be divided"):
            by_time(moments, folds, share)
        return
    found = by_time(moments, folds, share)
    order = np.argsort(moments, kind="stable")
    assert (np.diff(found.fold[order]) >= 0).all() and set(found.fold) == set(range(folds + 1))
    for part in range(folds + 1):
        learned, stopping = (moments[(found.fold == part) & side] for side in (~found.evaluates, found.evaluates))
        assert learned.max() < stopping.min()
    parts = [set(moments[found.fold == part]) for part in range(folds + 1)]
    assert not any(one & other for number, one in enumerate(parts) for other in parts[:number])


def test_folds_by_time_are_about_equal() -> None:
    found = by_time(np.arange(600), 5, SHARE)
    assert np.bincount(found.fold).tolist() == pytest.approx([100] * 6, abs=1)
    assert found.evaluates.mean() == pytest.approx(SHARE, abs=0.01) and "oldest" in found.notes[0]


@settings(max_examples=100)
@given(st.integers(20, 80), st.integers(2, 4), st.integers(1, 5))
def test_a_label_that_reaches_into_the_next_part_is_in_none(count: int, folds: int, horizon: int) -> None:
    times = np.arange(count)
    plain = by_time(times, folds, 0.3)
    sides = np.array(
        [[np.sum((plain.fold == part) & (plain.evaluates == side)) for side in (0, 1)] for part in range(folds + 1)]
    )
    sides[-1, 1] += horizon  # nothing comes after it
    if sides[0].min() < horizon or sides.max(axis=1).min() < horizon:
        with pytest.raises(InputError, match="labels reach so far ahead"):  # a model would be trained on nothing
            by_time(times, folds, 0.3, times + horizon - 1)
        return
    found = by_time(times, folds, 0.3, times + horizon - 1)
    for one in np.flatnonzero(found.fold >= 0):
        reached = slice(one, min(one + horizon, count))
        sides = set(zip(plain.fold[reached], plain.evaluates[reached], strict=True))
        assert sides == {(found.fold[one], found.evaluates[one])}
    assert np.sum(found.fold < 0) <= (horizon - 1) * (2 * (folds + 1) - 1)

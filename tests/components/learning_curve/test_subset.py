"""Parts of the train split: nested, with every class in its share, whatever the order of the rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from components.learning_curve.point import as_many_steps
from components.learning_curve.subset import chosen, most_recent
from schemas.training import Training

SHARES = (0.1, 0.25, 0.5, 0.9)


def keys(count: int) -> list[str]:
    return [f"row {number}" for number in range(count)]


def test_every_class_has_its_share() -> None:
    labels = load_digits().target.astype(np.int64)
    for share in SHARES:
        rows = chosen(keys(len(labels)), labels, share, "")
        counts = np.bincount(labels[rows], minlength=10)
        assert np.abs(counts - share * np.bincount(labels)).max() <= 0.5


def test_a_rare_class_keeps_an_example() -> None:
    labels = np.array([0] * 99 + [1])
    assert 99 in chosen(keys(100), labels, 0.1, "")


rows_of = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 2)), min_size=20, max_size=200)


@settings(max_examples=50)
@given(rows_of, st.floats(0.01, 0.99), st.floats(0.01, 0.99), st.randoms(use_true_random=False))
def test_a_larger_part_has_all_of_a_smaller_one_and_the_order_of_rows_does_not_matter(rows, one, two, random) -> None:
    small, large = sorted((one, two))
    names, labels = [f"{key}/{number}" for number, (key, _) in enumerate(rows)], np.array([label for _, label in rows])
    smaller, larger = (chosen(names, labels, share, "salt") for share in (small, large))
    assert set(smaller) <= set(larger) and sorted(set(larger)) == larger.tolist()
    order = list(range(len(rows)))
    random.shuffle(order)
    again = chosen([names[row] for row in order], labels[order], small, "salt")
    assert {order[row] for row in again} == set(smaller)


@given(rows_of, st.floats(0.01, 0.99))
def test_of_a_key_with_several_rows_the_part_breaks_off_one_at_most(rows, share) -> None:
    names = [str(key) for key, _ in rows]
    part = chosen(names, None, share, "")
    assert len(part) == max(1, round(share * len(rows)))
    counts = {name: names.count(name) for name in names}
    within = {name: [names[row] for row in part].count(name) for name in names}
    assert sum(0 < within[name] < counts[name] for name in counts) <= 1


@given(st.lists(st.integers(0, 40), min_size=1, max_size=100), st.floats(0.01, 0.99))
def test_a_part_by_time_is_the_most_recent_rows(times: list[int], share: float) -> None:
    moments = np.array(times)
    part = most_recent(moments, share)
    rest = np.setdiff1d(np.arange(len(times)), part)
    assert len(part) == max(1, round(share * len(times))) and (np.diff(part) > 0).all()
    assert not len(rest) or moments[rest].max() <= moments[part].min()


def test_another_salt_gives_another_part() -> None:
    first, second = (set(chosen(keys(100), None, 0.5, salt)) for salt in ("a", "b"))
    assert len(first) == len(second) == 50 and first != second


@pytest.mark.parametrize("batch_size", [1, 32, 1000])
@pytest.mark.parametrize("rows", [10, 62, 500, 621])
def test_a_part_may_take_as_many_steps_as_the_whole(rows: int, batch_size: int) -> None:
    training = Training(epochs=24, patience=7, batch_size=batch_size)
    found = as_many_steps(training, rows, 621)
    steps, of_whole = (-(-count // batch_size) for count in (rows, 621))
    assert 24 * of_whole <= found.epochs * steps < 24 * of_whole + steps
    assert 7 * of_whole <= found.patience * steps < 7 * of_whole + steps


def test_the_whole_is_trained_as_the_page_says() -> None:
    assert as_many_steps(Training(), 621, 621) == Training()

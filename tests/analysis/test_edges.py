from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.edges import edges_of, roundest

floats = st.floats(-(2.0**100), 2.0**100, width=32)


@pytest.mark.parametrize(
    ("low", "high", "near", "expected"),
    [
        (15.2, 17.9, 15.9, 16.0),
        (0.0, 1.0, 1.0, 1.0),
        (-3.0, 4.0, 3.9, 0.0),
        (1969.0, 1971.0, 1971.0, 1970.0),
        (0.0312, 0.0349, 0.0336, 0.034),
        (-0.71, -0.58, -0.65, -0.6),
        (1_234_000.0, 1_260_000.0, 1_240_000.0, 1_250_000.0),
    ],
)
def test_the_multiple_of_the_largest_step_is_taken(low: float, high: float, near: float, expected: float) -> None:
    assert roundest(low, high, near) == expected


@given(floats, floats, st.floats(0, 1))
def test_the_number_is_between_its_bounds_as_float32(one: float, other: float, share: float) -> None:
    low, high = sorted((one, other))
    if low < high:
        assert low < np.float32(roundest(low, high, low + share * (high - low))) <= high


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=60), st.integers(2, 8))
def test_edges_rise_leave_nothing_empty_and_stay_whole(numbers: list[int], count: int) -> None:
    edges = edges_of(np.array(numbers), count, whole=True)
    assert len(edges) < count
    assert all(low < high for low, high in pairwise(edges))
    assert all(edge == int(edge) for edge in edges)
    if edges:
        assert min(numbers) < edges[0] and edges[-1] <= max(numbers)
    else:
        assert len(set(numbers)) == 1


def test_ranges_have_about_as_many_numbers_each() -> None:
    numbers = np.random.default_rng(0).lognormal(3, 1, 10_000)
    edges = edges_of(numbers, 8)
    counts = np.histogram(numbers, [0, *edges, np.inf])[0]
    assert len(counts) == 8
    assert counts.min() >= 10_000 / 8 * 0.6 and counts.max() <= 10_000 / 8 * 1.4
    assert all(len(f"{edge:g}".strip("0")) <= 2 for edge in edges)


def test_a_number_that_most_examples_have_is_a_range_of_its_own() -> None:
    assert edges_of(np.array([0] * 90 + list(range(1, 11))), 4) == (1.0,)

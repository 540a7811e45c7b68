from bisect import bisect_right

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.ranges import of_column
from schemas.slices import Buckets


def numbers(*values: float | None) -> pa.Array:
    return pa.array(values, pa.float32())


def test_an_edge_belongs_to_the_range_above_it_and_a_gap_is_missing() -> None:
    found = of_column(Buckets("year", (73, 76, 79)), numbers(72.5, 73, 75.9, 76, 79, 1e9, -5, None))
    assert found == pa.array(
        [b"< 73", b"73 to < 76", b"73 to < 76", b"76 to < 79", b">= 79", b">= 79", b"< 73", b"missing"], pa.binary()
    )


@given(
    edges=st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=5, unique=True).map(sorted),
    values=st.lists(st.none() | st.floats(-2e6, 2e6, width=32), max_size=20),
)
def test_a_number_falls_between_its_edges(edges: list[float], values: list[float | None]) -> None:
    buckets = Buckets("x", tuple(edges))
    expected = ["missing" if value is None else buckets.labels[bisect_right(edges, value)] for value in values]
    assert [name.decode() for name in of_column(buckets, numbers(*values)).to_pylist()] == expected


@pytest.mark.parametrize("edge", [0.1, 0.3, 0.7, 33.1])
def test_a_decimal_edge_does_not_divide_it_from_the_same_number_in_a_cell(edge: float) -> None:
    assert of_column(Buckets("x", (edge,)), numbers(edge))[0].as_py() == f">= {edge}".encode()


def test_a_text_is_counted_in_words_whatever_white_space_is_between() -> None:
    texts = pa.array(
        [b"one", b"one two", b"one\ntwo \t three", "größe\u00a0vier fünf sechs".encode(), None], pa.binary()
    )
    found = of_column(Buckets("text", (2, 3, 4), "words"), texts)
    assert found.to_pylist() == [b"< 2", b"2", b"3", b">= 4", b"missing"]


def test_no_rows_give_no_names() -> None:
    assert of_column(Buckets("x", (1,)), numbers()) == pa.array([], pa.binary())

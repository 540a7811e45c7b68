"""Numbers that float32 cannot tell apart are refused, by column; others are not."""

from collections.abc import Sequence

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.data import precision
from schemas import columns
from schemas.columns import Label
from schemas.columns.numbers import NumberStyle
from schemas.errors import InputError


def check(*blocks: pa.Array) -> None:
    spans = [precision.span_of(cells, columns.convert(cells, "number", Label("y", None))) for cells in blocks]
    precision.check("rides.csv", [{"x": span} for span in spans if span is not None])


def texts(values: Sequence[object]) -> pa.Array:
    return pa.array([None if value is None else str(value).encode() for value in values], pa.binary())


@pytest.mark.parametrize(
    ("cells", "pair"),
    [
        (texts([1_700_000_000, 1_700_000_001, None, 1_700_000_200]), "1700000000 and 1700000001"),
        (texts([1_700_000_000_000, "", 1_700_000_000_007]), "1700000000000 and 1700000000007"),
        (pa.array([1_700_000_000.25, 1_700_000_000.5, float("nan")]), "1700000000.25 and 1700000000.5"),
        (pa.array([2**62, None, 2**62 + 1]), f"{2**62} and {2**62 + 1}"),
        (texts([0.1, 0.10000000001]), "0.1 and 0.10000000001"),
    ],
)
def test_values_that_become_one_are_named(cells: pa.Array, pair: str) -> None:
    with pytest.raises(InputError, match="rides.csv, column 'x': " + pair) as caught:
        check(cells)
    assert "Number(exact=True), or Timestamp(format='unix')" in str(caught.value)


@pytest.mark.parametrize(
    "cells",
    [
        texts([]), texts([None]), texts([0.1, 0.1]), texts([1_700_000_000] * 3), texts([16_777_216, 0, 16_777_217]),
        texts([0.1, 0.2, 0.3]), pa.array([2**62, -(2**62), 2**62 + 1]), texts(["1e30", "-1e30", "1.00000001e30"]),
        pa.array([True, False]), texts([1_700_000_000, 1_700_000_128]),
    ],
)  # fmt: skip
def test_what_rounding_hardly_moves_is_taken(cells: pa.Array) -> None:
    check(cells)


def test_the_range_is_that_of_all_blocks() -> None:
    close, far = texts([16_777_216, 16_777_217]), texts([0, 1e9])
    with pytest.raises(InputError):
        check(close)
    check(close, far)
    check(far, close)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2))
def test_no_column_is_refused_that_keeps_its_values_apart(values: list[float]) -> None:
    rounded = {columns.convert(texts([value]), "number", Label("y", None))[0].as_py() for value in set(values)}
    if len(rounded) == len(set(values)):
        check(texts(values))


def test_numbers_of_another_style_are_looked_at_too() -> None:
    style = NumberStyle(",", ".")
    cells = texts(["1.700.000.000,25", "1.700.000.000,5"])
    span = precision.span_of(cells, columns.convert(cells, "number", Label("y", None), style=style), style)
    assert span is not None and span["pair"] == [1_700_000_000.25, 1_700_000_000.5]

"""The text of floating point numbers, against the rule worked out one number at a time."""

import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.model_server.rest.decimals import decimals, shortest


def by_the_rule(value: float, dtype: type[np.floating]) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    text = f"{value:.6g}"
    with np.errstate(over="ignore"):
        if dtype(text) != dtype(value):
            text = f"{value:.9g}" if dtype is np.float32 else f"{value:.17g}"
    return text if "." in text or "e" in text else text + ".0"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (9000000, "9e+06"), (999999, "999999.0"), (0.5, "0.5"), (0.0003, "0.0003"), (0.00003, "3e-05"), (555557.5, "555557.5"),
        (3, "3.0"), (0.2, "0.2"), (16777216, "16777216.0"), (-0.0, "-0.0"), (1234567, "1234567.0"), (1e-45, "1.4013e-45"),
        (math.nan, "NaN"), (math.inf, "Infinity"), (-math.inf, "-Infinity"), (1 / 3, "0.333333343"), 
        (3.4028235e38, "3.40282347e+38"),
    ],
)  # fmt: skip
def test_float32(value: float, text: str) -> None:
    assert decimals(np.array([value], np.float32)) == [text]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1, "0.1"), (1 / 3, "0.33333333333333331"), (9000000, "9e+06"), (1e300, "1e+300"), (12345678, "12345678.0"),
     (2.0**60, "1.152921504606847e+18"), (5e-324, "4.94066e-324")],
)  # fmt: skip
def test_float64(value: float, text: str) -> None:
    assert decimals(np.array([value], np.float64)) == [text]


@given(st.lists(st.floats(width=32) | st.integers(0, 2**32 - 1).map(lambda bits: struct.unpack("f", struct.pack("I", bits))[0])
                | st.floats(-1e7, 1e7, width=32).map(lambda x: float(np.float32(f"{x:.6g}")))))  # fmt: skip
def test_any_float32(values: list[float]) -> None:
    assert decimals(np.array(values, np.float32)) == [by_the_rule(value, np.float32) for value in values]


@given(
    st.lists(
        st.floats() | st.floats(-1e7, 1e7).map(lambda x: float(f"{x:.6g}")) | st.integers(-(10**18), 10**18).map(float)
    )
)
def test_any_float64(values: list[float]) -> None:
    assert decimals(np.array(values, np.float64)) == [by_the_rule(value, np.float64) for value in values]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_shortest_text_reads_back(value: float) -> None:
    text = shortest(value)
    assert struct.pack("d", float(text)) == struct.pack("d", value)
    assert text == str(value) or "e" in text or "e" in str(value)

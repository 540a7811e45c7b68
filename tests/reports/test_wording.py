import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import wording
from schemas.records import Interval


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "no value"),
        (math.nan, "no value"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (0.0, "0"),
        (0.83456, "0.835"),
        (12.3456, "12.3"),
        (1234567.0, "1,234,567"),
        (1234.5, "1,234"),
        (-3.14159, "−3.14"),
        (1e-7, "1.00e−07"),
    ],
)
def test_a_number_in_words(value: float | None, text: str) -> None:
    assert wording.number(value) == text


@given(st.floats())
def test_every_number_has_a_short_text(value: float) -> None:
    assert 0 < len(wording.number(value)) < 16
    assert 0 < len(wording.metric_value(value)) < 16
    assert wording.share(value)


@given(st.floats(min_value=-1e8, max_value=1e8).filter(lambda value: value == 0 or abs(value) > 1e-4))
def test_a_number_is_right_to_three_digits(value: float) -> None:
    read = float(wording.number(value).replace("−", "-").replace(",", ""))
    assert math.isclose(read, value, rel_tol=0.006)


def test_a_share_is_neither_none_nor_all_unless_it_is() -> None:
    assert wording.share(0) == "0%" and wording.share(1) == "100%"
    assert wording.share(1e-6) == "< 0.1%" and wording.share(1 - 1e-6) == "> 99.9%"
    assert wording.share(0.125) == "12.5%" and wording.share(0.5) == "50.0%"


def test_an_interval_without_bounds_says_so() -> None:
    assert wording.with_interval(Interval(0.8321, 0.7591, 0.887)) == "0.832 (0.759 to 0.887)"
    assert wording.with_interval(Interval(0.5, None, None)) == "0.500 (no interval)"
    assert wording.with_interval(Interval(None, None, None)) == "no value"


def test_lists_name_the_first_ones() -> None:
    assert wording.listed(["a"]) == "a" and wording.listed(["a", "b", "c"]) == "a, b and c"
    assert wording.first([str(number) for number in range(9)], 3) == "0, 1, 2 and 6 others"


def test_a_long_text_is_cut_and_says_by_how_much() -> None:
    assert wording.cut("short", 10) == "short" == wording.short("short", 5)
    assert wording.cut("x" * 1_000_010, 10) == "x" * 10 + " … (1,000,000 more characters)"

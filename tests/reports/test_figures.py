"""Figures on paper: ticks, positions, and that both drawings show the same record."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import Image

from reports.figures import png, scale, svg
from reports.figures.figure import Axis, Bars, Figure, Line, Matrix, Points, Ranges, Rule

NUMBERS = st.floats(-1e9, 1e9)


@given(NUMBERS, st.floats(1e-6, 1e9), st.integers(2, 9), st.booleans())
def test_ticks_are_round_within_the_range_and_not_too_many(low: float, span: float, most: int, whole: bool) -> None:
    assume(low + span > low)
    axis = Axis("x", low, low + span, whole)
    found = scale.ticks(axis, most)
    assert len(found) <= most + 1
    slack = 1e-6 * (abs(low) + span)
    assert all(axis.low - slack <= tick <= axis.high + slack for tick in found)
    steps = np.diff(found)
    assert np.allclose(steps, steps[0], rtol=1e-3, atol=slack) if len(steps) else True
    assert not whole or all(float(tick).is_integer() for tick in found)


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=20), st.booleans())
def test_a_range_holds_all_finite_values(values: list[float], zero: bool) -> None:
    low, high = scale.around(values, zero=zero)
    finite = [value for value in values if math.isfinite(value)]
    assert low < high or any(abs(value) > 1e300 for value in finite)
    assert all(low <= value <= high for value in finite)
    assert not zero or low <= 0 <= high


def test_a_range_of_nothing_and_of_one_value() -> None:
    assert scale.around([]) == (0.0, 1.0) == scale.around([math.nan])
    assert scale.around([4.0]) == (2.0, 6.0)


def _figure(*marks, x=(0.0, 10.0), y=(0.0, 10.0)) -> Figure:
    return Figure(slug="test", title="A $title_", text="", x=Axis("x", *x), y=Axis("y", *y), marks=marks)


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 10)), min_size=1, max_size=30))
def test_points_lie_in_the_frame_in_their_order(points: list[tuple[float, float]]) -> None:
    drawing = svg.draw(_figure(Points("", *zip(*points, strict=True))))
    circles = [shape.attributes for shape in drawing.shapes if shape.tag == "circle"]
    assert len(circles) == len(points)
    for (x, y), circle in zip(points, circles, strict=True):
        assert drawing.left - 0.1 <= circle["cx"] <= drawing.right + 0.1
        assert drawing.top - 0.1 <= circle["cy"] <= drawing.bottom + 0.1
        assert circle["cx"] == pytest.approx(drawing.left + x / 10 * (drawing.right - drawing.left), abs=0.1)
        assert circle["cy"] == pytest.approx(drawing.bottom - y / 10 * (drawing.bottom - drawing.top), abs=0.1)


def test_a_gap_in_the_data_is_a_gap_in_the_line() -> None:
    (path,) = svg.draw(_figure(Line("", (0, 1, 2, 3), (1, math.nan, 3, 4)))).shapes
    assert re.findall("[ML]", str(path.attributes["d"])) == ["M", "M", "L"]


def test_bars_have_the_heights_of_their_counts() -> None:
    drawing = svg.draw(_figure(Bars("", (0, 5, 10), (2, 8))))
    heights = [float(shape.attributes["height"]) for shape in drawing.shapes]
    assert heights[1] == pytest.approx(4 * heights[0], abs=0.5)


MARKS = [
    (Line("a_$x$", (0, 5, 10), (0, 9, 2)), Rule("best", 5)),
    (Points("_hidden", (1, 2), (3, 4), 2, ("a", "b"), (2, 3), (4, 5)),),
    (Bars("", (0, 5, 10), (2, 8)),),
    (Ranges(["a", "$b$", "c" * 90], (1.0, math.nan, 3.0), (0.5, math.nan, math.nan), (2.0, math.nan, math.nan), 1.5),),
    (Matrix(["a", "b"], [[5, 1], [0, 7]]),),
    (Matrix([str(number) for number in range(50)], np.eye(50, dtype=int).tolist()),),
]


@pytest.mark.parametrize("marks", MARKS, ids=lambda marks: type(marks[0]).__name__)
def test_every_mark_is_drawn_as_png(marks, tmp_path: Path) -> None:
    file = tmp_path / "figures" / "test.png"
    png.write(file, _figure(*marks))
    with Image.open(file) as image:
        assert image.format == "PNG" and len(set(image.convert("L").getdata())) > 10
    assert [path.name for path in file.parent.iterdir()] == ["test.png"]


def test_the_same_line_is_on_the_picture(tmp_path: Path) -> None:
    """Half of the picture's columns have a mark above the middle, where the line is high."""
    png.write(tmp_path / "test.png", _figure(Line("", (0, 5, 5, 10), (1, 1, 9, 9))))
    with Image.open(tmp_path / "test.png") as image:
        blue = np.asarray(image.convert("RGB")).astype(int)
    drawn = (blue[..., 2] - blue[..., 0] > 80).nonzero()
    left, right = drawn[1].min(), drawn[1].max()
    middle = (left + right) / 2
    assert drawn[0][drawn[1] < middle - 5].min() > drawn[0][drawn[1] > middle + 5].max()

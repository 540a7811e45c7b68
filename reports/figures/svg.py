"""A figure as shapes of an SVG; templates/figure.html writes them. Colours are classes, so that the page's scheme decides."""

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reports.figures import scale
from reports.figures.figure import Axis, Bars, Figure, Line, Mark, Points, Rule
from reports.figures.scale import Scale

WIDTH, HEIGHT = 420, 270
_TOP, _RIGHT, _BOTTOM = 26, 14, 44
_GLYPH = 6.6  # the width of a digit at the size of tick labels, in pixels


@dataclass(frozen=True)
class Shape:
    """One element: its tag, attributes, and what it shows where the pointer rests."""

    tag: str
    attributes: Mapping[str, str | float]
    title: str = ""


@dataclass(frozen=True)
class Drawing:
    """A figure laid out.

    Attributes:
      left, right, top, bottom: the frame, in pixels.
      x_ticks, y_ticks: position and text of each.
      shapes: from back to front.
    """

    left: float
    right: float
    top: float
    bottom: float
    x_ticks: list[tuple[float, str]]
    y_ticks: list[tuple[float, str]]
    shapes: list[Shape] = field(default_factory=list)


def draw(figure: Figure) -> Drawing:
    """The figure's marks in pixels of a ``WIDTH`` x ``HEIGHT`` SVG."""
    y_texts = [(value, scale.label(value)) for value in scale.ticks(figure.y, 5)]
    left = 14 + _GLYPH * max((len(text) for _, text in y_texts), default=1)
    x = Scale(figure.x, left, WIDTH - _RIGHT)
    y = Scale(figure.y, HEIGHT - _BOTTOM, _TOP)
    drawing = Drawing(
        left,
        WIDTH - _RIGHT,
        _TOP,
        HEIGHT - _BOTTOM,
        [(x(value), text) for value, text in _spread(figure.x, WIDTH - left)],
        [(y(value), text) for value, text in y_texts],
    )
    for mark in figure.marks:
        drawing.shapes.extend(_shapes(mark, x, y, drawing))
    return drawing


def _spread(axis: Axis, width: float) -> list[tuple[float, str]]:
    """As many ticks as have room for their texts side by side."""
    for most in (7, 6, 5, 4, 3, 2):
        texts = [(value, scale.label(value)) for value in scale.ticks(axis, most)]
        if sum(len(text) + 2 for _, text in texts) * _GLYPH < width:
            return texts
    return texts[:1]


def _shapes(mark: Mark, x: Scale, y: Scale, drawing: Drawing) -> Iterator[Shape]:
    match mark:
        case Line():
            classes = f"line c{mark.colour}{' dashed' * mark.dashed}{' faint' * mark.faint}"
            yield Shape("path", {"class": classes, "d": _path(mark, x, y)})
        case Bars():
            for (start, stop), height in zip(itertools.pairwise(mark.edges), mark.heights, strict=True):
                top, foot = y(height), y(0)
                box: dict[str, str | float] = {"x": x(start), "y": min(top, foot), "class": f"bar c{mark.colour}"}
                size = {"width": max(0.5, round(x(stop) - x(start) - 1, 1)), "height": round(abs(foot - top), 1)}
                title = f"{scale.label(start)} to {scale.label(stop)}: {scale.label(height)}"
                yield Shape("rect", {**box, **size}, title)
        case Points():
            yield from _points(mark, x, y)
        case Rule():
            line = {"x1": x(mark.at), "x2": x(mark.at), "y1": drawing.top, "y2": drawing.bottom}
            yield Shape("line", line | {"class": f"rule c{mark.colour}"}, mark.name)
        case _:  # a table in the page
            return


def _points(mark: Points, x: Scale, y: Scale) -> Iterator[Shape]:
    titles = mark.titles or [""] * len(mark.x)
    for low, high, across in zip(mark.low, mark.high, mark.x, strict=bool(mark.low)):
        if math.isfinite(low) and math.isfinite(high):
            line = {"x1": x(across), "x2": x(across), "y1": y(low), "y2": y(high)}
            yield Shape("line", line | {"class": f"whisker c{mark.colour}"})
    radius = 4 if len(mark.x) <= 40 else 2.4
    for across, up, title in zip(mark.x, mark.y, titles, strict=True):
        if math.isfinite(across) and math.isfinite(up):
            yield Shape("circle", {"cx": x(across), "cy": y(up), "r": radius, "class": f"dot c{mark.colour}"}, title)


def _path(line: Line, x: Scale, y: Scale) -> str:
    parts, pen = [], "M"
    for across, up in zip(line.x, line.y, strict=True):
        if math.isfinite(across) and math.isfinite(up):
            parts.append(f"{pen}{x(across):g} {y(up):g}")
            pen = "L"
        else:
            pen = "M"
    return "".join(parts)

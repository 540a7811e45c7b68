"""The errors of a regression's versions: a histogram, and predicted against expected values."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from xlsxwriter.utility import xl_range_abs

from reports.workbook.answers import Answers
from reports.workbook.cells import COLOURS, GRID_LINES, Formats, Grid
from reports.workbook.layout import ERROR, EXPECTED, PREDICTED, Layout, quoted

SHEET = "Errors"
_BINS = 20
_MOST_POINTS = 2000
_TOP = 2


def write(book: Any, sheet: Any, versions: Sequence[Answers], layouts: Sequence[Layout], forms: Formats) -> None:
    """Fills the sheet: counts of errors by range, as formulas, and two charts."""
    grid = Grid()
    edges = _edges(versions)
    grid.put(0, 0, "Errors by size: predicted less expected, in the label's unit", forms.heading)
    for column, header in enumerate(["from", "to", *(version.name for version in versions)]):
        grid.put(1, column, header, forms.header_right)
    for index in range(len(edges) + 1):
        row = _TOP + index
        low = edges[index - 1] if index else None
        high = edges[index] if index < len(edges) else None
        grid.put(row, 0, "below" if low is None else low, forms.value if low is not None else forms.right)
        grid.put(row, 1, "and above" if high is None else high, forms.value if high is not None else forms.right)
        for column, (version, layout) in enumerate(zip(versions, layouts, strict=True), 2):
            grid.formula(row, column, _formula(layout, row, low, high), _count(version, low, high), forms.whole)
    sheet.set_column(0, 1 + len(versions), 12)
    line = _TOP + len(edges) + 3
    _line(grid, line, versions[-1], layouts[-1], forms)
    grid.write(sheet)
    _histogram(book, sheet, versions, len(edges) + 1)
    _scatter(book, sheet, versions, layouts[-1], line)


def _edges(versions: Sequence[Answers]) -> list[float]:
    """Equal steps over the middle 98% of the errors of all versions, rounded to be read."""
    errors = np.concatenate([version.errors for version in versions])
    errors = errors[np.isfinite(errors)]
    if not len(errors):
        return [0.0]
    low, high = np.quantile(errors, [0.01, 0.99])
    step = float(f"{max((high - low) / _BINS, 1e-12):.1g}")
    first = np.floor(low / step)
    return [float(f"{(first + index) * step:.12g}") for index in range(int(np.ceil(high / step) - first) + 1)]


def _formula(layout: Layout, row: int, low: float | None, high: float | None) -> str:
    errors = layout.cells(ERROR)
    parts = [f'{errors},">="&$A{row + 1}'] if low is not None else []
    parts += [f'{errors},"<"&$B{row + 1}'] if high is not None else []
    return f"=COUNTIFS({','.join(parts)})"


def _count(version: Answers, low: float | None, high: float | None) -> int:
    errors = version.errors[np.isfinite(version.errors)]
    kept = np.ones(len(errors), bool)
    kept &= errors >= low if low is not None else True
    kept &= errors < high if high is not None else True
    return int(kept.sum())


def _line(grid: Grid, top: int, version: Answers, layout: Layout, forms: Formats) -> None:
    """The two ends of the line on which a perfect model's answers are, for the chart; their rows begin below ``top``."""
    labels = version.rows.labels
    grid.put(top, 0, "Line of perfect answers, of the chart", forms.dim)
    for row, name, value in ((top + 1, "MIN", np.min), (top + 2, "MAX", np.max)):
        result = float(value(labels)) if len(labels) else 0.0
        grid.formula(row, 0, f"={name}({layout.cells(EXPECTED)})", result, forms.value)


def _histogram(book: Any, sheet: Any, versions: Sequence[Answers], bins: int) -> None:
    chart = book.add_chart({"type": "column"})
    for (column, version), colour in zip(enumerate(versions, 2), itertools.cycle(COLOURS), strict=False):
        chart.add_series(
            {
                "name": version.name,
                "categories": f"={quoted(SHEET)}!{xl_range_abs(_TOP, 0, _TOP + bins - 1, 0)}",
                "values": f"={quoted(SHEET)}!{xl_range_abs(_TOP, column, _TOP + bins - 1, column)}",
                "gap": 20,
                "fill": {"color": colour},
            }
        )
    chart.set_title({"name": "Errors by size", "name_font": {"size": 12}})
    chart.set_x_axis({"name": "predicted less expected, from"})
    chart.set_y_axis({"name": "examples", "major_gridlines": GRID_LINES})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 620, "height": 340})
    sheet.insert_chart(1, len(versions) + 3, chart)


def _scatter(book: Any, sheet: Any, versions: Sequence[Answers], layout: Layout, top: int) -> None:
    version = versions[-1]
    count = min(len(version.rows), _MOST_POINTS)
    chart = book.add_chart({"type": "scatter"})
    chart.add_series(
        {
            "name": version.name,
            "categories": f"={layout.cells(EXPECTED, _MOST_POINTS)}",
            "values": f"={layout.cells(PREDICTED, _MOST_POINTS)}",
            "marker": {"type": "circle", "size": 4, "fill": {"color": COLOURS[0]}, "border": {"none": True}},
        }
    )
    line = f"={quoted(SHEET)}!{xl_range_abs(top + 1, 0, top + 2, 0)}"
    chart.add_series(
        {
            "name": "perfect",
            "categories": line,
            "values": line,
            "marker": {"type": "none"},
            "line": {"color": "#888888", "width": 1},
        }
    )
    of = f", the first {count:,} of {len(version.rows):,} rows" if count < len(version.rows) else ""
    chart.set_title({"name": f"Predicted against expected, {version.name}{of}", "name_font": {"size": 12}})
    chart.set_x_axis({"name": "expected"})
    chart.set_y_axis({"name": "predicted", "major_gridlines": GRID_LINES})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 620, "height": 420})
    sheet.insert_chart(19, len(versions) + 3, chart)

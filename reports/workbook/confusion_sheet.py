"""The confusion matrices of a classification's versions as coloured tables, and recall by class."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell

from reports.workbook.answers import Answers
from reports.workbook.cells import COLOURS, GRID_LINES, Formats, Grid
from reports.workbook.layout import EXPECTED, PREDICTED, Layout, quoted

SHEET = "Confusion"
_MOST_COMPARISONS = 100_000_000  # of texts, when the workbook is calculated: a few seconds
_CHART_CLASSES = 30


@dataclass(frozen=True)
class _Matrix:
    """Where a version's matrix begins (its first row is the heading), and its counts, int64[classes, classes]."""

    version: Answers
    top: int
    counts: np.ndarray


def live(versions: Sequence[Answers]) -> bool:
    """Whether the matrices are formulas: of many classes and rows they would take long, and are numbers."""
    return sum(len(v.rows) * len(v.rows.classes or ()) ** 2 for v in versions) <= _MOST_COMPARISONS


def write(book: Any, sheet: Any, versions: Sequence[Answers], layouts: Sequence[Layout], forms: Formats) -> None:
    """Fills the sheet: recall by class with its chart, then a matrix for each version."""
    names = list(dict.fromkeys(name for version in versions for name in version.rows.classes or ()))
    grid = Grid()
    size = len(names)
    # Recall first, as that is what is read; the chart stands right of it, and the matrices are below.
    tops = [max(size, 16) + 6 + index * (size + 6) for index in range(len(versions))]
    matrices = [_Matrix(version, top, _counts(version, names)) for version, top in zip(versions, tops, strict=True)]
    _recall(grid, matrices, names, forms)
    for matrix, layout in zip(matrices, layouts, strict=True):
        _matrix(grid, sheet, matrix, layout, names, forms, live(versions))
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, size + 3, 14)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    grid.write(sheet)
    if size <= _CHART_CLASSES:
        _chart(book, sheet, versions, size)


def _counts(version: Answers, names: list[str]) -> np.ndarray:
    """int64[classes, classes]: rows are labels, columns are answers, in the order of ``names``."""
    place = np.array([names.index(name) for name in version.rows.classes or ()], np.int64)
    finite = version.rows.answers >= 0  # else there is no answer to count
    flat = place[version.rows.labels[finite]] * len(names) + place[version.rows.answers[finite]]
    return np.bincount(flat, minlength=len(names) ** 2).reshape(len(names), len(names))


def _recall(grid: Grid, matrices: Sequence[_Matrix], names: list[str], forms: Formats) -> None:
    grid.put(0, 0, "Recall by class: the share of a class's examples that are answered right", forms.heading)
    headers = ["class", *(f"recall {m.version.name}" for m in matrices), f"examples {matrices[-1].version.name}"]
    for column, header in enumerate(headers):
        grid.put(1, column, header, forms.header_right if column else forms.header)
    size = len(names)
    for index, name in enumerate(names):
        row = 2 + index
        grid.put(row, 0, name)
        for column, matrix in enumerate(matrices, 1):
            total = int(matrix.counts[index].sum())
            hits = xl_rowcol_to_cell(matrix.top + 2 + index, 1 + index)
            of = xl_rowcol_to_cell(matrix.top + 2 + index, 1 + size)
            recall = _share(matrix.counts[index, index], total)
            grid.formula(row, column, f'=IF({of}=0,"",{hits}/{of})', recall, forms.short)
        last = matrices[-1]
        of = xl_rowcol_to_cell(last.top + 2 + index, 1 + size)
        grid.formula(row, len(matrices) + 1, f"={of}", int(last.counts[index].sum()), forms.whole)


def _matrix(
    grid: Grid, sheet: Any, matrix: _Matrix, layout: Layout, names: list[str], forms: Formats, formulas: bool
) -> None:
    top, size, counts = matrix.top, len(names), matrix.counts
    grid.put(top, 0, f"Confusion matrix of {matrix.version.name}: rows are expected, columns predicted", forms.heading)
    for column, header in enumerate(["expected", *names, "examples", "recall"]):
        grid.put(top + 1, column, header, forms.header_right if column else forms.header)
    for i, name in enumerate(names):
        row = top + 2 + i
        grid.put(row, 0, name, forms.side)
        for j in range(size):
            form, count = forms.right_count if i == j else forms.whole, int(counts[i, j])
            if formulas:
                grid.formula(row, 1 + j, _count_formula(layout, row, top + 1, 1 + j), count, form)
            else:
                grid.put(row, 1 + j, count, form)
        total = int(counts[i].sum())
        grid.formula(row, 1 + size, f"=SUM({xl_range_abs(row, 1, row, size)})", total, forms.whole)
        hits, of = xl_rowcol_to_cell(row, 1 + i), xl_rowcol_to_cell(row, 1 + size)
        grid.formula(row, 2 + size, f'=IF({of}=0,"",{hits}/{of})', _share(counts[i, i], total), forms.short)
    bottom = top + 2 + size
    grid.put(bottom, 0, "precision", forms.side)
    for j in range(size):
        cells, hits = xl_range_abs(top + 2, 1 + j, top + 1 + size, 1 + j), xl_rowcol_to_cell(top + 2 + j, 1 + j)
        total = int(counts[:, j].sum())
        formula = f'=IF(SUM({cells})=0,"",{hits}/SUM({cells}))'
        grid.formula(bottom, 1 + j, formula, _share(counts[j, j], total), forms.short)
    _heat(sheet, top + 2, size)


def _count_formula(layout: Layout, row: int, header: int, column: int) -> str:
    """How many rows of the sheet of predictions have the label at the row's front and the answer at the column's top."""
    label, answer = xl_rowcol_to_cell(row, 0, col_abs=True), xl_rowcol_to_cell(header, column, row_abs=True)
    expected, predicted = layout.cells(EXPECTED), layout.cells(PREDICTED)
    return f"=SUMPRODUCT(EXACT({expected},{label})*EXACT({predicted},{answer}))"


def _share(part: int, total: int) -> float | None:
    return float(part / total) if total else None


def _heat(sheet: Any, top: int, size: int) -> None:
    """Colours the errors by their number; the right answers, mostly far more, would leave no colour for them."""
    parts = [(top + i, first, last) for i in range(size) for first, last in ((1, i), (i + 2, size)) if first <= last]
    if not parts:
        return
    options = {
        "type": "2_color_scale",
        "min_color": "#FFFFFF",
        "max_color": "#F8696B",
        "min_type": "num",
        "min_value": 0,
        "multi_range": " ".join(
            f"{xl_rowcol_to_cell(row, first)}:{xl_rowcol_to_cell(row, last)}" for row, first, last in parts
        ),
    }
    row, first, last = parts[0]
    sheet.conditional_format(row, first, row, last, options)


def _chart(book: Any, sheet: Any, versions: Sequence[Answers], size: int) -> None:
    chart = book.add_chart({"type": "column"})
    for (column, version), colour in zip(enumerate(versions, 1), itertools.cycle(COLOURS), strict=False):
        chart.add_series(
            {
                "name": version.name,
                "categories": f"={quoted(SHEET)}!{xl_range_abs(2, 0, 1 + size, 0)}",
                "values": f"={quoted(SHEET)}!{xl_range_abs(2, column, 1 + size, column)}",
                "fill": {"color": colour},
            }
        )
    chart.set_title({"name": "Recall by class", "name_font": {"size": 12}})
    chart.set_y_axis({"min": 0, "max": 1, "num_format": "0.0", "major_gridlines": GRID_LINES})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 620, "height": 320})
    sheet.insert_chart(1, len(versions) + 3, chart)

"""The columns of a sheet of predictions that every model has: their values, and how a cell of them is written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from reports.workbook import layout as columns
from reports.workbook import row_formulas
from reports.workbook.answers import Answers
from reports.workbook.cells import Formats, text_of
from reports.workbook.layout import Layout

_CONFIDENCE_DIGITS, _LOSS_DIGITS = 4, 5
Values: TypeAlias = np.ndarray | pa.ChunkedArray


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
      values: [N]; null for an empty cell.
      write: puts a value into a cell, given the row of the predictions from 0, the column from 0, and the value.
    """

    values: Values
    write: Callable[[int, int, Any], None]

    def part(self, first: int, count: int) -> Sequence[Any]:
        """The values of ``count`` rows."""
        if isinstance(self.values, np.ndarray):
            found: Sequence[Any] = self.values[first : first + count].tolist()
            return found
        return plain(self.values.slice(first, count))


def of(sheet: Any, version: Answers, layout: Layout, forms: Formats) -> list[Column]:
    """The fixed columns of a version's sheet, in order."""

    def formula(made: Callable[[int], str], values: Values, form: Any = forms.text) -> Column:
        def write(row: int, place: int, value: float | str) -> None:
            sheet.write_formula(row + 1, place, made(row), form, value)

        def write_result(row: int, place: int, value: float | str) -> None:
            if value != "":
                put = sheet.write_string if isinstance(value, str) else sheet.write_number
                put(row + 1, place, value, form)

        return Column(values, write if layout.live else write_result)

    def number(values: Values, form: Any = forms.plain) -> Column:
        return Column(values, lambda row, place, value: sheet.write_number(row + 1, place, value, form))

    def text(values: Values) -> Column:
        return Column(values, lambda row, place, value: sheet.write_string(row + 1, place, text_of(value), forms.text))

    def answer(values: Values) -> Column:
        return text(values) if version.rows.classes else number(values, forms.value)

    table = version.rows.table
    made: dict[str, Callable[[], Column]] = {
        columns.KEY: lambda: text(table["key"]),
        columns.ROW: lambda: number(table["source_row"]),
        columns.EXPECTED: lambda: answer(table["label"]),
        columns.PREDICTED: lambda: answer(version.answers),
        columns.BEFORE: lambda: answer(version.before),
        columns.CONFIDENCE: lambda: number(_rounded(table["confidence"]), forms.short),
        columns.LOSS: lambda: number(_significant(version.rows.loss), forms.short),
        columns.RANK: lambda: number(version.ranks),
        columns.OUTCOME: lambda: formula(row_formulas.outcome(layout), _outcomes(version)),
        columns.CHANGE: lambda: formula(row_formulas.change(layout), version.sides),
        columns.ERROR: lambda: formula(row_formulas.error(layout), _results(version.errors), forms.value),
        columns.CLOSER: lambda: formula(row_formulas.closer(layout), _closer(version), forms.value),
    }
    return [made[name]() for name in layout.fixed]


def plain(cells: pa.ChunkedArray) -> Sequence[Any]:
    """The cells' values; of float32 the shortest decimal that stands for the same number: 71.2833 as it was read."""
    if cells.type == pa.float32():
        cells = pc.cast(pc.cast(cells, pa.string()), pa.float64())
        cells = pc.if_else(pc.is_nan(cells), pa.scalar(None, pa.float64()), cells)  # missing, as null is
    found: Sequence[Any] = cells.to_pylist()
    return found


def _rounded(confidences: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.round(confidences.cast(pa.float64()), _CONFIDENCE_DIGITS)


def _significant(losses: np.ndarray) -> np.ndarray:
    """As short as they say what they say: all digits of all losses are a tenth of the file."""
    return np.array([float(f"{loss:.{_LOSS_DIGITS}g}") for loss in losses.tolist()])


def _outcomes(version: Answers) -> np.ndarray:
    return np.where(version.rows.right, row_formulas.RIGHT, row_formulas.WRONG)


def _results(values: np.ndarray) -> np.ndarray:
    """Results of formulas, as Excel shows them where they are no finite number."""
    return np.where(np.isfinite(values), values.astype(object), "#NUM!")


def _closer(version: Answers) -> np.ndarray:
    return np.where(version.partners < 0, "", _results(version.closer))

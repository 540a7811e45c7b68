"""A version's sheet of predictions: a row an example, streamed from predictions.parquet."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc

from analysis import predictions
from analysis.predictions import INPUT, Predictions
from reports.workbook import fixed_columns, row_formulas
from reports.workbook import layout as columns
from reports.workbook.answers import Answers
from reports.workbook.cells import Formats, text_of
from reports.workbook.layout import Layout
from reports.workbook.pictures import SIDE, Pictures, chosen
from reports.workbook.text_lengths import Lengths

_WIDTHS = {columns.KEY: 18, columns.ROW: 8, columns.EXPECTED: 13, columns.PREDICTED: 13, columns.BEFORE: 13}
_WIDTH, _MOST_WIDTH, _PICTURE_WIDTH, _FILTER_WIDTH = 11, 32, 10, 3


@dataclass(frozen=True)
class Shown:
    """What a sheet could not show whole.

    Attributes:
      pictures: how many rows have theirs.
      without_picture: how many have not.
      cut: how many texts were cut.
    """

    pictures: int
    without_picture: int
    cut: int


class PredictionsSheet:
    """Writes one sheet.

    Args:
      sheet: an empty worksheet.
      lengths: of the texts.
    """

    def __init__(self, sheet: Any, version: Answers, layout: Layout, forms: Formats, lengths: Lengths) -> None:
        self._sheet = sheet
        self._version = version
        self._layout = layout
        self._forms = forms
        self._lengths = lengths
        self._fixed = fixed_columns.of(sheet, version, layout, forms)
        kinds = version.rows.info.inputs
        self._pictures = Pictures(chosen(version) if "image" in kinds.values() else set())
        self._without_picture = 0
        self._cut = 0

    def write(self) -> Shown:
        """Writes the header, all rows, colours and filters."""
        first = 0
        columns_read = self._layout.inputs or ("key",)  # without a column, the blocks would have no rows
        for block in predictions.blocks(self._version.folder / predictions.FILE, columns=columns_read):
            if not first:
                self._set_up(block)
            count = min(len(block), self._layout.rows - first)
            if count <= 0:
                break
            self._write_block(first, count, block)
            first += count
        if not first:
            info = self._version.rows.info
            self._set_up(Predictions(info, predictions.schema_of(info).empty_table()))
        return Shown(self._pictures.shown, self._without_picture, self._cut)

    def _set_up(self, block: Predictions) -> None:
        """Header, widths, filters and colours; ``block`` has the first rows."""
        sheet, layout = self._sheet, self._layout
        for place, name in enumerate(layout.names):
            header = text_of(name.removeprefix(INPUT))
            width = _WIDTHS.get(name, _WIDTH) if place < len(layout.fixed) else _width(block, name)
            sheet.set_column(place, place, max(width, min(len(header) + _FILTER_WIDTH, _MOST_WIDTH)))
            sheet.write_string(0, place, header, self._forms.header)
        last = max(layout.rows, 1)
        sheet.freeze_panes(1, layout.fixed.index(columns.PREDICTED) + 1)
        sheet.autofilter(0, 0, last, len(layout.names) - 1)
        sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{last + 1}"})  # a class may be named "7"
        self._colour(last)

    def _colour(self, last: int) -> None:
        """Colours by rule, so that they follow a label that is corrected in the sheet."""
        layout, forms = self._layout, self._forms

        def rule(column: str, criteria: str, form: Any) -> None:
            place = layout.fixed.index(column)
            options = {"type": "formula", "criteria": criteria, "format": form}
            self._sheet.conditional_format(1, place, last, place, options)

        if columns.CHANGE in layout.fixed:
            change = layout.letter(columns.CHANGE)
            for column in (columns.CHANGE, columns.PREDICTED, columns.BEFORE):
                rule(column, f'=${change}2="fixed"', forms.good_rule)
                rule(column, f'=${change}2="broken"', forms.bad_rule)
                rule(column, f'=${change}2="other"', forms.changed_rule)
        if columns.OUTCOME in layout.fixed:
            outcome = layout.letter(columns.OUTCOME)
            rule(columns.OUTCOME, f'=${outcome}2="{row_formulas.WRONG}"', forms.bad_rule)
            rule(columns.OUTCOME, f'=${outcome}2="{row_formulas.RIGHT}"', forms.good_rule)
        if columns.CLOSER in layout.fixed:
            closer = layout.letter(columns.CLOSER)
            for column in (columns.CLOSER, columns.PREDICTED, columns.BEFORE):
                # A blank cell, and the empty text of a row without a partner, are neither.
                rule(column, f"=AND(ISNUMBER(${closer}2),${closer}2>0)", forms.good_rule)
                rule(column, f"=AND(ISNUMBER(${closer}2),${closer}2<0)", forms.bad_rule)

    def _write_block(self, first: int, count: int, block: Predictions) -> None:
        parts = [(column.write, column.part(first, count)) for column in self._fixed]
        writers: dict[str, Callable[[int, int, Any], None]] = {
            "number": self._number,
            "string": self._text,
            "image": self._picture,
        }
        for name in self._layout.inputs:
            kind = block.info.inputs[name.removeprefix(INPUT)]
            parts.append((writers[kind], fixed_columns.plain(block.table[name].slice(0, count))))
        for offset in range(count):
            row = first + offset
            if row in self._pictures.rows:
                self._sheet.set_row_pixels(row + 1, SIDE + 4)
            for place, (write, values) in enumerate(parts):
                value = values[offset]
                if value is not None:
                    write(row, place, value)

    def _number(self, row: int, place: int, value: float) -> None:
        self._sheet.write_number(row + 1, place, value, self._forms.plain)

    def _text(self, row: int, place: int, value: str) -> None:
        shown = text_of(value, self._lengths.of(row))
        self._cut += shown is not value
        self._sheet.write_string(row + 1, place, shown, self._forms.text)

    def _picture(self, row: int, place: int, value: bytes) -> None:
        text = self._pictures.put(self._sheet, row, place, value)
        self._without_picture += bool(text)
        if text:
            self._sheet.write_string(row + 1, place, text, self._forms.dim)


def _width(block: Predictions, name: str) -> int:
    """Of a raw column: that of its longest text among the first rows."""
    kind = block.info.inputs[name.removeprefix(INPUT)]
    if kind != "string":
        return _PICTURE_WIDTH if kind == "image" else _WIDTH
    longest = pc.max(pc.utf8_length(block.table[name])).as_py() or 0
    return min(longest + _FILTER_WIDTH, _MOST_WIDTH)

"""What all sheets share: formats, Excel's limits, and cells that are collected before they are written."""

from dataclasses import dataclass, field
from typing import Any

MOST_ROWS = 1_048_575
"""Rows of a sheet below its header."""
MOST_COLUMNS = 16_384
MOST_CHARACTERS = 32_767
"""Of a cell, in UTF-16 units."""
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
"""Of charts: distinct to the colour-blind as well (Okabe and Ito, 2008)."""
GRID_LINES = {"visible": True, "line": {"color": "#D9D9D9", "width": 0.75}}
_GREEN, _RED, _AMBER, _GREY = "#C6EFCE", "#FFC7CE", "#FFEB9C", "#F2F2F2"


def text_of(value: str, most: int = MOST_CHARACTERS) -> str:
    """The text as a cell takes it: cut, with an ellipsis, where it has more UTF-16 units than ``most``.

    One that begins with ``<r>`` and ends with ``</r>`` gets a space at its end: XlsxWriter would take it for its own markup.
    """
    if value.startswith("<r>") and value.endswith("</r>"):
        value += " "
    # Python counts an emoji once, Excel twice.
    if len(value) <= most // 2 or len(value.encode("utf-16-le")) <= 2 * most:
        return value
    return value.encode("utf-16-le")[: 2 * (most - 1)].decode("utf-16-le", errors="ignore") + "…"


class Formats:
    """The formats of one workbook."""

    def __init__(self, book: Any) -> None:
        def made(**properties: Any) -> Any:
            return book.add_format({"valign": "top", **properties})

        self.plain = made()
        self.text = made(indent=1, align="left")  # off the number in the column before
        self.title = made(bold=True, font_size=16)
        self.heading = made(bold=True, font_size=12, bottom=0)
        self.header = made(bold=True, bg_color=_GREY, bottom=1)
        self.header_right = made(bold=True, bg_color=_GREY, bottom=1, align="right")
        self.side = made(bold=True, bg_color=_GREY)
        self.right = made(align="right")
        self.wrapped = made(text_wrap=True)
        self.dim = made(font_color="#666666")
        self.dim_right = made(font_color="#666666", align="right")
        self.number = made(num_format="0.0000")
        self.short = made(num_format="0.000")
        self.value = made(num_format="#,##0.00##")
        self.signed = made(num_format="+#,##0.0000;-#,##0.0000;0")
        self.whole = made(num_format="#,##0")
        self.good = made(bg_color=_GREEN, align="right")
        self.bad = made(bg_color=_RED, align="right")
        self.changed = made(bg_color=_AMBER)
        # Of rules, which leave everything else of a cell as it is.
        self.good_rule, self.bad_rule, self.changed_rule = (
            book.add_format({"bg_color": colour}) for colour in (_GREEN, _RED, _AMBER)
        )
        self.changed_count = made(num_format="#,##0", bg_color=_AMBER)
        self.right_count = made(num_format="#,##0", bg_color=_GREEN, bold=True)


@dataclass
class Grid:
    """The cells of a small sheet in any order; a workbook in constant memory takes them row by row alone.

    Attributes:
      cells: value or formula, with its format, by row and column from 0.
    """

    cells: dict[tuple[int, int], tuple[Any, Any, str | None]] = field(default_factory=dict)

    def put(self, row: int, column: int, value: str | float | None, form: Any = None) -> None:
        """A text, a number, or None for an empty cell that has a format."""
        self.cells[row, column] = (value, form, None)

    def formula(self, row: int, column: int, formula: str | None, value: str | float | None, form: Any = None) -> None:
        """A formula; ``value`` is its result, for viewers that do not calculate. None is an empty text.

        Without a formula the value stands by itself."""
        self.cells[row, column] = ("" if value is None else value, form, formula)

    def write(self, sheet: Any) -> None:
        """Writes all cells into an empty worksheet."""
        for (row, column), (value, form, formula) in sorted(self.cells.items(), key=lambda cell: cell[0]):
            if formula is not None:
                sheet.write_formula(row, column, formula, form, value)
            elif value is None or value == "":
                sheet.write_blank(row, column, None, form)
            elif isinstance(value, str):
                # write() would take a text that begins with = for a formula.
                sheet.write_string(row, column, text_of(value), form)
            else:
                sheet.write_number(row, column, value, form)

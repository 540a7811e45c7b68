"""The charts of the summary, which show its cells."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell

from reports.workbook.cells import COLOURS, GRID_LINES
from reports.workbook.layout import quoted
from schemas.tasks import Task

_FIRST = 1
_HEIGHT = 300
_TITLE = {"size": 12}
_CHANGES = ("#009E73", "#D55E00", "#E69F00")  # for the better, for the worse, neither
_ROWS = 16  # of the sheet, that a chart covers


class Charts:
    """Puts charts below each other.

    Args:
      sheet: the summary, of the name ``name``.
      versions: their names.
      column: where the charts begin.
    """

    def __init__(self, book: Any, sheet: Any, name: str, versions: Sequence[str], column: int) -> None:
        self._book = book
        self._sheet = sheet
        self._name = quoted(name)
        self._versions = versions
        self._column = column
        self._row = 2

    def metrics(self, task: Task, rows: Mapping[str, int]) -> None:
        """A chart for each unit: shares, the label's unit, and others by themselves."""
        units: dict[str, list[str]] = {}
        for metric in task.metrics:
            unit = (
                "share" if metric.high == 1.0 else "label" if metric.name in ("rmse", "mae", "width") else metric.name
            )
            units.setdefault(unit, []).append(metric.name)
        for unit, names in units.items():
            chart = self._columns({name: rows[name] for name in names}, num_format="0.000")
            chart.set_title({"name": ", ".join(names), "name_font": _TITLE})
            chart.set_y_axis({"min": 0, "major_gridlines": GRID_LINES, **({"max": 1} if unit == "share" else {})})
            self._insert(chart)

    def changes(self, rows: Mapping[str, int]) -> None:
        """What became of the answers, where there is a version before."""
        if not rows:
            return
        chart = self._columns(dict(rows), first=1, num_format="#,##0", colours=_CHANGES)
        chart.set_title({"name": "Answers against the version before", "name_font": _TITLE})
        self._insert(chart)

    def _columns(
        self, rows: Mapping[str, int], num_format: str, first: int = 0, colours: Sequence[str] = COLOURS
    ) -> Any:
        """A chart with a group of columns for each version, of which each column is one row of the sheet."""
        chart = self._book.add_chart({"type": "column"})
        left, right = _FIRST + first, _FIRST + len(self._versions) - 1
        head = 3  # the row with the versions' names
        for (name, row), colour in zip(rows.items(), itertools.cycle(colours), strict=False):
            chart.add_series(
                {
                    "name": name,
                    "categories": f"={self._name}!{xl_range_abs(head, left, head, right)}",
                    "values": f"={self._name}!{xl_range_abs(row, left, row, right)}",
                    "data_labels": {"value": True, "num_format": num_format},
                    "gap": 80,
                    "fill": {"color": colour},
                }
            )
        chart.set_legend({"position": "bottom"})
        chart.set_y_axis({"min": 0, "major_gridlines": GRID_LINES})
        chart.set_size({"width": 460, "height": _HEIGHT})
        return chart

    def _insert(self, chart: Any) -> None:
        self._sheet.insert_chart(xl_rowcol_to_cell(self._row, self._column), chart)
        self._row += _ROWS

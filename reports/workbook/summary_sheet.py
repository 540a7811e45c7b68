"""The first sheet: metrics of the versions as formulas, what changed, verdicts, data, and what the other sheets leave out."""

from collections.abc import Sequence
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from analysis.sides import BROKEN, FIXED, OTHER
from reports import case_words, wording
from reports.workbook import metrics, parameters_sheet, summary_charts
from reports.workbook.answers import Answers
from reports.workbook.cells import Formats, Grid
from reports.workbook.layout import BEFORE, CHANGE, CLOSER, EXPECTED, Layout
from schemas.records import Check
from schemas.tasks import BinaryClassification

SHEET = "Summary"
_NAME, _FIRST = 0, 1  # columns: names, and the first version
_HEX = 12


class SummarySheet:
    """Writes the summary, one section below the other.

    Args:
      sheet: an empty worksheet.
      notes: what the other sheets leave out, a sentence each.
    """

    def __init__(
        self, sheet: Any, versions: Sequence[Answers], layouts: Sequence[Layout], notes: Sequence[str], forms: Formats
    ) -> None:
        self._sheet = sheet
        self._versions = versions
        self._layouts = layouts
        self._notes = notes
        self._forms = forms
        self._grid = Grid()
        self._row = 0
        self._positive_row = 0
        self._metric_rows: dict[str, int] = {}
        self._change_rows: dict[str, int] = {}

    def write(self, book: Any) -> None:
        """Writes all sections and charts."""
        self._title()
        self._metrics()
        if len(self._versions) > 1:
            self._changes()
        self._verdicts()
        self._data()
        self._parameters()
        self._leave_outs()
        self._sheet.set_column(_NAME, _NAME, 34)
        self._sheet.set_column(_FIRST, _FIRST + len(self._versions), 22)
        self._sheet.freeze_panes(2, 1)
        self._grid.write(self._sheet)
        task = self._versions[-1].rows.task
        column = _FIRST + len(self._versions) + 2
        charts = summary_charts.Charts(book, self._sheet, SHEET, [version.name for version in self._versions], column)
        charts.metrics(task, self._metric_rows)
        charts.changes(self._change_rows)

    def _title(self) -> None:
        last = self._versions[-1]
        names = wording.listed([version.name for version in self._versions])
        self._sheet.set_row(0, 24)
        self._grid.put(0, 0, f"{last.rows.info.name}: {names}", self._forms.title)
        self._grid.put(
            1,
            0,
            f"answers to the {last.rows.info.split} split; label {last.rows.task.label}. "
            "Metrics are formulas: correct a label in a version's sheet, and they follow.",
            self._forms.dim,
        )
        self._row = 3

    def _section(self, title: str, *, names: bool = True, extra: Sequence[str] = ()) -> None:
        self._row += self._row > 3
        headers = [title, *((version.name for version in self._versions) if names else ()), *extra]
        for column, header in enumerate(headers):
            self._grid.put(self._row, column, header, self._forms.header_right if column else self._forms.header)
        self._row += 1

    def _metrics(self) -> None:
        versions, grid, forms = self._versions, self._grid, self._forms
        extra = [f"{versions[-1].name} less {versions[-2].name}"] if len(versions) > 1 else []
        self._section("Metric", extra=extra)
        grid.put(self._row, _NAME, "examples")
        for column, (version, layout) in enumerate(zip(versions, self._layouts, strict=True), _FIRST):
            formula, count = f"=ROWS({layout.cells(EXPECTED)})", len(version.rows)
            grid.formula(self._row, column, formula if count else "=0", count, forms.whole)
        self._row += 1
        task = versions[-1].rows.task
        if isinstance(task, BinaryClassification):
            self._positive(task.classes[1])
        for metric in task.metrics:
            self._metric(metric.name, metric.higher_is_better)

    def _positive(self, name: str) -> None:
        """The name of the positive class in a cell, which the formula of the AUC compares labels with."""
        self._positive_row = self._row
        self._grid.put(self._row, _NAME, "positive class")
        for column in range(_FIRST, _FIRST + len(self._versions)):
            self._grid.put(self._row, column, name, self._forms.right)
        self._row += 1

    def _metric(self, name: str, higher_is_better: bool) -> None:
        grid, row = self._grid, self._row
        self._metric_rows[name] = row
        grid.put(row, _NAME, f"{name} ({'higher' if higher_is_better else 'lower'} is better)")
        found = []
        for column, (version, layout) in enumerate(zip(self._versions, self._layouts, strict=True), _FIRST):
            positive = xl_rowcol_to_cell(self._positive_row, column, row_abs=True)
            cell = metrics.cell(name, version, layout, positive)
            grid.formula(row, column, cell.formula, cell.value, self._forms.number)
            found.append(cell.value)
        if len(found) > 1:
            self._difference(row, found[-1], found[-2], higher_is_better)
        grid.put(row + 1, _NAME, "   95% interval", self._forms.dim)
        for column, version in enumerate(self._versions, _FIRST):
            grid.put(row + 1, column, wording.interval(version.metrics.get(name)), self._forms.dim_right)
        self._row += 2

    def _difference(self, row: int, value: float | str, before: float | str, higher_is_better: bool) -> None:
        column = _FIRST + len(self._versions)
        new, old = xl_rowcol_to_cell(row, column - 1), xl_rowcol_to_cell(row, column - 2)
        numbers = not isinstance(value, str) and not isinstance(before, str)
        result = value - before if numbers else ""  # type: ignore[operator]
        self._grid.formula(row, column, f'=IFERROR({new}-{old},"")', result, self._forms.signed)
        place = xl_rowcol_to_cell(row, column)
        for better, form in ((True, self._forms.good_rule), (False, self._forms.bad_rule)):
            sign = ">" if better == higher_is_better else "<"
            criteria = f"=AND(ISNUMBER({place}),{place}{sign}0)"
            self._sheet.conditional_format(place, {"type": "formula", "criteria": criteria, "format": form})

    def _changes(self) -> None:
        self._section("Answers against the version before")
        self._count(
            "examples that both have", lambda _, layout: f'=SUMPRODUCT(--({layout.cells(BEFORE)}<>""))', _paired
        )
        if self._versions[-1].rows.classes:
            for name, words in (
                (FIXED, "wrong, now right"),
                (BROKEN, "right, now wrong"),
                (OTHER, "another wrong one"),
            ):
                self._count_of(name, words)
        else:
            for sign, words in ((">", "closer to the label"), ("<", "further from the label")):
                self._count(
                    words,
                    lambda _, layout, sign=sign: f'=COUNTIF({layout.cells(CLOSER)},"{sign}0")',
                    lambda version, sign=sign: int(
                        (version.closer > 0).sum() if sign == ">" else (version.closer < 0).sum()
                    ),
                )
                self._change_rows[words] = self._row - 1

    def _count_of(self, side: str, words: str) -> None:
        self._count(
            f"{side}: {words}",
            lambda _, layout: f'=COUNTIF({layout.cells(CHANGE)},"{side}")',
            lambda version: int((version.sides == side).sum()),
        )
        self._change_rows[side] = self._row - 1

    def _count(self, words: str, formula: Any, value: Any) -> None:
        self._grid.put(self._row, _NAME, words)
        for column, (version, layout) in enumerate(zip(self._versions, self._layouts, strict=True), _FIRST):
            if version.previous is not None:
                self._grid.formula(self._row, column, formula(version, layout), value(version), self._forms.whole)
        self._row += 1

    def _verdicts(self) -> None:
        grid, forms = self._grid, self._forms
        self._section("Verdict of the run")
        grid.put(self._row, _NAME, "verdict")
        for column, version in enumerate(self._versions, _FIRST):
            blessed = version.record.verdict.blessed
            grid.put(self._row, column, "blessed" if blessed else "refused", forms.good if blessed else forms.bad)
        self._row += 1
        checks = [{(c.kind, c.metric): c for c in version.record.verdict.checks} for version in self._versions]
        for kind, metric in dict.fromkeys(key for found in checks for key in found):
            grid.put(self._row, _NAME, f"{metric} against {kind}")
            for column, found in enumerate(checks, _FIRST):
                check = found.get((kind, metric))
                if check:
                    grid.put(self._row, column, _check(check), forms.good if check.passed else forms.bad)
            self._row += 1
        if any(version.record.cases.count for version in self._versions):
            self._line("cases", [case_words.summary(version.record.cases) for version in self._versions])

    def _data(self) -> None:
        self._section("Data and run")
        records = [version.record for version in self._versions]
        rows = [record.card.data.get("rows", {}) for record in records]
        for split in dict.fromkeys(name for found in rows for name in found):
            self._line(f"{split} rows", [found.get(split) for found in rows])
        self._line("fingerprint of the data", [record.card.data.get("fingerprint", "")[:_HEX] for record in records])
        self._line("run", [record.run_id for record in records])
        self._line("pushed at (UTC)", [(record.card.pushed_at or "")[:16].replace("T", " ") for record in records])
        self._line("serving version", [str(record.card.serving_version or "") for record in records])

    def _line(self, name: str, values: Sequence[str | float | None]) -> None:
        self._grid.put(self._row, _NAME, name)
        for column, value in enumerate(values, _FIRST):
            form = self._forms.right if isinstance(value, str) else self._forms.whole
            self._grid.put(self._row, column, value, form)
        self._row += 1

    def _parameters(self) -> None:
        found = parameters_sheet.differing(self._versions)
        if not found:
            return
        self._section("Parameters that differ")
        for name, values in found:
            self._grid.put(self._row, _NAME, name)
            for column, value in enumerate(values, _FIRST):
                self._grid.put(self._row, column, value, self._forms.right)
            self._row += 1

    def _leave_outs(self) -> None:
        if self._notes:
            self._section("Notes", names=False)
        for note in self._notes:
            self._grid.put(self._row, _NAME, note, self._forms.plain)
            self._row += 1


def _paired(version: Answers) -> int:
    return int((version.partners >= 0).sum())


def _check(check: Check) -> str:
    value = "no value" if check.value is None else f"{check.value:.4f}"
    return f"{value}, bound {check.bound:.4f}"

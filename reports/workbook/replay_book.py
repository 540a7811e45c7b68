"""`slipway replay --xlsx`: every line of a request log with the answer of a version, and how often they differ."""

import base64
import binascii
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from prediction.answer import Answer, ClassAnswer, ForecastAnswer, ValueAnswer
from prediction.replay import Replayed
from prediction.replay_summary import ByTask, Replay
from reports.case_words import answered
from reports.workbook import pictures
from reports.workbook.cells import MOST_COLUMNS, MOST_ROWS, Formats, Grid, text_of
from reports.workbook.files import add_sheet, created
from schemas.model_card import ModelCard
from schemas.tasks import CLASS

SUMMARY, LINES = "Summary", "Lines"
SAME, OTHER, NONE = "same", "other", "no answer"
_MOST_COMPARISONS = 100_000_000  # of texts, when the workbook is calculated: a few seconds
_TEXT_CHARACTERS = 2000
_WIDTHS = {"line": 8, "time": 26, "logged version": 14}


def write(file: Path, card: ModelCard, lines: Iterable[Replayed], result: Callable[[], Replay]) -> tuple[str, ...]:
    """Writes the workbook while the lines are answered; it replaces a file of that name when it is whole.

    Args:
      card: of the version that is replayed.
      result: gives the counts, when all lines are through.

    Returns:
      What the workbook leaves out, a sentence each.

    Raises:
      InputError: the file cannot be written; and what ``lines`` raises.
    """
    with created(file) as book:
        forms = Formats(book)
        summary = add_sheet(book, SUMMARY)
        sheet = _Lines(add_sheet(book, LINES), card, forms)
        for line in lines:
            sheet.add(line)
        sheet.finish()
        notes = sheet.notes()
        _summary(summary, result(), sheet, notes, forms)
        return notes


class _Lines:
    """The sheet of all lines.

    Attributes:
      rows: how many were written.
      classifies: whether an answer is one class.
    """

    def __init__(self, sheet: Any, card: ModelCard, forms: Formats) -> None:
        self.rows = 0
        self._sheet = sheet
        self._forms = forms
        self._left_out = 0
        self._cut = 0
        self._pictures = 0
        self.classifies = card.kind == CLASS
        confidence = ("confidence",) if self.classifies else ()
        answers = [f"{side} {part}" for side in ("logged", card.version) for part in ("answer", *confidence)]
        self.headers = ["line", "time", "logged version", *answers, "outcome"]
        self._inputs = list(card.inputs)[: MOST_COLUMNS - len(self.headers)]
        for place, name in enumerate([*self.headers, *self._inputs]):
            sheet.set_column(place, place, _WIDTHS.get(name, max(15, min(len(name) + 3, 32))))
            sheet.write_string(0, place, text_of(name), forms.header)
        sheet.freeze_panes(1, 1)

    def cells(self, header: str) -> str:
        """A column below its header, as formulas have it."""
        letter = xl_col_to_name(self.headers.index(header))
        return f"{LINES}!${letter}$2:${letter}${max(self.rows, 1) + 1}"

    def answer_headers(self) -> tuple[str, str]:
        """The headers of the logged answer and of the version's."""
        found = [name for name in self.headers if name.endswith(" answer")]
        return found[0], found[1]

    def add(self, line: Replayed) -> None:
        """Writes one line; of more than a sheet takes, the first ones."""
        if self.rows == MOST_ROWS:
            self._left_out += 1
            return
        self.rows += 1
        outcome = NONE if line.answer is None else SAME if line.agrees else OTHER
        self._sheet.write_number(self.rows, 0, line.logged.line, self._forms.plain)
        for place, text in enumerate((line.logged.time, line.logged.version), 1):
            self._sheet.write_string(self.rows, place, text_of(text), self._forms.text)
        place = self._answer(3, line.logged.answer)
        place = self._answer(place, line.answer)
        self._sheet.write_string(self.rows, place, outcome, self._forms.text)
        for offset, name in enumerate(self._inputs, 1):
            self._input(place + offset, line.logged.input.get(name), outcome != SAME)

    def _answer(self, place: int, answer: Answer | None) -> int:
        """Writes an answer, and returns the column after it."""
        if isinstance(answer, ClassAnswer):
            self._sheet.write_string(self.rows, place, text_of(answer.class_), self._forms.text)
            self._sheet.write_number(self.rows, place + 1, round(answer.confidence, 4), self._forms.short)
        elif isinstance(answer, ForecastAnswer):
            text = " ".join(f"{value:.6g}" for value in answer.values)
            self._sheet.write_string(self.rows, place, text, self._forms.text)
        elif isinstance(answer, ValueAnswer):
            self._sheet.write_number(self.rows, place, answer.value, self._forms.value)
        elif answer is not None:
            text = text_of(answered(answer.as_json(probabilities=False)))
            self._sheet.write_string(self.rows, place, text, self._forms.text)
        return place + (2 if self.classifies else 1)

    def _input(self, place: int, value: Any, notable: bool) -> None:
        if isinstance(value, bool | int | float):
            self._sheet.write_number(self.rows, place, value, self._forms.plain)
        elif isinstance(value, dict):
            self._sheet.write_string(self.rows, place, "picture", self._forms.dim)
            if notable and self._pictures < pictures.MOST:
                self._picture(place, value.get("b64"))
        elif value is not None:
            text = text_of(str(value), _TEXT_CHARACTERS)
            self._cut += len(text) < len(str(value))
            self._sheet.write_string(self.rows, place, text, self._forms.text)

    def _picture(self, place: int, text: Any) -> None:
        try:
            small = pictures.small(base64.b64decode(str(text)))
        except binascii.Error:
            return
        if small is not None:
            self._pictures += 1
            self._sheet.set_row_pixels(self.rows, pictures.SIDE + 4)
            pictures.insert(self._sheet, self.rows, place, small)

    def finish(self) -> None:
        """Filters and colours, which need the number of rows."""
        last, columns = max(self.rows, 1), len(self.headers) + len(self._inputs)
        self._sheet.autofilter(0, 0, last, columns - 1)
        self._sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{last + 1}"})
        outcome = self.headers.index("outcome")
        letter = xl_col_to_name(outcome)
        for text, form in ((OTHER, self._forms.changed_rule), (NONE, self._forms.bad_rule)):
            options = {"type": "formula", "criteria": f'=${letter}2="{text}"', "format": form}
            self._sheet.conditional_format(1, 3, last, outcome, options)

    def notes(self) -> tuple[str, ...]:
        """What is left out."""
        found = []
        if self._left_out:
            found.append(f"The first {MOST_ROWS:,} lines are in the sheet; {self._left_out:,} more are counted alone.")
        if self._cut:
            found.append(f"{self._cut:,} texts are cut to {_TEXT_CHARACTERS:,} characters.")
        if self._pictures == pictures.MOST:
            found.append(f"Pictures are shown of the first {pictures.MOST} lines with another answer.")
        return tuple(found)


def _summary(sheet: Any, found: Replay, lines: _Lines, notes: tuple[str, ...], forms: Formats) -> None:
    grid = Grid()
    sheet.set_row(0, 24)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, max(len(found.flips), 3), 16)
    grid.put(0, 0, f"{found.dataset}: {found.version} in place of what was answered", forms.title)
    grid.put(1, 0, f"lines of {found.source}", forms.dim)
    outcome, complete = lines.cells("outcome"), found.lines == lines.rows
    counts = ((SAME, found.agreeing), (OTHER, found.answered - found.agreeing), (NONE, found.lines - found.answered))
    row = 3
    for name, count in counts:
        grid.put(row, 0, {SAME: "same answer", OTHER: "another answer", NONE: NONE}[name])
        # With lines that no sheet takes, the counts of all are numbers.
        grid.formula(row, 1, f'=COUNTIF({outcome},"{name}")' if complete else None, count, forms.whole)
        row += 1
    grid.put(row, 0, "agreement")
    grid.formula(row, 1, '=IFERROR(B4/SUM(B4:B6),"")', found.agreement, forms.number)
    row += 2
    for column, header in enumerate(("version in the log", "lines", "same answer")):
        grid.put(row, column, header, forms.header_right if column else forms.header)
    for one in found.by_version:
        row += 1
        grid.put(row, 0, one.version)
        grid.put(row, 1, one.lines, forms.whole)
        grid.put(row, 2, one.agreeing, forms.whole)
    row += 2
    if found.flips and lines.classifies:
        row = _flips(grid, row, found, lines, forms) + 1
    elif found.flips:
        row = _came_and_went(grid, row, found, forms)
    row = _differences(grid, row, found, forms)
    for task in found.by_task:
        grid.put(row, 0, task.label, forms.header)
        grid.put(row, 1, "same answer", forms.header_right)
        grid.put(row + 1, 1, task.agreeing, forms.whole)
        row = _came_and_went(grid, row + 2, task, forms) if task.flips else row + 2
        row = _differences(grid, row, task, forms)
    for note in notes:
        grid.put(row, 0, note)
        row += 1
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    grid.write(sheet)


def _differences(grid: Grid, row: int, found: Replay | ByTask, forms: Formats) -> int:
    if found.mean_difference is None:
        return row
    grid.put(row, 0, "mean difference of the values")
    grid.put(row, 1, found.mean_difference, forms.value)
    grid.put(row + 1, 0, "largest difference")
    grid.put(row + 1, 1, found.largest_difference, forms.value)
    return row + 3


def _came_and_went(grid: Grid, row: int, found: Replay | ByTask, forms: Formats) -> int:
    """The classes that are not what they were, a line each; and the row below them."""
    for column, header in enumerate(("logged", "now", "lines")):
        grid.put(row, column, header, forms.header_right if column == 2 else forms.header)
    for flip in found.flips:
        if flip.logged != flip.answered:
            row += 1
            grid.put(row, 0, flip.logged or "without")
            grid.put(row, 1, flip.answered or "without")
            grid.put(row, 2, flip.count, forms.changed_count)
    return row + 2


def _flips(grid: Grid, top: int, found: Replay, lines: _Lines, forms: Formats) -> int:
    """The matrix of classes, and the row below it."""
    names = sorted({name for flip in found.flips for name in (flip.logged, flip.answered)})
    counts = {(flip.logged, flip.answered): flip.count for flip in found.flips}
    live = found.lines == lines.rows and lines.rows * len(names) ** 2 <= _MOST_COMPARISONS
    logged, now = (lines.cells(header) for header in lines.answer_headers())
    grid.put(top, 0, "logged, and now", forms.header)
    for place, name in enumerate(names, 1):
        grid.put(top, place, name, forms.header_right)
    for i, old in enumerate(names):
        row = top + 1 + i
        grid.put(row, 0, old, forms.side)
        for j, new in enumerate(names):
            label, answer = xl_rowcol_to_cell(row, 0, col_abs=True), xl_rowcol_to_cell(top, 1 + j, row_abs=True)
            formula = f"=SUMPRODUCT(EXACT({logged},{label})*EXACT({now},{answer}))" if live else None
            count = counts.get((old, new), 0)
            form = forms.right_count if i == j else forms.changed_count if count else forms.whole
            grid.formula(row, 1 + j, formula, count, form)
    return top + 1 + len(names)

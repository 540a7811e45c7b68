"""Where an answer has any number of classes: how each class is recognised, by version."""

from collections.abc import Sequence
from typing import Any

from analysis import multi_label
from analysis.error_records import ClassScores
from reports.workbook.answers import Answers
from reports.workbook.cells import Formats, Grid
from reports.workbook.layout import Layout

SHEET = "Classes"
_SCORES = ("precision", "recall", "f1")


def write(book: Any, sheet: Any, versions: Sequence[Answers], layouts: Sequence[Layout], forms: Formats) -> None:
    """Fills the sheet: a row a class, with each version's precision, recall and F1, and how many labels have it."""
    del book, layouts  # numbers alone: a formula would have to look into the list of classes of each row
    found = [{each.name: each for each in multi_label.errors_of(version.rows).per_class} for version in versions]
    names = list(dict.fromkeys(name for scores in found for name in scores))
    grid = Grid()
    grid.put(0, 0, "Each class by itself: whether an answer has it, and whether the label does", forms.heading)
    headers = [
        "class",
        *(f"{'F1' if score == 'f1' else score} {version.name}" for score in _SCORES for version in versions),
        f"labels {versions[-1].name}",
    ]
    for column, header in enumerate(headers):
        grid.put(1, column, header, forms.header_right if column else forms.header)
    for row, name in enumerate(names, 2):
        grid.put(row, 0, name)
        cells = [_value(scores.get(name), score) for score in _SCORES for scores in found]
        for column, value in enumerate(cells, 1):
            grid.put(row, column, value, forms.number)
        last = found[-1].get(name)
        grid.put(row, 1 + len(cells), last.support if last else None, forms.whole)
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, len(headers), 14)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    grid.write(sheet)


def _value(found: ClassScores | None, score: str) -> float | None:
    value: float | None = getattr(found, score).value if found else None
    return value

"""The whole workbook of a comparison."""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from reports.workbook import (
    cases_sheet,
    classes_sheet,
    confusion_sheet,
    errors_sheet,
    layout,
    parameters_sheet,
    summary_sheet,
    text_lengths,
)  # fmt: skip
from reports.workbook.answers import Answers
from reports.workbook.cells import MOST_ROWS, Formats
from reports.workbook.files import add_sheet, created
from reports.workbook.layout import Layout
from reports.workbook.predictions_sheet import PredictionsSheet, Shown
from schemas import events
from schemas.tasks import CLASSES


def write(file: Path, versions: Sequence[Answers]) -> list[str]:
    """Writes the workbook; it replaces a file of that name when it is whole.

    Args:
      versions: one or more, as ``reports.workbook.answers.read`` gives them.

    Returns:
      What the workbook leaves out, a sentence each; they stand in its summary too.

    Raises:
      InputError: the file cannot be written.
    """
    with created(file) as book:
        return _fill(book, versions)


def _fill(book: Any, versions: Sequence[Answers]) -> list[str]:
    forms = Formats(book)
    layouts = [layout.of(version) for version in versions]
    classes = versions[0].rows.classes
    details: Any = confusion_sheet if classes else errors_sheet
    if versions[0].rows.task.kind == CLASSES:
        details = classes_sheet
    # The sheets stand in the order in which they are added; the summary is filled last, as it says what was left out.
    summary = add_sheet(book, summary_sheet.SHEET)
    details.write(book, add_sheet(book, details.SHEET), versions, layouts, forms)
    if any(version.record.cases.count for version in versions):
        cases_sheet.write(add_sheet(book, cases_sheet.SHEET), versions, forms)
    parameters_sheet.write(add_sheet(book, parameters_sheet.SHEET), versions, forms)
    lengths = text_lengths.shared(versions)
    shown = []
    for version, columns, length in zip(versions, layouts, lengths, strict=True):
        events.publish(events.Note(f"sheet {version.name}: {len(version.rows):,} rows"))
        sheet = PredictionsSheet(add_sheet(book, version.name), version, columns, forms, length)
        shown.append(sheet.write())
    notes = [*itertools.chain(*map(_left_out, versions, layouts, shown, lengths))]
    if details is confusion_sheet and not confusion_sheet.live(versions):
        notes.append(
            "The confusion matrices are numbers and no formulas: with so many classes and rows they would be slow."
        )
    summary_sheet.SummarySheet(summary, versions, layouts, notes, forms).write(book)
    return notes


def _left_out(version: Answers, columns: Layout, shown: Shown, lengths: text_lengths.Lengths) -> Iterator[str]:
    name = version.name
    if version.record.card.tasks:
        label = version.rows.task.label
        yield f"{name}: the answers to {label}, the first of its labels; those to the others are in the report."
    if version.total > len(version.rows):
        yield f"{name}: the first {MOST_ROWS:,} of {version.total:,} rows, as a sheet takes no more; metrics are of these."
    if not columns.live:
        yield (
            f"{name}: more than {layout.MOST_FORMULA_ROWS:,} rows have no column for the row of the source, and their "
            "outcomes, changes and AUC are values; the other metrics are formulas."
        )
    if columns.left_out:
        yield f"{name}: {columns.left_out:,} columns of the input are left out, as a sheet takes no more."
    if shown.without_picture:
        yield (
            f"{name}: {shown.pictures:,} pictures are shown and {shown.without_picture:,} are not: "
            "changed and wrong answers come first, by falling loss."
        )
    if shown.cut:
        yield (
            f"{name}: {shown.cut:,} texts are cut: to {lengths.long:,} characters of a wrong or changed answer's row, "
            f"to {lengths.short:,} of the others."
        )

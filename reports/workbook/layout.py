"""Which column of a sheet of predictions has what, and how formulas refer to it."""

from dataclasses import dataclass

from xlsxwriter import utility

from analysis.predictions import INPUT
from reports.workbook.answers import Answers
from reports.workbook.cells import MOST_COLUMNS
from schemas.tasks import CLASS, BinaryClassification

KEY, ROW, EXPECTED, PREDICTED = "key", "row", "expected", "predicted"
OUTCOME, CONFIDENCE, LOSS, RANK = "outcome", "confidence", "loss", "rank"
MOST_FORMULA_ROWS = 20_000
ERROR, BEFORE, CHANGE, CLOSER = "error", "before", "change", "closer by"


@dataclass(frozen=True)
class Layout:
    """A sheet of predictions.

    Attributes:
      sheet: its name.
      rows: below the header.
      fixed: the columns that every model has, in order.
      inputs: the raw columns that follow them.
      left_out: how many raw columns no longer fit a sheet.
    """

    sheet: str
    rows: int
    fixed: tuple[str, ...]
    inputs: tuple[str, ...]
    left_out: int = 0

    @property
    def live(self) -> bool:
        """Whether the rows have formulas. A formula costs ten times a value: of more rows they have results alone, and neither
        the row of the source nor ranks, as the file would have over 20 MB with 100,000 rows in each of two sheets."""
        return self.rows <= MOST_FORMULA_ROWS

    @property
    def names(self) -> tuple[str, ...]:
        """All columns in order."""
        return self.fixed + self.inputs

    def letter(self, column: str) -> str:
        """``C`` of one of the fixed columns."""
        return utility.xl_col_to_name(self.fixed.index(column))

    def cells(self, column: str, most: int | None = None) -> str:
        """``'1.0.0'!$C$2:$C$179``: a fixed column below its header; at most the first ``most`` rows of it."""
        letter = self.letter(column)
        last = max(min(self.rows, most or self.rows), 1) + 1
        return f"{quoted(self.sheet)}!${letter}$2:${letter}${last}"


def quoted(sheet: str) -> str:
    """A sheet's name as formulas have it."""
    return "'" + sheet.replace("'", "''") + "'"


def of(version: Answers) -> Layout:
    """The layout of a version's sheet."""
    few = len(version.rows) <= MOST_FORMULA_ROWS
    row = (ROW,) if few else ()
    if version.rows.classes:
        compared = (BEFORE, CHANGE) if version.previous else ()
        # Of the AUC's formula alone.
        ranks = (RANK,) if few and isinstance(version.rows.task, BinaryClassification) else ()
        confidence = (CONFIDENCE,) if version.rows.task.kind == CLASS else ()
        fixed = (KEY, *row, EXPECTED, PREDICTED, OUTCOME, *confidence, *compared, LOSS, *ranks)
    else:
        fixed = (KEY, *row, EXPECTED, PREDICTED, ERROR, *((BEFORE, CLOSER) if version.previous else ()), LOSS)
    names = tuple(version.rows.info.inputs)
    shown = names[: MOST_COLUMNS - len(fixed)]
    return Layout(
        version.name, len(version.rows), fixed, tuple(INPUT + name for name in shown), len(names) - len(shown)
    )

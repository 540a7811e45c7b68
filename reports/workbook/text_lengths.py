"""How much of a text a sheet has: whole where there is room, and more of the rows that are read first."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reports.workbook.answers import Answers
from reports.workbook.cells import MOST_CHARACTERS

_BUDGET = 24_000_000  # characters of a workbook, of which text compresses to a third: it stays below 20 MB
_LEAST = 80


@dataclass(frozen=True)
class Lengths:
    """The most characters of a text by row.

    Attributes:
      notable: bool[N]; see ``Answers.notable``.
      long: of a notable row.
      short: of any other.
    """

    notable: np.ndarray
    long: int
    short: int

    def of(self, row: int) -> int:
        """The most UTF-16 units that a text of this row has in the sheet."""
        return self.long if self.notable[row] else self.short


def shared(versions: Sequence[Answers]) -> list[Lengths]:
    """The lengths of each version's sheet: half of the budget is for the notable rows of all sheets."""
    texts = [sum(kind == "string" for kind in version.rows.info.inputs.values()) for version in versions]
    notable = [version.notable for version in versions]
    long = _most(sum(int(rows.sum()) * count for rows, count in zip(notable, texts, strict=True)))
    short = _most(sum(int((~rows).sum()) * count for rows, count in zip(notable, texts, strict=True)))
    return [Lengths(rows, max(long, short), short) for rows in notable]


def _most(cells: int) -> int:
    return int(np.clip(_BUDGET / 2 / max(cells, 1), _LEAST, MOST_CHARACTERS))

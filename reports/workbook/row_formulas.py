"""The formulas in the rows of a sheet of predictions; they follow a label that is corrected there."""

from collections.abc import Callable

from analysis.sides import BROKEN, FIXED, OTHER
from reports.workbook import layout as columns
from reports.workbook.layout import Layout

RIGHT, WRONG = "right", "wrong"


def outcome(layout: Layout) -> Callable[[int], str]:
    """Whether the answer is the label; takes a row of the predictions, from 0, as all functions here do."""
    expected, predicted = layout.letter(columns.EXPECTED), layout.letter(columns.PREDICTED)

    # EXACT and not =, to which a and A are equal.
    def made(row: int) -> str:
        return f'=IF(EXACT({expected}{row + 2},{predicted}{row + 2}),"{RIGHT}","{WRONG}")'

    return made


def change(layout: Layout) -> Callable[[int], str]:
    """What became of the answer (analysis.sides)."""
    names = (columns.EXPECTED, columns.PREDICTED, columns.BEFORE)
    expected, predicted, before = (layout.letter(name) for name in names)

    def made(row: int) -> str:
        line = row + 2
        same = f'OR({before}{line}="",EXACT({predicted}{line},{before}{line}))'
        fixed = f"EXACT({predicted}{line},{expected}{line})"
        broken = f"EXACT({before}{line},{expected}{line})"
        return f'=IF({same},"",IF({fixed},"{FIXED}",IF({broken},"{BROKEN}","{OTHER}")))'

    return made


def error(layout: Layout) -> Callable[[int], str]:
    """prediction - label of a regression."""
    expected, predicted = layout.letter(columns.EXPECTED), layout.letter(columns.PREDICTED)
    return lambda row: f"={predicted}{row + 2}-{expected}{row + 2}"


def closer(layout: Layout) -> Callable[[int], str]:
    """By how much the absolute error is smaller than before; an empty text without a value of the version before."""
    names = (columns.EXPECTED, columns.ERROR, columns.BEFORE)
    expected, error_, before = (layout.letter(name) for name in names)

    def made(row: int) -> str:
        line = row + 2
        return f'=IF({before}{line}="","",ABS({before}{line}-{expected}{line})-ABS({error_}{line}))'

    return made

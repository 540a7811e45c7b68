"""Cells that hold several things: sets of names, and vectors of numbers."""

import json
import re
from collections import Counter
from typing import Any

from components.data.inference.profile import Profile
from schemas.tasks.multi_label import MOST_CLASSES

_LOOKED_AT = 2000  # different cells
_SHARE = 0.3  # of the cells that have a separator
_MOST_NAMES = 1000
_REUSED = 3  # cells that a name stands in, on average
_LONGEST = 40  # letters of a name
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_LEAST_NUMBERS = 3
_MARKS = ("|", ";", ",")
Kind = tuple[str, str, dict[str, Any]]


def of_counts(profile: Profile, rows: int) -> Kind | None:
    """A set or a vector, from the cells that were counted; None of other strings.

    Args:
      rows: those with a value.
    """
    cells = [cell for cell, _ in profile.known.most_common(_LOOKED_AT)]
    if not cells:
        return None
    if length := _length(cells):
        return "vector", f"{length} numbers in each cell", {"length": length}
    if profile.marks["["] == profile.values:
        names = [_json_names(cell) for cell in cells]
        if all(one is not None for one in names):
            return _set([one or [] for one in names], profile, {})
        return None
    for mark in _MARKS:
        if mark == profile.style.decimal:
            continue  # "1,5" is one and a half in this file
        if profile.marks[mark] >= _SHARE * rows:
            return _set([_split(cell, mark) for cell in cells], profile, {} if mark == "|" else {"separator": mark})
    return None


def _set(names: list[list[str]], profile: Profile, options: dict[str, Any]) -> Kind | None:
    counts = Counter(name for cell in names for name in set(cell))
    several = sum(len(cell) > 1 for cell in names)
    if not counts or several < _SHARE * len(names) or len(counts) > _MOST_NAMES or max(map(len, counts)) > _LONGEST:
        return None
    # A surname and a first name, or a sentence, have a comma, too: then most parts stand in one cell.
    if sum(counts.values()) < _REUSED * len(counts):
        return None
    most = max(map(len, names))
    if most > 32:
        options = options | {"length": most}
    if len(counts) <= MOST_CLASSES and not profile.full_at:
        options = options | {"classes": sorted(counts)}
    example = ", ".join(name for name, _ in counts.most_common(3))
    return "set", f"several of {len(counts):,} names in a cell, such as {example}", options


def empty(profile: Profile) -> int:
    """How many cells of a set hold an empty list: its canonical text is that of a cell without a value."""
    return sum(rows for cell, rows in profile.counts.items() if cell.startswith("[") and not cell.strip("[] "))


def _split(cell: str, mark: str) -> list[str]:
    return [name.strip() for name in cell.split(mark) if name.strip()]


def _json_names(cell: str) -> list[str] | None:
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list) and all(isinstance(name, str) for name in found) else None


def _length(cells: list[str]) -> int:
    """How many numbers each cell has; 0 where they differ, are few, or are none."""
    lengths = {_numbers(cell) for cell in cells[:1]}
    if 0 in lengths:
        return 0
    lengths |= {_numbers(cell) for cell in cells}
    return max(lengths) if len(lengths) == 1 else 0


def _numbers(cell: str) -> int:
    bracketed = cell.startswith("[") and cell.endswith("]")
    parts = re.split(r"\s*,\s*" if bracketed else r"\s+", cell.strip("[] "))
    # Without brackets a date and two numbers of a text would be ones, too: more of them are needed.
    least = _LEAST_NUMBERS if bracketed else _LEAST_NUMBERS + 1
    return len(parts) if len(parts) >= least and all(map(_NUMBER.fullmatch, parts)) else 0

"""Files that are left out, as notes and errors name them."""

from collections.abc import Mapping
from pathlib import Path

from schemas.errors import shown

_NAMED = 3  # files that a note names; the others are counted


def left_out(path: Path, reason: str, names: list[str]) -> str:
    """How many files are left out of a folder and why, and the first of them."""
    return f"{path}: {counted(len(names), 'file')} {reason}, left out: {named(dict.fromkeys(names, ''))}"


def counted(number: int, what: str) -> str:
    """A number of things: ``1 file``, ``2 files``."""
    return f"{number:,} {what}{'s' * (number != 1)}"


def named(reasons: Mapping[str, str]) -> str:
    """The first names, each with its reason, and how many more there are."""
    parts = [f"{shown(name)} ({why})" if why else shown(name) for name, why in list(reasons.items())[:_NAMED]]
    more = len(reasons) - len(parts)
    return ", ".join(parts) + (f" and {more:,} more" if more else "")

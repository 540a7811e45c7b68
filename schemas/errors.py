"""Errors that are part of the interface: one line, and an exit code."""

from collections.abc import Iterable

from schemas.exit_codes import ExitCode


class InputError(Exception):
    """The user can correct this: a wrong option, file, row or value. The command ends with its exit code."""

    exit_code = ExitCode.USAGE


class SpecError(InputError):
    """A field of a pipeline's page has a value that is not allowed."""


class AnomalyError(InputError):
    """The data breaks its schema; the run stops before anything is trained."""


def shown(value: object, width: int = 60) -> str:
    """A received value as an error shows it: its repr, cut to ``width`` characters. Raises nothing."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # Python writes no int of over 4300 digits, and no very deep nesting
        return f"a {type(value).__name__} too large to show"
    return text if len(text) <= width else f"{text[: width - 3]}..."


def listed(names: Iterable[str], most: int = 20) -> str:
    """Names as an error shows them: each in quotes, as `` x`` and ``x`` look alike, and the first ``most`` of many."""
    every = list(names)
    more = f" and {len(every) - most:,} more" if len(every) > most else ""
    return ", ".join(map(shown, every[:most])) + more

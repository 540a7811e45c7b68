"""Cron expressions: five fields as everywhere, six for Kubeflow Pipelines, whose first field is the second."""

import re

from schemas.errors import InputError, shown

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
# Name, lowest and highest value, and names of the values from the lowest on.
_FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 6, _DAYS),
)
_ITEM = re.compile(r"(?:\*|(?P<first>[0-9a-z]+)(?:-(?P<last>[0-9a-z]+))?)(?:/(?P<step>[0-9]+))?")


def for_kubeflow(expression: str) -> str:
    """The expression with a leading field for the second: left to itself, Kubeflow would read minutes as seconds.

    Raises:
      InputError: not five fields, or a field that is none of ``*``, ``5``, ``1-5``, ``*/15``, ``mon`` and lists of these.
    """
    fields = expression.split()
    if len(fields) != len(_FIELDS):
        known = ", ".join(name for name, *_ in _FIELDS)
        raise InputError(
            f"--schedule: received {shown(expression)}; five fields are expected: {known}, e.g. '0 3 * * 1'"
        )
    for text, (name, least, most, names) in zip(fields, _FIELDS, strict=True):
        if not all(_sound(item, least, most, names) for item in text.lower().split(",")):
            raise InputError(
                f"--schedule: received {shown(text)} as the {name}; *, {least} to {most}, a range, */N or a list is expected"
            )
    return f"0 {' '.join(fields)}"


def _sound(item: str, least: int, most: int, names: tuple[str, ...]) -> bool:
    found = _ITEM.fullmatch(item)
    if found is None or (found["step"] is not None and int(found["step"]) == 0):
        return False
    ends = [_number(text, least, names) for text in (found["first"], found["last"]) if text is not None]
    return all(end is not None and least <= end <= most for end in ends) and ends == sorted(
        ends, key=lambda end: end or 0
    )


def _number(text: str, least: int, names: tuple[str, ...]) -> int | None:
    if text.isdecimal():
        return int(text)
    return names.index(text) + least if text in names else None

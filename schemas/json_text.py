"""JSON in which each key of an object stands once: of a repeated one parsers keep the first, the last, or both (RFC 8259)."""

import json
from collections.abc import Iterable
from typing import Any

from schemas.errors import shown


class RepeatedKeyError(ValueError):
    """An object has a key twice; the message names it."""


def loads(text: str | bytes) -> Any:
    """As ``json.loads``. Raises RepeatedKeyError too, which is a ValueError."""
    return json.loads(text, object_pairs_hook=_object)


def check_keys(text: bytes, document: Any) -> None:
    """Raises RepeatedKeyError where an object has a key twice.

    Costs next to nothing where no string has a colon: there are as many colons then as keys.

    Args:
      text: JSON that was read already.
      document: what a parser made of it that keeps one of a repeated key.
    """
    colons = text.count(b":")
    # Every key has its colon: as many of both, and no key was lost.
    if colons != _flat_keys(document) and colons != _keys(document):
        # A number's value does not matter here, and Python refuses those of over 4300 digits.
        json.loads(text, object_pairs_hook=_object, parse_int=str, parse_float=str)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise RepeatedKeyError(f"the key {shown(twice)} stands twice in an object; give each once")
    return found


def _flat_keys(document: Any) -> int:
    """The keys of an object and of the objects in its lists: no more than there are, and quickly counted."""
    if not isinstance(document, dict):
        return 0
    found = len(document)
    for value in document.values():
        if isinstance(value, dict):
            found += len(value)
        elif isinstance(value, list):
            found += sum(len(row) for row in value if isinstance(row, dict))
    return found


def _keys(document: Any) -> int:
    """The keys of all objects; with a stack of its own, as parsers take a deeper nesting than Python's calls."""
    found, left = 0, [document]
    while left:
        value = left.pop()
        inner: Iterable[Any] = ()
        if isinstance(value, dict):
            found += len(value)
            inner = value.values()
        elif isinstance(value, list):
            inner = value
        left.extend(part for part in inner if isinstance(part, dict | list))
    return found

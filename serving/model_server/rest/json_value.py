"""JSON values as TensorFlow Serving reads them: what kind one is, the members of an object, how an error shows it.

A value is None, bool, int (fits int64 or uint64), float, str, list, dict, or Members. A str holds UTF-8 bytes: those
that are not valid UTF-8 are lone surrogates (``surrogateescape``), so ``raw`` gives the very bytes that came.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from serving.model_server.rest.decimals import decimal, shortest
from serving.model_server.rest.json_text import quoted, raw

# An error shows this many bytes of a value.
SHOWN = 256
_INDENT = 4


@dataclass(frozen=True)
class Members:
    """An object in which a key comes twice or more, which a dict cannot hold."""

    pairs: list[tuple[str, Any]]


def is_object(value: Any) -> bool:
    """Whether a value is a JSON object."""
    return isinstance(value, dict | Members)


def members(value: Any) -> Iterable[tuple[str, Any]]:
    """The members of an object in the order in which they came."""
    return value.pairs if isinstance(value, Members) else value.items()


class Absent:
    """What ``first`` gives for a key that is not there; null is a value."""


def first(value: Any, key: str) -> Any:
    """The value of an object's first member with this key, else Absent."""
    if isinstance(value, Members):
        return next((item for name, item in value.pairs if name == key), Absent)
    return value.get(key, Absent)


def is_base64(value: Any) -> bool:
    """Whether a value is a binary string: an object whose only key is ``b64``, with a string."""
    return isinstance(value, dict) and len(value) == 1 and isinstance(value.get("b64"), str)


def kind(value: Any) -> str:
    """The name that an error gives to a value's JSON type."""
    if value is None:
        return "Null"
    if isinstance(value, bool):
        return str(value)
    for types, name in ((str, "String"), (list, "Array"), ((dict, Members), "Object")):
        if isinstance(value, types):
            return name
    return "Number"


def whole(value: Any, low: int, high: int) -> bool:
    """Whether a value is an integer of this range, both ends included."""
    # bool is a subclass of int, and true is no integer.
    return type(value) is int and low <= value <= high


def as_double(value: int) -> bool:
    """Whether an integer fits neither int64 nor uint64 and therefore counts as a double."""
    return not -(2**63) <= value < 2**64


def shown(value: Any) -> str:
    """A value as an error shows it: pretty-printed like RapidJSON does, at most SHOWN bytes of it."""
    if isinstance(value, float) or (type(value) is int and as_double(value)):
        return decimal(float(value))
    pieces, size = [], 0
    for piece in _pieces(value):
        pieces.append(piece)
        size += len(piece)
        if size >= SHOWN:
            break
    text = "".join(pieces)[:SHOWN]
    # The limit counts bytes, and a character is not cut in two.
    while len(raw(text)) > SHOWN:
        text = text[:-1]
    return text


def _pieces(value: Any) -> Iterator[str]:
    """The text of a value; it ends early at a NaN or an infinity in a list or object, which RapidJSON's writer refuses."""
    stack: list[tuple[Iterator[Any], str]] = []
    separator = ""
    while True:
        items: Iterator[Any] | None = None
        closing = ""
        if isinstance(value, list):
            items, closing = iter(value), "]"
        elif is_object(value):
            items, closing = iter(members(value)), "}"
        yield separator
        if items is None:
            text = _scalar(value)
            if text is None:
                return
            yield text
        else:
            yield "[" if closing == "]" else "{"
            stack.append((items, closing))
            separator = ""
        while stack:
            items, closing = stack[-1]
            item: Any = next(items, Absent)
            if item is not Absent:
                break
            stack.pop()
            yield ("\n" + " " * (_INDENT * len(stack)) if separator else "") + closing
            separator = ","
        else:
            return
        separator = ("," if separator else "") + "\n" + " " * (_INDENT * len(stack))
        value = item
        if closing == "}":
            name, value = value
            separator += quoted(name) + ": "


def _scalar(value: Any) -> str | None:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return quoted(value[:SHOWN])
    if isinstance(value, float) or as_double(value):
        return shortest(float(value)) if math.isfinite(value) else None
    return str(value)

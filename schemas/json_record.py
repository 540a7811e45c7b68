"""Frozen dataclasses that are JSON objects elsewhere: in a file of the home, an artifact, or on stdout."""

import dataclasses
import functools
import types
import typing
from typing import Any, Self

from schemas.errors import shown

_WORDS = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}


class JsonRecord:
    """A dataclass whose fields are the keys of a JSON object, in their order.

    A field may be text, a number, true or false, None, ``Any`` (a JSON value that is taken as it is), a TypedDict (an object
    that is taken as it is), another dataclass, a ``tuple[X, ...]``, ``list[X]`` or ``dict[str, X]`` of these, or text or a
    number (``str | float``).
    """

    def to_json(self) -> dict[str, Any]:
        """The record as values that ``json.dumps`` takes; tuples become lists."""
        found: dict[str, Any] = _plain(self)
        return found

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """The inverse of ``to_json``; ``value`` is what ``json.loads`` gave.

        A key that the record does not know is passed over, and a field with a default may be missing: what an older or a newer
        version wrote can be read.

        Raises:
          ValueError: anything else that does not fit; the message names the place.
        """
        found: Self = _object(cls, value, cls.__name__)
        return found


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


@functools.cache  # get_type_hints evaluates every annotation anew, and a version map has a card in each entry
def _fields(cls: type) -> dict[str, tuple[Any, bool]]:
    """Of each field, its type and whether it must be there."""
    hints = typing.get_type_hints(cls)
    missing = dataclasses.MISSING
    return {
        field.name: (hints[field.name], field.default is missing and field.default_factory is missing)
        for field in dataclasses.fields(cls)
    }


def _object(cls: type, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise _error(where, value, "an object")
    fields = _fields(cls)
    for name, (_, required) in fields.items():
        if required and name not in value:
            raise ValueError(f"{where}: received an object without {name!r}")
    return cls(
        **{name: _value(kind, value[name], f"{where}.{name}") for name, (kind, _) in fields.items() if name in value}
    )


def _value(kind: Any, value: Any, where: str) -> Any:
    """``value`` as the type ``kind``; numbers keep their own type, so that they are written again as they were."""
    if kind is Any:
        return value
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _object(kind, value, where)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return None if value is None and types.NoneType in arguments else _one_of(arguments, value, where)
    if origin in (list, tuple):
        if not isinstance(value, list | tuple):
            raise _error(where, value, "a list")
        return origin(_value(arguments[0], item, f"{where}[{index}]") for index, item in enumerate(value))
    if origin is dict or typing.is_typeddict(kind):
        if not isinstance(value, dict):
            raise _error(where, value, "an object")
        if origin is None:  # its values are not checked: older versions wrote fewer keys, and newer ones may write more
            return value
        return {key: _value(arguments[1], item, f"{where}.{key}") for key, item in value.items()}
    if not _is(kind, value):
        raise _error(where, value, _WORDS[kind])
    return value


def _one_of(arguments: tuple[Any, ...], value: Any, where: str) -> Any:
    kinds = [kind for kind in arguments if kind is not types.NoneType]
    if len(kinds) == 1:
        return _value(kinds[0], value, where)
    if not any(_is(kind, value) for kind in kinds):
        raise _error(where, value, " or ".join(_WORDS[kind] for kind in kinds))
    return value


def _is(kind: type, value: Any) -> bool:
    # A bool is an int to Python and no number here; a whole number is a float, too: other JSON writers write 1.0 as 1.
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, int | float if kind is float else kind)


def _error(where: str, value: Any, allowed: str) -> ValueError:
    return ValueError(f"{where}: received {shown(value)}; {allowed} is expected")

"""Descriptions to plain JSON values and back; TFX carries them to the steps as text, and so into the cache key."""

import dataclasses
import json
from typing import Any

from schemas import contracts, features, models, slices, sources, splits, submission, tasks, thresholds, training

# By the class's name alone: a class may move to another module, and older model cards still compare equal to new ones.
_TYPES = {
    cls.__name__: cls
    for module in (contracts, features, models, slices, sources, splits, submission, tasks, thresholds, training)
    for cls in vars(module).values()
    if dataclasses.is_dataclass(cls) and isinstance(cls, type)
}
_TAG = "@type"
_ESCAPE = "@"  # before a mapping's own key that begins with it, so that no column's name is taken for the tag


def encode(value: Any) -> Any:
    """A description as JSON values; an object gets an ``@type`` beside its fields. Raises TypeError on others."""
    # By the exact type: decode would give a subclass back as its base.
    if type(value).__name__ in _TYPES and dataclasses.is_dataclass(value):
        fields = {field.name: encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {_TAG: type(value).__name__, **fields}
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {_ESCAPE * key.startswith(_ESCAPE) + key: encode(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [encode(item) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"cannot encode {value!r} of type {type(value).__name__}")


def decode(value: Any) -> Any:
    """The inverse of ``encode``; lists become tuples. Raises TypeError for an unknown type or field."""
    if isinstance(value, dict):
        items = {key.removeprefix(_ESCAPE): decode(item) for key, item in value.items() if key != _TAG}
        if _TAG not in value:
            return items
        kind = _TYPES.get(str(value[_TAG]))
        if kind is None:
            raise TypeError(f"cannot decode {_TAG} {value[_TAG]!r}; known are {', '.join(_TYPES)}")
        return kind(**items)
    if isinstance(value, list):
        return tuple(decode(item) for item in value)
    return value


def completed(value: Any) -> Any:
    """What ``encode`` gave in this or an older version, with the fields that have come since at their defaults.

    An object that this version cannot decode stays as it is.
    """
    if isinstance(value, dict) and _TAG not in value:
        return {key: completed(item) for key, item in value.items()}
    try:
        return encode(decode(value))
    except TypeError:
        return value


def dumps(value: Any) -> str:
    """``encode`` as one line of JSON; key order is kept, as the order of features is the order of inputs."""
    return json.dumps(encode(value), separators=(",", ":"), ensure_ascii=False)


def loads(text: str) -> Any:
    """The inverse of ``dumps``. Raises TypeError as ``decode`` does, and ValueError for a text that is not JSON."""
    return decode(json.loads(text))

"""Descriptions to plain JSON values and back; TFX carries them to the steps as text, and so into the cache key."""

import dataclasses
import json
from typing import Any

from schemas import features, models, sources, tasks

_TYPES = {
    cls.__name__: cls
    for module in (features, models, sources, tasks)
    for cls in vars(module).values()
    if dataclasses.is_dataclass(cls) and isinstance(cls, type)
}


def encode(value: Any) -> Any:
    """A description as JSON values; an object gets a ``type`` beside its fields. Raises TypeError on others."""
    if type(value).__name__ in _TYPES and dataclasses.is_dataclass(value):
        fields = {field.name: encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {"type": type(value).__name__, **fields}
    if isinstance(value, dict):
        return {key: encode(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [encode(item) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"cannot encode {value!r} of type {type(value).__name__}")


def decode(value: Any) -> Any:
    """The inverse of ``encode``; lists become tuples."""
    if isinstance(value, dict):
        fields = {key: decode(item) for key, item in value.items()}
        kind = fields.pop("type", None) if value.get("type") in _TYPES else None
        return _TYPES[kind](**fields) if kind else fields
    if isinstance(value, list):
        return tuple(decode(item) for item in value)
    return value


def dumps(value: Any) -> str:
    """``encode`` as one line of JSON; key order is kept, as the order of features is the order of inputs."""
    return json.dumps(encode(value), separators=(",", ":"), ensure_ascii=False)


def loads(text: str) -> Any:
    return decode(json.loads(text))

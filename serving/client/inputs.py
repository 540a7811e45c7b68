"""Inputs of Python types as the plain values of JSON and ``schemas.request``."""

import base64
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from serving.client.errors import InvalidInputError


def resolved(value: Any) -> Any:
    """An input of plain values: objects, strings, numbers, None, and the bytes of pictures.

    Args:
      value: an object of fields, or the value of a model's only field. A ``Path`` stands for the file's bytes, NaN for a
        missing value; a number may be numpy's.

    Raises:
      InvalidInputError: a file that cannot be read.
    """
    if isinstance(value, Mapping):
        return {name: resolved(part) for name, part in value.items()}
    if isinstance(value, Path):
        return _content(value)
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    if getattr(value, "shape", None) == ():  # a scalar of numpy's, without importing it
        return resolved(value.item())
    return None if isinstance(value, float) and math.isnan(value) else value


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInputError(
            f"cannot read the picture {path}: {error.strerror}; the path of a file is expected"
        ) from None


def json_of_bytes(value: object) -> dict[str, str]:
    """Bytes as ``{"b64": ...}``, for ``json.dumps(default=...)``. Raises TypeError for anything but bytes."""
    if isinstance(value, bytes):
        return {"b64": base64.b64encode(value).decode()}
    raise TypeError(f"a {type(value).__name__} is not JSON")

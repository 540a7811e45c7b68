"""What all messages share."""

import math
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_DEEPEST = 60  # levels; pydantic writes no more than 255, and Python's own recursion ends soon after


def _checked(value: Any, depth: int = 0) -> Any:
    """The value, unless it could not be written again. Raises ValueError."""
    if depth > _DEEPEST:
        raise ValueError(f"nested more than {_DEEPEST} levels deep")
    if isinstance(value, str) and not value.isascii():
        value.encode()  # half of a surrogate pair, which JSON can name and no file can hold: a ValueError
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is no number of JSON")  # which Python reads, and writes as null
    elif isinstance(value, dict):
        for key, each in value.items():
            _checked(key)
            _checked(each, depth + 1)
    elif isinstance(value, list):
        for each in value:
            _checked(each, depth + 1)
    return value


Json = Annotated[Any, AfterValidator(_checked)]
"""Any JSON value, where the type of a value depends on what it is the value of, as a layer's argument."""

Finite = Annotated[float, Field(allow_inf_nan=False)]
"""A number that JSON has: Python reads NaN, too, and writes null, which would be read as no number."""


class Message(BaseModel):
    """A message with exactly its declared fields."""

    model_config = ConfigDict(extra="forbid")


class ProblemDocument(BaseModel):
    """An error as RFC 9457 has it; more fields may follow.

    Attributes:
      title: the kind of error.
      detail: one line: what was wrong, where, what is allowed, what to do next.
    """

    type: str = "about:blank"
    title: str
    status: int
    detail: str

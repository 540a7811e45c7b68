"""What all messages share."""

from typing import Any

from pydantic import BaseModel, ConfigDict

Json = Any
"""Any JSON value, where the type of a value depends on what it is the value of, as a layer's argument."""


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

"""What the studio itself is doing."""

from typing import Literal

from studio.messages.asking import ServingState
from studio.messages.message import Message


class KerasState(Message):
    """The worker that has Keras: it loads after the page is up, and is started anew where it ends."""

    state: Literal["loading", "ready", "failed"]
    version: str | None = None
    error: str | None = None


class Limits(Message):
    """What the studio takes at most."""

    nodes: int
    parameters: int
    upload_mb: int
    minutes: float
    memory_mb: int


class State(Message):
    """Shown in the header.

    Attributes:
      devices: what a training here would run on; None until known.
      jobs: how many run or wait.
    """

    version: str
    keras: KerasState
    serving: ServingState
    limits: Limits
    jobs: int
    home: str

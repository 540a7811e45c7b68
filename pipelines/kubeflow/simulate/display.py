"""What a simulation reports while it runs; the terminal's display is in cli/."""

from typing import Protocol


class Display(Protocol):
    """A listener to the tasks as they go."""

    def say(self, message: str) -> None:
        """A line of no task."""

    def started(self, task: str, node: str, attempt: int) -> None:
        """A pod begins; attempts count from 1."""

    def line(self, task: str, text: str) -> None:
        """A line of a running pod's output."""

    def retried(self, task: str, reason: str) -> None:
        """An attempt failed, and another one follows."""

    def finished(self, task: str, state: str, seconds: float, what: str) -> None:
        """A task is over: SUCCEEDED on a node, or FAILED for a reason."""

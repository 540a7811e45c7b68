"""What a simulation reports while it runs; the terminal's display is in cli/."""

from typing import Protocol


class Display(Protocol):
    """Receives the progress of the tasks, on the event loop's thread; nothing is returned."""

    def note(self, message: str) -> None:
        """A remark on the whole simulation, one line."""

    def started(self, task: str, node: str, attempt: int) -> None:
        """A task's pod begins on ``node``; attempts count from 1."""

    def line(self, task: str, text: str) -> None:
        """A line of a task's output, without its end; may come after the task has finished."""

    def retried(self, task: str, reason: str) -> None:
        """An attempt failed, and another one follows."""

    def finished(self, task: str, state: str, seconds: float, what: str) -> None:
        """A task is over: SUCCEEDED or FAILED, seconds since it could start, and the node or the reason."""

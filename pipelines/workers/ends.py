"""How workers end, and which of their ends is the cause of all others."""

from collections.abc import Iterable
from dataclasses import dataclass

from schemas import events
from schemas.errors import InputError
from schemas.exit_codes import SIGNAL, ExitCode

PROGRESS = "progress: "  # begins a line of a worker's standard output that holds an event as JSON
FAILURE = "failure: "  # begins the line with the reason of a worker that failed


@dataclass(frozen=True)
class End:
    """How one worker ended.

    Attributes:
      worker: from 0, the chief.
      code: its exit code; over 128, or negative, if a signal ended it.
      message: the last lines that it wrote.
      reason: the cluster's own, e.g. ``OOMKilled`` or ``Evicted: ...``.
    """

    worker: int
    code: int
    message: str = ""
    reason: str = ""

    @property
    def was_killed(self) -> bool:
        """Whether a signal ended it: 128 + its number in a container, a negative number from subprocess."""
        return self.code < 0 or self.code > SIGNAL

    def described(self) -> str:
        """The end in one line: the worker's own reason where it gave one, else its signal or exit code."""
        reason = failure_in(self.message)
        if reason and not self.was_killed:
            return f"worker {self.worker} failed: {reason}"
        signal = -self.code if self.code < 0 else self.code - SIGNAL
        how = f"was killed by signal {signal}" if self.was_killed else f"ended with exit code {self.code}"
        return f"worker {self.worker} {how}" + (f" ({self.reason})" if self.reason else "")


class WorkersLostError(InputError):
    """A worker was killed, or the connection between workers broke: another attempt may go well."""

    exit_code = ExitCode.FAILED


def event_of(text: str) -> events.Event:
    """The event that a worker has written behind ``PROGRESS``; a note of the text where another thread wrote into the line."""
    try:
        return events.from_json(text)
    except ValueError:
        return events.Note(text)


def failure_in(message: str) -> str:
    """The reason that a worker gave in its last lines, or nothing."""
    reasons = [line.removeprefix(FAILURE) for line in message.splitlines() if line.startswith(FAILURE)]
    return reasons[-1].strip() if reasons else ""


def cause(ends: Iterable[End]) -> End:
    """The failed end that the others follow from: one worker's own error, else a killed one, else a lost connection."""
    # A worker that lost its connection ended because another one did: it comes last. A killed one may have been ended with the
    # others after an error that one of them reported, so the report comes first.
    failed = [end for end in ends if end.code != 0]
    ranks = sorted(failed, key=lambda end: (end.code == ExitCode.WORKERS_LOST, end.was_killed, end.worker))
    return ranks[0]


def error_of(end: End) -> Exception:
    """What the step fails with: InputError for what the user can mend, WorkersLostError for what may pass."""
    # Another attempt is worth its time after a loss alone: a mistake in the page, or a bug, comes again each time.
    if end.code == InputError.exit_code and (reason := failure_in(end.message)):
        return InputError(reason)
    text = f"{end.described()}; the workers end together, and the next attempt goes on from the last epoch's checkpoint"
    return (
        WorkersLostError(text) if end.was_killed or end.code == ExitCode.WORKERS_LOST else RuntimeError(end.described())
    )

"""``--events``: what a command that trains does, as lines of JSON on stdout (docs/events.md)."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TextIO

from cli import failure
from schemas import events
from schemas.errors import InputError

_SECONDS_BETWEEN_AMOUNTS = 0.2


@contextmanager
def showing(command: str, as_json: bool, as_events: bool) -> Iterator[None]:
    """Shows the steps on stderr, and with ``--events`` writes the events on stdout.

    Raises:
      InputError: ``--json`` is given, too.
    """
    from cli import console

    if as_json and as_events:
        raise InputError("--json and --events: both would write on stdout; leave one of them out")
    with writing(command) if as_events else nullcontext(), console.showing():
        yield


@contextmanager
def writing(command: str) -> Iterator[None]:
    """Writes this process's events on what is stdout now; whatever else is printed meanwhile goes to stderr.

    Args:
      command: the one that runs, for the message of an interrupt; an error that ends the context is the last event.
    """
    # By descriptor: what TensorFlow prints from C++ would be a line that is no event.
    sys.stdout.flush()
    own = os.dup(1)
    os.dup2(2, 1)
    try:
        with os.fdopen(os.dup(own), "w", encoding="utf-8") as stream, events.listening(EventLines(stream).write):
            try:
                yield
            except (Exception, KeyboardInterrupt) as error:
                events.publish(events.RunFailed(failure.line(error, command), failure.exit_code(error)))
                raise
    finally:
        sys.stdout.flush()
        os.dup2(own, 1)
        os.close(own)


class EventLines:
    """One event a line, each flushed; of a download's many amounts a few in a second, and the last one."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._next_amount: dict[str, float] = {}
        self._has_reader = True

    def write(self, event: events.Event) -> None:
        """Writes an event: a listener (schemas.events). Without a reader the run goes on, and nothing more is written."""
        if not self._has_reader or (isinstance(event, events.Bytes) and self._is_too_soon(event)):
            return
        try:
            print(events.to_json(event), file=self._stream, flush=True)
        except BrokenPipeError:
            # The run is worth more than its stream: whoever stops reading must not stop a training.
            self._has_reader = False
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())  # for what is still in the buffer
            os.close(nowhere)

    def _is_too_soon(self, amount: events.Bytes) -> bool:
        now = time.monotonic()
        if amount.done != amount.total and now < self._next_amount.get(amount.what, 0.0):
            return True
        self._next_amount[amount.what] = now + _SECONDS_BETWEEN_AMOUNTS
        return False

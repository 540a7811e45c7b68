"""Structured logs: one JSON object a line on stderr; never a payload."""

import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson

_PENDING = 16_000_000  # bytes that may wait for a slow reader; more are dropped, and the number of lines is reported
_PAUSE = 0.05  # seconds in which lines are collected into one write


class LineWriter:
    """Hands lines to ``write`` in batches, from a thread: a slow disk or pipe does not delay requests.

    Attributes:
      dropped: how many lines were lost because ``write`` was too slow.

    Args:
      write: takes the bytes of one or more lines; it may block.
    """

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self._lines: list[bytes] = []
        self._size = 0
        self._lock = threading.Lock()
        self._waiting = threading.Event()
        self._closed = False
        self.dropped = 0
        # A daemon: a reader of the pipe that takes nothing must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name="lines", daemon=True)
        self._thread.start()

    def add(self, line: bytes) -> None:
        """Queues a line, which ends with a newline. Never blocks: beyond 16 MB that wait, the line is dropped and counted."""
        with self._lock:
            if self._size > _PENDING:
                self.dropped += 1
                return
            self._lines.append(line)
            self._size += len(line)
        # set() takes a lock and is_set() none; this runs for every request.
        if not self._waiting.is_set():
            self._waiting.set()

    def _run(self) -> None:
        while not self._closed or self._lines:
            self._waiting.wait()
            if not self._closed:
                time.sleep(_PAUSE)
            self._waiting.clear()
            with self._lock:
                lines, self._lines, self._size = self._lines, [], 0
            if lines:
                self._write(b"".join(lines))

    def close(self) -> None:
        """Writes what is queued, but waits no longer than two seconds for a reader that takes nothing."""
        self._closed = True
        self._waiting.set()
        self._thread.join(timeout=2)


def _to_stderr(lines: bytes) -> None:
    try:
        sys.stderr.buffer.write(lines)
        sys.stderr.buffer.flush()
    except (OSError, ValueError):  # stderr is closed: there is no other place to report that
        pass


class Log:
    """The gateway's log.

    Args:
      write: see ``LineWriter``; standard error by default.
    """

    def __init__(self, write: Callable[[bytes], None] = _to_stderr) -> None:
        self._writer = LineWriter(write)

    def line(self, level: str, event: str, **fields: Any) -> None:
        """Writes an event as one JSON object with ``time`` (ISO 8601, UTC), ``level``, ``event`` and the fields.

        ``fields`` must be no part of a request's body.
        """
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        document = {"time": now, "level": level, "event": event, **fields}
        self._writer.add(orjson.dumps(document, default=str, option=orjson.OPT_APPEND_NEWLINE))

    @property
    def dropped(self) -> int:
        """How many lines were lost because the reader of standard error was too slow."""
        return self._writer.dropped

    def close(self) -> None:
        """Writes what is queued; see ``LineWriter.close``."""
        self._writer.close()

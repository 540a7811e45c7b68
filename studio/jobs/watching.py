"""A job as messages: whole, as a row of the list, and as server-sent events."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from fastapi.sse import ServerSentEvent

from studio.jobs.progress import Lines
from studio.jobs.queue import Queue
from studio.jobs.records import Record
from studio.messages.jobs import Job, JobRow

_SECONDS_BETWEEN_LOOKS = 0.2
_AT_ONCE = 256_000  # bytes of a file between two looks: a reader that is slow gets the next ones later
_FACTS = ("id", "kind", "dataset", "document", "state", "created", "started", "ended", "version", "error")
_PLACE = re.compile(r"(\d{1,15})\.(\d{1,15})\.([a-z_]{1,20})")


def job(queue: Queue, record: Record) -> Job:
    """The job with all that it published so far."""
    progress = queue.progress(record.id)
    return Job(
        **_facts(queue, record),
        stopping=record.stopping is not None and not record.is_over,
        command=record.command,
        run_id=record.run_id,
        steps=progress.steps,
        epochs=progress.epochs,
        notes=progress.notes,
        result=dict(progress.result) if progress.result is not None else None,
    )


def row(queue: Queue, record: Record) -> JobRow:
    """The job in the list. Of one that is over all of it stands in its record."""
    step, sparkline = record.step, record.sparkline
    if record.state == "running":
        progress = queue.progress(record.id)
        step, sparkline = progress.step, progress.sparkline
    return JobRow(
        **_facts(queue, record),
        step=step,
        metric=record.metric,
        sparkline=sparkline,
    )


def _facts(queue: Queue, record: Record) -> dict[str, Any]:
    """What the job and its row in the list both say."""
    return {name: getattr(record, name) for name in _FACTS} | {"place": queue.place(record)}


def has_read_all(queue: Queue, record: Record, last_event_id: str | None) -> bool:
    """Whether a reader that left at an id has all of a job that is over."""
    at_events, at_log, state = _place(last_event_id)
    folder = queue.folder(record.id)
    return (
        record.is_over and state == record.state and at_events >= _size(folder.events) and at_log >= _size(folder.log)
    )


def _size(file: Path) -> int:
    return file.stat().st_size if file.is_file() else 0


async def events(queue: Queue, id: str, last_event_id: str | None) -> AsyncIterator[ServerSentEvent]:
    """What the job publishes, from an event id on; ends when the job is over and all was sent.

    A reader that begins gets the job as it is, what is published after that, and the whole log. An id says how far both files
    were read and which state was sent, so that one that comes back misses nothing and gets nothing twice, whatever server
    answers it.
    """
    reader = _Reader(queue, id, last_event_id)
    while not queue.is_closing:
        for each in reader.look():
            yield each
        if reader.is_done:
            return
        await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)


class _Reader:
    """Who reads a job's events.

    Attributes:
      is_done: whether nothing more will come.
    """

    def __init__(self, queue: Queue, id: str, last_event_id: str | None) -> None:
        at_events, at_log, self._sent = _place(last_event_id)
        folder = queue.folder(id)
        self._queue = queue
        self._id = id
        self._published, self._said = Lines(folder.events, at_events), Lines(folder.log, at_log)
        self.is_done = False

    def look(self) -> Iterator[ServerSentEvent]:
        """What is new since the last look."""
        record = self._queue.record(self._id)  # before its files are read: one that is over has written all of them
        if not self._sent:
            whole = self._job(record)
            self._published.offset = self._queue.progress(self._id).offset
            yield self._event("job", whole)
        before = self._published.offset, self._said.offset
        for line in self._said.read(_AT_ONCE):
            yield self._event("log", json.dumps(line))
        for line in self._published.read(_AT_ONCE):
            yield self._event("event", line)
        is_read = (self._published.offset, self._said.offset) == before
        if _state(record) != self._sent and (is_read or not record.is_over):  # the end comes last
            yield self._event("job", self._job(record))
        self.is_done = record.is_over and is_read

    def _job(self, record: Record) -> str:
        self._sent = _state(record)
        return job(self._queue, record).model_dump_json()

    def _event(self, kind: str, data: str) -> ServerSentEvent:
        place = f"{self._published.offset}.{self._said.offset}.{self._sent}"
        return ServerSentEvent(event=kind, raw_data=data, id=place)


def _state(record: Record) -> str:
    return "stopping" if record.stopping is not None and not record.is_over else record.state


def _place(last_event_id: str | None) -> tuple[int, int, str]:
    """What an id says; the beginning for none, and for a text that is none."""
    match = _PLACE.fullmatch(last_event_id or "")
    return (int(match[1]), int(match[2]), match[3]) if match else (0, 0, "")

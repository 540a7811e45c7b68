"""What is kept of a job, in ``<jobs>/<id>/``: a record, the graph, and what the child process writes."""

import logging
import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from schemas.files import write_whole
from studio.messages.jobs import JobKind, JobState
from studio.messages.message import Message

Stopping = Literal["cancel", "minutes", "memory"]
OVER: tuple[JobState, ...] = ("blessed", "not_blessed", "done", "failed", "cancelled")
_ID = re.compile(r"\d{8}T\d{12}-[0-9a-f]{4}")
_log = logging.getLogger("slipway.studio")


class Record(Message):
    """A job, as ``job.json`` has it.

    Attributes:
      id: rises with the time at which the job was queued.
      kind, dataset, document, settings, folds, limit: as in NewJob.
      minutes, memory_mb: at which it is stopped.
      has_graph: whether there is a graph.json.
      primary_metric: of the dataset, whose value the list shows.
      pid: the child's process id, once it runs.
      stopping: why the child was stopped.
      step, metric, sparkline: of a job that is over, for the list.
    """

    id: str
    kind: JobKind
    dataset: str
    document: str | None = None
    settings: dict[str, str] = Field(default_factory=dict)
    folds: int = 5
    limit: int = 0
    minutes: float
    memory_mb: int
    has_graph: bool = False
    primary_metric: str | None = None
    state: JobState = "queued"
    created: str
    started: str | None = None
    ended: str | None = None
    command: str = ""
    pid: int | None = None
    stopping: Stopping | None = None
    error: str | None = None
    version: str | None = None
    run_id: str | None = None
    step: str | None = None
    metric: float | None = None
    sparkline: list[float] = Field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in OVER


class Folder:
    """The files of a job.

    Attributes:
      path: the folder.
      record, graph: written by the studio.
      events, log: written by the child: its stdout (docs/events.md) and its stderr.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.record = path / "job.json"
        self.graph = path / "graph.json"
        self.events = path / "events.jsonl"
        self.log = path / "log.txt"

    def write(self, record: Record) -> None:
        """Keeps the record."""
        write_whole(self.record, record.model_dump_json(indent=1))


def new_id() -> str:
    """An id for a job that is queued now."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(2)}"


def now() -> str:
    """The time as messages have it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def read_all(folder: Path) -> Iterator[Record]:
    """The records of a folder of jobs, oldest first; one that cannot be read is logged and left out."""
    for path in sorted(folder.glob("*/job.json")):
        if not _ID.fullmatch(path.parent.name):
            continue
        try:
            record = Record.model_validate_json(path.read_bytes())
        except (ValidationError, OSError) as error:
            _log.warning("%s: not the record of a job, left out: %s", path, str(error).partition("\n")[0])
            continue
        if record.id == path.parent.name:
            yield record

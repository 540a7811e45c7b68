"""Jobs: what trains, each a child process of its own."""

from typing import Literal

from pydantic import Field

from studio.messages.graphs import Graph
from studio.messages.message import Json, Message

JobKind = Literal["run", "kfold", "learning_curve", "workflow", "prepare"]
JobState = Literal["queued", "running", "blessed", "not_blessed", "done", "failed", "cancelled"]


class NewJob(Message):
    """A job to queue.

    Attributes:
      kind: ``run`` trains and pushes; ``kfold``, ``learning_curve`` and ``workflow`` train without pushing; ``prepare`` runs
        the steps up to Transform, after which the ids of all inputs are known.
      graph: the drawn model; without it the page's own. None for ``workflow`` and ``prepare``.
      document: the drawing that it is of, for the list.
      settings: of training and splits (and of the model, without a graph), as texts, by name.
      folds: of ``kfold``.
      limit: the most rows, 0 for all.
      minutes, memory_mb: at which it is stopped; None for the studio's own limits.
    """

    kind: JobKind = "run"
    dataset: str
    graph: Graph | None = None
    document: str | None = Field(default=None, max_length=200)
    settings: dict[str, str] = {}
    folds: int = Field(default=5, ge=2, le=50)
    limit: int = Field(default=0, ge=0, le=1_000_000_000)
    minutes: float | None = Field(default=None, gt=0)
    memory_mb: int | None = Field(default=None, ge=256)


class JobStep(Message):
    """A step of a job."""

    step: str
    state: Literal["running", "done", "cached", "failed"]
    seconds: float | None = None
    detail: str = ""


class Epoch(Message):
    """An epoch's numbers (schemas.events.EpochEnded); ``step`` is the one that trained, such as ``Fold 2/5``."""

    step: str | None = None
    epoch: int
    of: int
    train: dict[str, float | None]
    eval: dict[str, float | None]
    member: int | None = None
    members: int | None = None


class Job(Message):
    """A job; times are ISO 8601, UTC.

    Attributes:
      place: in the queue, from 1; None once it runs.
      stopping: whether it is being stopped, and has not ended yet.
      command: as a shell would be given it.
      error: the line that the child process ended with.
      result: what the command's ``--json`` gives: of a run schemas.records.RunResult.
      version: that was pushed.
      epochs, notes: so far.
    """

    id: str
    kind: JobKind
    dataset: str
    document: str | None
    state: JobState
    created: str
    started: str | None = None
    ended: str | None = None
    place: int | None = None
    stopping: bool = False
    command: str = ""
    error: str | None = None
    version: str | None = None
    run_id: str | None = None
    steps: list[JobStep] = []
    epochs: list[Epoch] = []
    notes: list[str] = []
    result: dict[str, Json] | None = None


class JobRow(Message):
    """A job in the list; ``sparkline`` is the eval loss by epoch, ``metric`` the primary one of its result."""

    id: str
    kind: JobKind
    dataset: str
    document: str | None
    state: JobState
    created: str
    started: str | None
    ended: str | None
    place: int | None
    version: str | None
    error: str | None
    step: str | None
    metric: float | None
    sparkline: list[float]

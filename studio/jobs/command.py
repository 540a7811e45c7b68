"""The command of a job."""

import shlex
from collections.abc import Callable
from pathlib import Path

from schemas.home import Home
from studio.datasets.starting import page_graph
from studio.jobs.records import Record
from studio.messages.jobs import JobKind

_OWN: dict[JobKind, Callable[[Record, Home], list[str]]] = {
    "run": lambda record, home: ["run", record.dataset],
    "kfold": lambda record, home: ["kfold", record.dataset, "--folds", str(record.folds)],
    "learning_curve": lambda record, home: ["learning-curve", record.dataset],
    "workflow": lambda record, home: ["workflow", record.dataset],
    "prepare": lambda record, home: ["graph", record.dataset, "--out", str(page_graph(home, record.dataset))],
}
WITH_GRAPH: tuple[JobKind, ...] = ("run", "kfold", "learning_curve")
WITH_SETTINGS: tuple[JobKind, ...] = ("run", "kfold", "learning_curve", "workflow")


def arguments(record: Record, graph: Path, home: Home) -> list[str]:
    """What follows ``slipway`` on the command line.

    Args:
      graph: the file of the drawn model, for a job that has one.
    """
    found = _OWN[record.kind](record, home)
    if record.has_graph:
        found += ["--graph", str(graph)]
    for name, value in record.settings.items():
        found += ["--set", f"{name}={value}"]
    if record.limit:
        found += ["--limit", str(record.limit)]
    return [*found, "--events"]


def shown(arguments: list[str]) -> str:
    """The command as one types it; without ``--events``, which is for programs."""
    return shlex.join(["slipway", *(one for one in arguments if one != "--events")])

"""Shows a run in the cluster as a local run is shown: a line for each finished task, a spinner on one that runs."""

import sys
import time
from typing import Any, Protocol, TextIO

import kfp_server_api as kfp

from pipelines.kubeflow.api import Api, UnreachableError

SUCCEEDED = "SUCCEEDED"
_RUNNING = ("RUNNING", "CANCELING")
_ENDED = (SUCCEEDED, "FAILED", "CANCELED", "SKIPPED")
_SECONDS_BETWEEN = 2.0
_MOST_SECONDS_WITHOUT_ANSWER = 600.0


class Display(Protocol):
    """Who is told about the steps (cli.console.StepDisplay)."""

    def attach(self, terminal: TextIO) -> None: ...
    def started(self, step: str) -> None: ...
    def finished(self, step: str, seconds: float, cached: bool) -> None: ...
    def note(self, message: str) -> None: ...
    def detach(self) -> None: ...


def follow(api: Api, run_id: str, tasks: list[str], display: Display) -> kfp.V2beta1Run:
    """Waits for the end of a run; returns it as the server has it then.

    A server that does not answer for a while is waited for.

    Raises:
      InputError: the run is unknown, access was taken away, or there was no answer for ten minutes.
    """
    steps = _Steps(tasks, display)
    display.attach(sys.stderr)
    answered = time.monotonic()
    try:
        while True:
            try:
                run = api.run(run_id)
            except UnreachableError as error:
                if time.monotonic() - answered > _MOST_SECONDS_WITHOUT_ANSWER:
                    raise
                display.note(f"{error}; asking again")
            else:
                answered = time.monotonic()
                steps.show(run)
                if run.state in _ENDED:
                    return run
            time.sleep(_SECONDS_BETWEEN)
    finally:
        display.detach()


def seconds(run: kfp.V2beta1Run, tasks: list[str]) -> dict[str, float]:
    """How long each finished task took."""
    details = _details(run, tasks)
    return {task: _duration(details[task]) for task in tasks if task in details and details[task].state in _ENDED}


def failed(run: kfp.V2beta1Run, tasks: list[str]) -> list[str]:
    """The tasks that failed."""
    return [task for task, detail in _details(run, tasks).items() if detail.state == "FAILED"]


class _Steps:
    """What of the tasks was shown already."""

    def __init__(self, tasks: list[str], display: Display) -> None:
        self._tasks = tasks
        self._display = display
        self._running: list[str] = []
        self._finished: set[str] = set()

    def show(self, run: kfp.V2beta1Run) -> None:
        for task, detail in _details(run, self._tasks).items():
            if task in self._finished:
                continue
            if detail.state in _ENDED:
                self._finish(task, detail)
            elif detail.state in _RUNNING and task not in self._running:
                self._running.append(task)
                self._display.started(task)

    def _finish(self, task: str, detail: Any) -> None:
        self._finished.add(task)
        if task in self._running:
            self._running.remove(task)
        if detail.state == SUCCEEDED:
            self._display.finished(task, _duration(detail), False)
        else:
            self._display.note(f"{task}: {detail.state.lower()}")
        if self._running:  # the display has one spinner
            self._display.started(self._running[-1])


def _details(run: kfp.V2beta1Run, tasks: list[str]) -> dict[str, Any]:
    """The server's details by task: it lists the nodes of the workflow, of which a task's bears its name."""
    listed = (run.run_details and run.run_details.task_details) or []
    found = {detail.display_name: detail for detail in listed}
    return {task: found[task] for task in tasks if task in found}


def _duration(detail: Any) -> float:
    if detail.start_time is None or detail.end_time is None:
        return 0.0
    return float((detail.end_time - detail.start_time).total_seconds())

"""Follows a run in the cluster: its tasks are published as the steps of a local run are."""

import time
from typing import Any

import kfp_server_api as kfp

from pipelines.kubeflow.api import Api, UnreachableError
from schemas import events

SUCCEEDED = "SUCCEEDED"
_RUNNING = ("RUNNING", "CANCELING")
_ENDED = (SUCCEEDED, "FAILED", "CANCELED", "SKIPPED")
_SECONDS_BETWEEN = 2.0
_MOST_SECONDS_WITHOUT_ANSWER = 600.0


def follow(api: Api, run_id: str, tasks: list[str]) -> kfp.V2beta1Run:
    """Waits for the end of a run, and publishes its tasks as steps; returns it as the server has it then.

    A server that does not answer for a while is waited for.

    Raises:
      InputError: the run is unknown, access was taken away, or there was no answer for ten minutes.
    """
    steps = _Steps(tasks)
    answered = time.monotonic()
    while True:
        try:
            run = api.run(run_id)
        except UnreachableError as error:
            # A port-forward that breaks or a server that moves is no end of the run.
            if time.monotonic() - answered > _MOST_SECONDS_WITHOUT_ANSWER:
                raise
            events.publish(events.Note(f"{error}; asking again"))
        else:
            answered = time.monotonic()
            steps.publish(run)
            if run.state in _ENDED:
                return run
        time.sleep(_SECONDS_BETWEEN)


def seconds(run: kfp.V2beta1Run, tasks: list[str]) -> dict[str, float]:
    """How long each finished task took."""
    details = _details(run, tasks)
    return {task: _duration(details[task]) for task in tasks if task in details and details[task].state in _ENDED}


def failed(run: kfp.V2beta1Run, tasks: list[str]) -> list[str]:
    """The tasks that failed."""
    return [task for task, detail in _details(run, tasks).items() if detail.state == "FAILED"]


class _Steps:
    """What of the tasks was published already."""

    def __init__(self, tasks: list[str]) -> None:
        self._tasks = tasks
        self._running: set[str] = set()
        self._finished: set[str] = set()

    def publish(self, run: kfp.V2beta1Run) -> None:
        for task, detail in _details(run, self._tasks).items():
            # The server lists finished tasks at every request; each is published once.
            if task in self._finished:
                continue
            if detail.state in _ENDED:
                self._finished.add(task)
                if detail.state == SUCCEEDED:
                    events.publish(events.StepFinished(task, _duration(detail), False))
                else:
                    events.publish(events.StepFailed(task, detail.state.lower()))
            elif detail.state in _RUNNING and task not in self._running:
                self._running.add(task)
                events.publish(events.StepStarted(task))


def _details(run: kfp.V2beta1Run, tasks: list[str]) -> dict[str, Any]:
    """The server's details by task: it lists the nodes of the workflow, of which a task's bears its name."""
    listed = (run.run_details and run.run_details.task_details) or []
    found = {detail.display_name: detail for detail in listed}
    return {task: found[task] for task in tasks if task in found}


def _duration(detail: Any) -> float:
    # A task that KFP skips has no times.
    if detail.start_time is None or detail.end_time is None:
        return 0.0
    return float((detail.end_time - detail.start_time).total_seconds())

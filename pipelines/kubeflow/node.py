"""What a pod does: one step of a dataset's pipeline, or some in order, against the metadata store that all pods share.

A pod that is started again for the same run finds the steps that are done, and carries on with the first that is not.
"""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.data.sources import Located
from pipelines import steps
from pipelines.execution import preflight, reporting, session
from pipelines.execution.metadata_store import Store
from pipelines.execution.session import Request, Session
from schemas import events
from schemas.errors import InputError
from schemas.files import write_whole

_SECONDS_TO_MARK = 10.0  # twice; Kubernetes gives 30


@dataclass(frozen=True)
class Task:
    """What this process is asked to do.

    Attributes:
      request: the run, its page with the parameters and the curated schema's names taken in.
      nodes: ids of steps, in the order in which they are to run.
      run_id: that all tasks of the run share.
      store: the metadata store.
      result: where the run's result is written, None for nowhere.
    """

    request: Request
    nodes: tuple[str, ...]
    run_id: str
    store: Store
    result: Path | None

    @property
    def logs(self) -> Path:
        """The folder of what the libraries say, which all tasks of the run share."""
        return self.request.home.pipeline(self.request.pipeline.name) / "logs" / self.run_id

    @property
    def log(self) -> Path:
        """What the libraries of this task say."""
        return self.logs / f"{self.nodes[0]}.log"


class Nodes:
    """Runs a task's nodes; ``abandon`` may be called from another thread at any moment."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._launched: tuple[Session, str] | None = None

    def run(self) -> None:
        """Imports TFX, builds the pipeline, launches each node, and writes the result if it is asked for.

        Raises:
          InputError: something that the user can mend.
          Exception: what a node raised.
        """
        task, request = self._task, self._task.request
        located = Located("", "", 0)  # for steps that do not read the source it need not even be there
        if any(steps.BY_ID[node].reads_source for node in task.nodes):
            located = preflight.located(request.pipeline, request.home, request.span, request.window)
        with session.opened(request, located, task.store, task.run_id, task.log) as opened:
            self._launch(opened)

    def _launch(self, opened: Session) -> None:
        from pipelines.execution import launching, local_runner

        task, connection = self._task, opened.connection
        if steps.TABLE[0].id in task.nodes:
            name = opened.ir.pipeline_info.id
            connection.durably(lambda: local_runner.mark_deleted(connection, name, opened.root))
        for node in task.nodes:
            self._launched = (opened, node)
            step = opened.launch(node)
            self._launched = None
            if step.kept:
                events.publish(events.Note(f"{node} was done by an earlier attempt of run {task.run_id}"))
        if steps.RESULT_STEP in task.nodes:
            self._report(connection.durably(lambda: launching.finished(opened.ir, connection)))

    def _report(self, done: dict[str, Any]) -> None:
        from pipelines.execution import result

        task = self._task
        seconds = {step.name: round(step.seconds, 3) for step in done.values()}
        made = result.of_steps(task.request.pipeline, task.run_id, done, seconds, task.logs)
        made = reporting.with_report(task.request.home, made)
        total = round(sum(seconds.values()), 3)
        made = dataclasses.replace(made, seconds=seconds | {"total": total})
        if made.blessed:
            events.publish(events.Note(f"blessed as version {made.version}: {made.pushed_to}"))
        else:
            events.publish(events.Note("not blessed: nothing was pushed; what was pushed before stays"))
        if task.result is not None:
            write_whole(task.result, json.dumps(made.to_json()))

    def abandon(self) -> None:
        """Marks the node that runs as failed in MLMD, and removes what it has written so far."""
        launched = self._launched
        if launched is None:
            events.publish(events.Note("stopped by a signal between two nodes"))
            return
        from pipelines.execution import launching

        opened, name = launched
        connection = opened.connection
        # Never let go: what is being published is published, and after that nothing is.
        if not connection.writing.acquire(timeout=_SECONDS_TO_MARK):
            text = f"stopped by a signal while {name} wrote metadata; the next attempt will look after it"
            events.publish(events.Note(text))
            return
        briefly = launching.Connection(dataclasses.replace(connection.place, wait=_SECONDS_TO_MARK))
        try:
            abandoned = launching.abandon(opened.ir, opened.nodes[name], briefly)
        except InputError as error:
            text = f"stopped by a signal while {name} ran, and it could not be marked as failed: {error}"
        else:
            done = f"stopped by a signal after {name}, which is done"
            text = (
                f"stopped by a signal: {name} is marked as failed, and what it wrote is removed" if abandoned else done
            )
        events.publish(events.Note(text))

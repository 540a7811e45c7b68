"""What a pod runs: one node of a dataset's pipeline, or some in order, against the metadata store that all pods share.

    python -m pipelines.kubeflow.node NAME --node A [--node B ...] --run-id ID [--param KEY=VALUE ...] [--result FILE]

Its exit codes are those of schemas.exit_codes; 0 also where the model was not blessed: that is said. A pod that is started
again for the same run finds the nodes that are done, and carries on with the first that is not.
"""

import argparse
import dataclasses
import gc
import json
import re
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from cli import console
from components.data.sources import Located
from pipelines import steps
from pipelines.beam import job_server, runners
from pipelines.execution import metadata_store, preflight, termination
from pipelines.execution.metadata_store import Store
from pipelines.page import catalog, parameters
from pipelines.page.parameters import Parameters
from pipelines.page.resolution import with_domains
from pipelines.spec import Pipeline
from schemas import events
from schemas.errors import InputError, shown
from schemas.exit_codes import ExitCode
from schemas.files import write_whole
from schemas.home import Home, data_root
from schemas.quiet import output_to

_SECONDS_TO_MARK = 10.0  # twice; Kubernetes gives 30
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class Task:
    """What this process is asked to do.

    Attributes:
      pipeline: the page, with the parameters taken in.
      nodes: ids, in the order in which they are to run.
      run_id: that all tasks of the run share.
      given: the run's parameters.
      home: where things are kept, with the parameters' data root.
      store: the metadata store.
      beam_args: where Beam's work is done (pipelines.beam.runners).
      result: where the run's result is written, None for nowhere.
    """

    pipeline: Pipeline
    nodes: tuple[str, ...]
    run_id: str
    given: Parameters
    home: Home
    store: Store
    beam_args: tuple[str, ...]
    result: Path | None


class Nodes:
    """Runs a task's nodes; ``abandon`` may be called from another thread at any moment."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._launched: tuple[Any, Any, Any] | None = None  # the compiled pipeline, the node, the connection

    def run(self) -> None:
        """Imports TFX, builds the pipeline, launches each node, and writes the result if it is asked for.

        Raises:
          InputError: something that the user can mend.
          Exception: what a node raised.
        """
        task = self._task
        located = Located("", "", 0)  # for steps that do not read the source it need not even be there
        if any(steps.BY_ID[node].reads_source for node in task.nodes):
            located = preflight.located(task.pipeline, task.home, task.given.span)
        if task.store.server:
            metadata_store.connect(task.store, first=True)
        events.publish(events.StepStarted(steps.IMPORTS))
        begun = time.monotonic()
        with job_server.running(task.beam_args, _logs(task) / f"{task.nodes[0]}.job_server.log") as beam_args:
            ir = self._compiled(located, beam_args)
            events.publish(events.StepFinished(steps.IMPORTS, time.monotonic() - begun, False))
            self._launch(ir)

    def _compiled(self, located: Located, beam_args: Callable[[], tuple[str, ...]]) -> Any:
        task = self._task
        # Collecting garbage while a million objects are made that all stay takes a fifth of the time.
        gc.disable()
        from pipelines.beam import memoising
        from pipelines.execution import builder, launching

        gc.freeze()
        gc.enable()
        memoising.speed_up()
        root = task.store.root(task.home, task.pipeline.name)
        given = task.given
        options: dict[str, Any] = {"cache": given.cache, "accept_drift": given.accept_drift, "beam_args": beam_args()}
        built = builder.build(task.pipeline, located, task.home, root, limit=given.limit, **options)
        return launching.compiled(built, task.run_id)

    def _launch(self, ir: Any) -> None:
        from pipelines import workers
        from pipelines.execution import launching, local_runner

        task, nodes = self._task, launching.nodes_of(ir)
        connection = launching.Connection(task.store)
        if steps.TABLE[0].id in task.nodes:
            root = task.store.root(task.home, task.pipeline.name)
            connection.durably(lambda: local_runner.mark_deleted(connection, ir.pipeline_info.id, root))
        for name in task.nodes:
            events.publish(events.StepStarted(name))
            self._launched = (ir, nodes[name], connection)
            operators = workers.operators_for(task.pipeline.training) if name == steps.TRAINER else None
            step = launching.launch(ir, nodes[name], connection, operators)
            self._launched = None
            events.publish(events.StepFinished(name, step.seconds, step.cached or step.kept))
            if step.kept:
                events.publish(events.Note(f"{name} was done by an earlier attempt of run {task.run_id}"))
        if steps.RESULT_STEP in task.nodes:
            self._report(connection.durably(lambda: launching.finished(ir, connection)))

    def _report(self, done: dict[str, Any]) -> None:
        from pipelines.execution import result

        task = self._task
        seconds = {step.name: round(step.seconds, 3) for step in done.values()}
        made = result.of_steps(task.pipeline, task.run_id, done, seconds, _logs(task))
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

        ir, node, connection = launched
        name = node.node_info.id
        # Never let go: what is being published is published, and after that nothing is.
        if not connection.writing.acquire(timeout=_SECONDS_TO_MARK):
            text = f"stopped by a signal while {name} wrote metadata; the next attempt will look after it"
            events.publish(events.Note(text))
            return
        briefly = launching.Connection(dataclasses.replace(connection.place, wait=_SECONDS_TO_MARK))
        try:
            abandoned = launching.abandon(ir, node, briefly)
        except InputError as error:
            text = f"stopped by a signal while {name} ran, and it could not be marked as failed: {error}"
        else:
            done = f"stopped by a signal after {name}, which is done"
            text = (
                f"stopped by a signal: {name} is marked as failed, and what it wrote is removed" if abandoned else done
            )
        events.publish(events.Note(text))


def run(task: Task, terminal: TextIO) -> int:
    """Runs the task's nodes; returns the exit code, and says on ``terminal`` what failed."""
    nodes = Nodes(task)
    termination.at_signal(nodes.abandon)
    try:
        nodes.run()
    except Exception as error:
        traceback.print_exception(error)  # into the log
        mendable = error if isinstance(error, InputError) else preflight.explained(error, task.home)
        line = " ".join(str(mendable or f"{type(error).__name__}: {str(error)[:500]}").split())
        print(f"slipway: {line} (the libraries' own output is in {_logs(task)})", file=terminal, flush=True)
        return mendable.exit_code if mendable else ExitCode.FAILED
    return ExitCode.DONE


def main(arguments: Sequence[str]) -> int:
    """Reads the command line and the environment, and runs; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        task = _task(options)
        log = _logs(task) / f"{task.nodes[0]}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
    except InputError as error:
        print(f"slipway: {error}", file=sys.stderr)
        return error.exit_code
    with console.showing(), output_to(log) as terminal:
        return run(task, terminal)


def _task(options: argparse.Namespace) -> Task:
    if not _RUN_ID.fullmatch(options.run_id):
        raise InputError(
            f"--run-id {shown(options.run_id)}: up to 100 letters, digits, points, dashes and underscores are expected; "
            "Kubeflow fills a placeholder in only where it is a whole input of the task"
        )
    _check_known(options.node)
    given = parameters.parse(options.param)
    pipeline = with_domains(parameters.applied(catalog.load(options.name), given))
    home = Home.from_environment()
    if given.data:
        home = dataclasses.replace(home, data=data_root(given.data))
    home.prepare(pipeline.name)
    store = metadata_store.from_environment(home)
    nodes = tuple(options.node)
    beam_args = runners.from_environment() if any(steps.BY_ID[node].beam for node in nodes) else runners.LOCAL_ARGS
    return Task(pipeline, nodes, options.run_id, given, home, store, beam_args, options.result)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m pipelines.kubeflow.node", description="Runs nodes of a dataset's pipeline."
    )
    parser.add_argument("name", metavar="NAME", help="the dataset")
    parser.add_argument("--node", action="append", required=True, metavar="NODE", help="a node; again for the next one")
    parser.add_argument("--run-id", required=True, metavar="ID", help="the run, which all its tasks share")
    parser.add_argument("--param", action="append", default=[], metavar="KEY=VALUE", help="a parameter of the run")
    parser.add_argument("--result", type=Path, metavar="FILE", help="with the node Pusher: write the result as JSON")
    return parser


def _check_known(nodes: Sequence[str]) -> None:
    for node in nodes:
        if node not in steps.BY_ID:
            raise InputError(f"--node {shown(node)}: the pipeline has no such node; it has {', '.join(steps.BY_ID)}")


def _logs(task: Task) -> Path:
    return task.home.pipeline(task.pipeline.name) / "logs" / task.run_id


if __name__ == "__main__":
    given_arguments = sys.argv[1:]
    del sys.argv[1:]  # TFX would hand them to every executor
    termination.end(main(given_arguments))

"""Runs a pipeline's tasks: in the DAG's order, as many at once as the nodes have room for, with retries."""

import asyncio
import contextlib
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pipelines.kubeflow.simulate import attempts, early, placeholders, places, pods, retries, scheduling, values
from pipelines.kubeflow.simulate.attempts import Ended, Kill, Running
from pipelines.kubeflow.simulate.cluster import Cluster
from pipelines.kubeflow.simulate.display import Display
from pipelines.kubeflow.simulate.document import Document, Task
from pipelines.kubeflow.simulate.engine import Engine
from pipelines.kubeflow.simulate.placeholders import Run
from pipelines.kubeflow.simulate.record import FAILED, OMITTED, SUCCEEDED, Attempt, Outcome
from pipelines.kubeflow.simulate.values import Values
from schemas.errors import InputError

_FAILED_OUTPUT = 1


@dataclass(frozen=True)
class Settings:
    """How a simulation is carried out.

    Attributes:
      shared: the folder whose subfolders are the claims.
      own: the run's folder: logs, and what goes with the pods.
      engine: runs the pods.
      kills: by task.
      backoff_scale: the share of each back-off that is waited.
    """

    shared: Path
    own: Path
    engine: Engine
    kills: Mapping[str, Kill]
    backoff_scale: float = 0.0


def check(document: Document, run: Run, cluster: Cluster, engine: Engine, shared: Path) -> tuple[list[str], list[str]]:
    """Checks every task against the cluster and what runs the pods; nothing is started.

    Returns:
      The folders of this machine that are $SLIPWAY_HOME of tasks; and notes on what will not go as it may seem.

    Raises:
      InputError: a task cannot run as it is written, or the cluster has no room or lacks something; says what.
    """
    homes: set[str] = set()
    notes: dict[str, list[str]] = {}
    for name, task in document.tasks.items():
        given = placeholders.inputs(task, run, {})
        placeholders.command(task, given, _files(task))
        pod = pods.made(task, given, run, cluster)
        places.check(name, pod, cluster)
        scheduling.check(name, pod, cluster)
        engine.check(name, pod)
        if home := pod.environment.get("SLIPWAY_HOME"):
            homes.add(places.of(pod, {}, shared, shared).rewritten(home))
        # Notes and no errors: the pipeline would run in a cluster, and here in a slightly different way.
        if note := retries.check(task):
            notes.setdefault(note, []).append(name)
        if places.GPUS in pod.environment:
            note = f"GPUs are counted here, not simulated: it trains on {engine.devices}"
            notes.setdefault(note, []).append(name)
    return sorted(homes), [f"{', '.join(tasks)}: {note}" for note, tasks in notes.items()]


def _files(task: Task) -> dict[str, str]:
    return {name: f"{places.OUTPUTS}/{name}" for name in task.component.output_definitions.parameters}


async def run(
    document: Document, run: Run, cluster: Cluster, settings: Settings, display: Display
) -> dict[str, Outcome]:
    """Runs all tasks; after a failure those that run go on to their end, and no other one starts.

    Cancelled, it ends all processes first.
    """
    simulation = _Simulation(document, run, cluster, settings, display)
    return await simulation.run()


class _Simulation:
    def __init__(self, document: Document, run: Run, cluster: Cluster, settings: Settings, display: Display) -> None:
        self._document, self._run, self._cluster = document, run, cluster
        self._settings, self._display = settings, display
        self._outcomes = {name: Outcome(state=OMITTED, attempts=[], outputs={}) for name in document.tasks}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._begun = {name: asyncio.Event() for name in document.tasks}
        self._early: dict[str, Running] = {}
        self._room = scheduling.Room(cluster.nodes)
        self._changed = asyncio.Condition()
        self._failed = False

    async def run(self) -> dict[str, Outcome]:
        for name, task in self._document.tasks.items():  # each after those that it waits for
            self._running[name] = asyncio.create_task(self._run_task(task))
            self._running[name].add_done_callback(partial(self._release_waiting, name))
        try:
            await asyncio.gather(*self._running.values())
        finally:
            # gather raises the first error and leaves the others running: no process may outlive the run.
            for running in self._running.values():
                running.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)
            # A pod that was started early for a task whose turn never came.
            await asyncio.gather(*(process.discard() for process in self._early.values()))
        return self._outcomes

    def _release_waiting(self, name: str, _: asyncio.Task[None]) -> None:
        """Ends the wait for the start of a task that never started."""
        self._begun[name].set()

    async def _run_task(self, task: Task) -> None:
        """One task, from the end of those that it waits for to its own."""
        if upstream := [self._running[name] for name in task.spec.dependent_tasks]:
            if self._settings.engine.early:
                await self._start_early(task)
            await asyncio.wait(upstream)
        if any(self._outcomes[name]["state"] != SUCCEEDED for name in task.spec.dependent_tasks):
            return
        begun = time.monotonic()
        try:
            given = placeholders.inputs(task, self._run, self._outputs())
            pod = pods.made(task, given, self._run, self._cluster)
            command = placeholders.command(task, given, _files(task))
            await self._attempts(task, pod, command, begun)
        except InputError as error:  # a value that another task gave
            self._end(task.name, FAILED, begun, str(error))

    async def _attempts(self, task: Task, pod: pods.Pod, command: list[str], begun: float) -> None:
        outcome, policy = self._outcomes[task.name], retries.Retries(task)
        # Until the policy has no retry left. Each attempt looks for room anew: its node may have been given away meanwhile.
        while True:
            number = len(outcome["attempts"]) + 1
            node = await self._reserved_node(pod)
            if node is None:
                return
            try:  # the room goes back however the attempt ends, or a retry could wait for its own node
                self._display.started(task.name, node, number)
                self._begun[task.name].set()
                attempt, outputs = await self._attempt(task, pod, command, node, number, policy.left(pod.deadline))
            finally:
                await self._release(node, pod)
            outcome["attempts"].append(attempt)
            if not attempt["reason"]:
                outcome["outputs"] = outputs
                self._end(task.name, SUCCEEDED, begun, f"on {node}{_times(number)}")
                return
            wait, refusal = policy.next(number)
            if wait is None:
                self._end(task.name, FAILED, begun, f"{attempt['reason']}{refusal}; see {attempt['log']}")
                return
            self._display.retried(task.name, f"{attempt['reason']}; {self._waits(wait)}")
            await asyncio.sleep(wait * self._settings.backoff_scale)

    def _waits(self, wait: float) -> str:
        scale = self._settings.backoff_scale
        there = f" (a cluster waits {wait:g} s)" if scale < 1 else ""
        return f"retried {f'in {wait * scale:g} s' if scale else 'at once'}{there}"

    async def _reserved_node(self, pod: pods.Pod) -> str | None:
        """The node on which there is room, as soon as there is; None once a task has failed."""
        async with self._changed:
            # Looked at again after each wait: room that a failed task has left must not start another one.
            while not self._failed:
                if (node := self._room.place(pod)) is not None:
                    return node
                await self._changed.wait()
        return None

    async def _release(self, node: str, pod: pods.Pod) -> None:
        self._room.release(node, pod)
        async with self._changed:
            self._changed.notify_all()

    async def _attempt(
        self, task: Task, pod: pods.Pod, command: list[str], node: str, number: int, deadline: float | None
    ) -> tuple[Attempt, Values]:
        # The first attempt alone, so that what is tried is the retry.
        kill = self._settings.kills.get(task.name) if number == 1 else None
        own = self._own(task, number)
        begun = time.monotonic()
        outputs: Values = {}
        try:
            running = self._early.pop(task.name, None) or await self._start(task, pod, command, node, number)
            ended = await running.end(partial(self._display.line, task.name), kill, deadline)
        except OSError as error:
            ended = Ended(attempts.NOT_STARTED, f"cannot start {command[0]}: {error.strerror}")
        if not ended.reason:
            outputs, ended = _collected(task, own / places.OWN_OUTPUTS, ended)
        log, seconds = own.with_suffix(".log"), time.monotonic() - begun
        attempt = Attempt(
            node=node,
            exit_code=ended.code,
            seconds=round(seconds, 2),
            log=str(log),
            killed=ended.killed,
            reason=ended.reason,
        )
        return attempt, outputs

    def _outputs(self) -> dict[str, Values]:
        return {name: outcome["outputs"] for name, outcome in self._outcomes.items()}

    def _own(self, task: Task, number: int) -> Path:
        """The folder of what goes with a pod."""
        return self._settings.own / task.name / f"attempt-{number}"

    async def _start(
        self, task: Task, pod: pods.Pod, command: list[str], node: str, number: int, gated: bool = False
    ) -> Running:
        own = self._own(task, number)
        own.parent.mkdir(parents=True, exist_ok=True)
        at = places.of(pod, self._cluster.services, self._settings.shared, own)
        uid = str(uuid.uuid4())
        identity = pods.Identity(f"{self._run.resource}-{task.name}-{uid[:8]}", uid, node)
        return await self._settings.engine.start(pod, command, identity, at, own, gated)

    async def _start_early(self, task: Task) -> None:
        """Starts a task's first pod, gated, when those that it waits for have started.

        Not one whose inputs or fields are known only later: it would start with other ones than in its turn.
        """
        for name in task.spec.dependent_tasks:
            await self._begun[name].wait()
        given = placeholders.inputs(task, self._run, self._outputs())
        pod = pods.made(task, given, self._run, self._cluster)
        command = early.command(placeholders.command(task, given, _files(task)))
        if command and not pod.fields and placeholders.UNKNOWN not in given.values() and not self._failed:
            with contextlib.suppress(OSError):  # the start in its turn reports it
                self._early[task.name] = await self._start(task, pod, command, "", 1, gated=True)

    def _end(self, name: str, state: str, begun: float, what: str) -> None:
        self._outcomes[name]["state"] = state
        self._failed = self._failed or state == FAILED
        self._display.finished(name, state, time.monotonic() - begun, what)


def _times(number: int) -> str:
    return f", at attempt {number}" if number > 1 else ""


def _collected(task: Task, folder: Path, ended: Ended) -> tuple[Values, Ended]:
    """The output parameters; a task that did not write one, or not in its type, has failed."""
    found = {}
    for name, declared in task.component.output_definitions.parameters.items():
        try:
            found[name] = values.from_text((folder / name).read_text(encoding="utf-8"), declared.parameter_type)
        except FileNotFoundError:
            return {}, Ended(_FAILED_OUTPUT, f"did not write its output {name}")
        except (OSError, ValueError) as error:
            return {}, Ended(_FAILED_OUTPUT, f"its output {name} cannot be read: {error}")
    return found, ended

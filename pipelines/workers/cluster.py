"""Workers as the pods of one Indexed Job, started from the Trainer's own pod."""

import hashlib
import os
import time
from collections.abc import Mapping
from pathlib import Path

from pipelines import termination
from pipelines.workers import job, pods
from pipelines.workers.ends import PROGRESS, End, WorkersLostError, cause, error_of, event_of
from pipelines.workers.kubernetes_api import Api
from schemas import events
from schemas.environment import seconds
from schemas.errors import InputError

WAIT = "SLIPWAY_WORKERS_WAIT"  # seconds until all workers must have started
_WAIT_SECONDS = 1800.0  # a pool of GPU nodes may have to grow first
_RESTARTS = 2
_SECONDS_BETWEEN_POLLS = 3.0
# After SIGTERM: of half a minute, in which the client tries each call four times, and MLMD is updated.
_SECONDS_TO_REMOVE = 2.0
_NAMESPACE_FILE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


def own_pod(environment: Mapping[str, str] = os.environ) -> tuple[str, str] | None:
    """Namespace and name of the pod that this process runs in, as the pod's environment names it; None outside of one."""
    # KFP's own variable stands in for a pod that was not compiled with ours (pipelines.kubeflow.compiler).
    name = environment.get("SLIPWAY_POD_NAME") or environment.get("KFP_POD_NAME")
    if not name or not environment.get("KUBERNETES_SERVICE_HOST"):
        return None
    namespace = environment.get("SLIPWAY_POD_NAMESPACE") or environment.get("NAMESPACE")
    return namespace or _NAMESPACE_FILE.read_text(encoding="utf-8").strip(), name


def run(order: Path, workers: int, run_id: str, api: Api | None = None) -> None:
    """Runs the workers to their end, and all of them again when some are lost; nothing of them is left in the cluster.

    Args:
      order: the file of pipelines.workers.order, in a folder that all pods mount at the same path.
      run_id: names the pipeline and its run: an attempt that died may have left its workers behind.
      api: the cluster's; None for that of the own pod.

    Raises:
      InputError: something that the user can mend: rights, room in the cluster, or what a worker says.
      WorkersLostError: workers were lost again and again.
      RuntimeError: a worker failed.
    """
    api = api or Api.of_pod(*(own_pod() or ("", "")))
    name = name_of(run_id)
    with termination.also(lambda: api.remove(name, wait=False, patience=_SECONDS_TO_REMOVE)):
        # All start again together: the collective operations of the others fail as soon as one worker is gone.
        for attempt in range(_RESTARTS + 1):
            try:
                _attempt(api, name, workers, order)
                return
            except WorkersLostError as error:
                if attempt == _RESTARTS:
                    raise
                text = f"{error}; starting all workers again ({attempt + 1} of {_RESTARTS})"
                events.publish(events.Note(text))


def name_of(run_id: str) -> str:
    """The name of Job and Service; a pod's name, with its number, is at most 63 characters."""
    return f"slipway-workers-{hashlib.sha256(run_id.encode()).hexdigest()[:12]}"


def _attempt(api: Api, name: str, workers: int, order: Path) -> None:
    limit = seconds(WAIT, _WAIT_SECONDS, os.environ)
    api.remove(name, wait=True)  # those of an attempt before: two trainings would write one checkpoint
    pod = api.pod()
    try:
        api.create(job.service(pod, name), job.job(pod, name, workers, order))
        events.publish(events.Note(f"started {workers} workers as Job {name}"))
        ended = _watch(api, name, workers, limit)
    finally:
        api.remove(name, wait=False)
    if any(end.code for end in ended):
        raise error_of(cause(ended))


def _watch(api: Api, name: str, workers: int, limit: float) -> list[End]:
    """Publishes the chief's events until the Job is done or has failed; returns how its workers ended.

    Args:
      limit: how many seconds all workers have to start.
    """
    begun = time.monotonic()
    started, reported, log = False, "", Log()
    while True:
        # The Job before its log: at the poll that finds the Job's end, the log then has all that was written until then.
        current, found = api.job(name), api.pods(name)
        over = pods.is_done(current) or pods.has_failed(current)
        started = started or pods.have_started(found, workers)
        for line in log.new(api.log(found, log.seconds())):
            events.publish(event_of(line))
        if over:
            return pods.ends(current, found)
        if not started:
            obstacles = "; ".join(pods.obstacles(found) or api.events(name) if time.monotonic() - begun > 1 else [])
            if time.monotonic() - begun > limit:
                raise InputError(
                    f"not all of {workers} workers have started in {limit:.0f} s ({obstacles or 'no reason is given'}); "
                    f"make room in the cluster, take fewer workers, or set {WAIT} to more seconds"
                )
            if obstacles and obstacles != reported:
                events.publish(events.Waiting("workers", f"waiting for workers: {obstacles}"))
                reported = obstacles
        time.sleep(_SECONDS_BETWEEN_POLLS)


class Log:
    """The chief's events in what the API repeats of its log, each line with its time before it."""

    def __init__(self) -> None:
        self._last = ""
        self._seen: set[str] = set()  # the lines of that time: CRI-O gives one to all that it reads at once
        self._read: float | None = None

    def seconds(self) -> int | None:
        """How far back the log must be read: a little further than to the last time."""
        before, self._read = self._read, time.monotonic()
        return None if before is None else int(self._read - before) + 10

    def new(self, repeated: str) -> list[str]:
        """The events, as JSON, among the lines of ``repeated`` that no earlier call has had."""
        found = []
        for line in repeated.splitlines():
            when, _, text = line.partition(" ")
            if when < self._last or line in self._seen:
                continue
            self._seen = {*self._seen, line} if when == self._last else {line}
            self._last = when
            if text.startswith(PROGRESS):
                found.append(text.removeprefix(PROGRESS))
        return found

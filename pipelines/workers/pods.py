"""The state of a Job of workers and of its pods, read from the API's objects: running, ended and how, or waiting and why."""

import signal

from pipelines.workers.ends import End
from pipelines.workers.job import Manifest
from schemas.exit_codes import SIGNAL

_INDEX = "batch.kubernetes.io/job-completion-index"
_KILLED = SIGNAL + signal.SIGKILL
_NORMAL = ("ContainerCreating", "PodInitializing")  # what a container waits for on its way


def is_done(job: Manifest) -> bool:
    """Whether all workers have succeeded."""
    return _has_condition(job, "Complete")


def has_failed(job: Manifest) -> bool:
    """Whether a worker has failed, also where some of the others are still ending."""
    # Newer clusters set FailureTarget at the first failed pod, and Failed once all pods have ended.
    return _has_condition(job, "Failed") or _has_condition(job, "FailureTarget")


def have_started(pods: list[Manifest], workers: int) -> bool:
    """Whether each worker runs or has run."""
    # A worker may start and end between two polls, so an ended one counts.
    return len({index_of(pod) for pod in pods if _states(pod, "running") or _states(pod, "terminated")}) == workers


def obstacles(pods: list[Manifest]) -> list[str]:
    """Why pods do not start, one line for each worker that waits."""
    found = []
    for pod in sorted(pods, key=index_of):
        conditions = pod.get("status", {}).get("conditions") or []
        unscheduled = [one for one in conditions if one["type"] == "PodScheduled" and one["status"] == "False"]
        waiting = [state for state in _states(pod, "waiting") if state.get("reason") not in (None, *_NORMAL)]
        for one in [*unscheduled, *waiting]:
            text = ": ".join(filter(None, (one.get("reason"), one.get("message"))))
            found.append(f"worker {index_of(pod)}: {text}")
    return found


def ends(job: Manifest, pods: list[Manifest]) -> list[End]:
    """How the workers ended that have; of a failed Job at least one, though its pod may be gone."""
    found = [end for pod in sorted(pods, key=index_of) if (end := _end(pod)) is not None]
    if has_failed(job) and all(end.code == 0 for end in found):
        conditions = [one for one in job["status"]["conditions"] if one["type"] in ("Failed", "FailureTarget")]
        reason = ": ".join(filter(None, (conditions[0].get("reason"), conditions[0].get("message"))))
        seen = {end.worker for end in found}
        missing = next((index for index in range(job["spec"]["completions"]) if index not in seen), 0)
        found.append(End(missing, _KILLED, reason=f"its pod is gone; {reason}"))
    return found


def is_indexed(pod: Manifest) -> bool:
    """Whether the pod is one of the Job's; the Service's selector may find others."""
    return _INDEX in (pod["metadata"].get("annotations") or {})


def index_of(pod: Manifest) -> int:
    """Which worker the pod is."""
    return int((pod["metadata"].get("annotations") or {})[_INDEX])


def _end(pod: Manifest) -> End | None:
    status = pod.get("status", {})
    terminated = _states(pod, "terminated")
    reasons = [
        ": ".join(filter(None, (one.get("reason"), one.get("message"))))
        for one in status.get("conditions") or []
        if one["type"] == "DisruptionTarget" and one["status"] == "True"
    ] or [": ".join(filter(None, (status.get("reason"), status.get("message"))))]
    if terminated:
        state = terminated[0]
        reason = reasons[0] or (state.get("reason", "") if state.get("reason") not in ("Error", "Completed") else "")
        return End(index_of(pod), state["exitCode"], state.get("message") or "", reason)
    if status.get("phase") == "Failed":  # evicted, or its node was lost
        return End(index_of(pod), _KILLED, reason=reasons[0])
    return None


def _states(pod: Manifest, name: str) -> list[Manifest]:
    statuses = pod.get("status", {}).get("containerStatuses") or []
    return [one["state"][name] for one in statuses if (one.get("state") or {}).get(name) is not None]


def _has_condition(job: Manifest, kind: str) -> bool:
    conditions = job.get("status", {}).get("conditions") or []
    return any(one["type"] == kind and one["status"] == "True" for one in conditions)

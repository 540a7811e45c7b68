"""Whether and when a failed pod is started again, as Argo does it for KFP's retryPolicy."""

import time

from pipelines.kubeflow.simulate.document import Task
from schemas.errors import InputError


def check(task: Task) -> str | None:
    """What a task does whose policy retries less than it seems to, or None.

    Raises:
      InputError: a factor that Argo does not take.
    """
    policy, deadline = task.spec.retry_policy, task.pod.active_deadline_seconds
    if policy.backoff_factor != int(policy.backoff_factor):
        raise InputError(
            f"task {task.name}: retryPolicy.backoffFactor: received {policy.backoff_factor:g}; Argo takes whole numbers"
        )
    limit = policy.backoff_max_duration.seconds
    if not policy.max_retry_count or (deadline and deadline <= limit):
        return None
    runs = f"may run {deadline} s" if deadline else "may run without a limit"
    return (
        f"{runs}, and is not retried later than {limit} s after its first start: Argo takes backoffMaxDuration for the time "
        "in which all attempts must end"
    )


class Retries:
    """The retries of one task, from its first pod on.

    ``backoffMaxDuration`` becomes Argo's ``maxDuration``: the time from the first pod's start after which nothing is retried
    any more, and at which a retried pod is ended. Waits count in full, whatever part of them is waited here.
    """

    def __init__(self, task: Task) -> None:
        policy = task.spec.retry_policy
        self._most = policy.max_retry_count
        self._base, self._factor = policy.backoff_duration.seconds, policy.backoff_factor
        self._limit = policy.backoff_max_duration.seconds  # where there is none KFP hands on 0, and nothing is retried
        self._begun = time.monotonic()
        self._skipped = 0.0
        self._retried = False  # Argo ends only a retried pod at maxDuration; the first one runs to its own deadline

    def left(self, deadline: float | None) -> float | None:
        """Seconds that the next pod may run."""
        if not self._retried:
            return deadline
        left = max(self._limit - self._elapsed(), 0.0)
        return left if deadline is None else min(left, deadline)

    def next(self, attempts_made: int) -> tuple[float | None, str]:
        """The back-off before the next pod, or None and why there is none."""
        if attempts_made > self._most:
            return None, f" (attempt {attempts_made} of {self._most + 1})" if self._most else ""
        wait = self._base * (self._factor ** (attempts_made - 1) if self._factor >= 1 else 1)
        if self._elapsed() + wait > self._limit:
            return None, f" (not retried: backoffMaxDuration allows {self._limit} s from the first start)"
        self._skipped += wait
        self._retried = True
        return wait, ""

    def _elapsed(self) -> float:
        return time.monotonic() - self._begun + self._skipped

"""Adaptive batching: requests that arrive while a batch runs are the next batch.

Each request has a thread (leader and followers). One that finds no run in progress leads: it runs what has queued up, its own
call too, and hands the lead to the first that came meanwhile. Under light load a request runs at once, alone, in its own
thread; the more arrive, the larger the batches become. Clients cannot see it: calls share a run only where the signature
leaves every first dimension open and the arrays have the same dtypes and inner shapes. Where a shared run fails, each call is
run again by itself, so that one bad picture fails no other request. A call whose client disconnects while it waits is not
run.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import grpc
import numpy as np

from serving.model_server.calls import Call
from serving.model_server.errors import ServingError, invalid
from serving.model_server.metrics import Metrics
from serving.model_server.padding import NO_PADDING, Padding
from serving.model_server.session import Session

EXPIRED = "Timed out waiting for notification"
DISCONNECTED = "The client has disconnected"
_POOL = "model_server_batch_threads"  # TensorFlow Serving's name of it
_FOR_EVER = -1
_MOST_QUEUES = 1000


class Client(Protocol):
    """The client of a call, as far as batching needs it. gRPC's ServicerContext is one."""

    def add_callback(self, callback: Callable[[], None]) -> bool:
        """Has ``callback`` called, in any thread, when the client has disconnected or was answered.

        Returns False, without ever calling it, where that has already happened.
        """


class LocalClient:
    """A client whose owner calls ``disconnect``; the REST server has one per request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] | None = []

    def add_callback(self, callback: Callable[[], None]) -> bool:
        """As ``Client.add_callback``."""
        with self._lock:
            if self._callbacks is not None:
                self._callbacks.append(callback)
            return self._callbacks is not None

    def disconnect(self) -> None:
        """Calls each callback once, in this thread; those that come later are refused."""
        with self._lock:
            callbacks, self._callbacks = self._callbacks, None
        for callback in callbacks or ():
            callback()


@dataclass(frozen=True)
class Limits:
    """How batches are made.

    Attributes:
      rows: the most rows of a batch; a larger request runs alone. 0 for no batches.
      delay: seconds that a batch waits for more rows; 0 to wait only while another one runs.
      threads: runs of the same model and signature at once.
      padding: what batches are filled up to.
      larger_refused: a larger request is an error instead.
    """

    rows: int = 128
    delay: float = 0.0
    threads: int = 1
    padding: Padding = NO_PADDING
    larger_refused: bool = False

    def check(self) -> None:
        """Raises ServingError for sizes that do not fit, with which TensorFlow Serving loads no model."""
        self.padding.check(self.rows)


class _Task:
    """A call that waits: for its outcome, or for the lead."""

    __slots__ = ("call", "deadline", "leads", "outcome", "queued", "rows", "woken")

    def __init__(self, call: Call[Any], rows: int, deadline: float | None) -> None:
        self.call = call
        self.rows = rows
        self.deadline = deadline
        self.queued = time.monotonic()
        self.leads = False
        self.outcome: list[np.ndarray] | Exception | None = None
        self.woken = threading.Lock()  # an Event would take five times as long
        self.woken.acquire()

    def remaining(self) -> float | None:
        return None if self.deadline is None else self.deadline - time.monotonic()


@dataclass
class _Queue:
    """The waiting calls that may share a run; all of it belongs to ``lock``."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    tasks: list[_Task] = field(default_factory=list)
    running: int = 0


class Batcher:
    """Runs the calls of one model, for any number of threads."""

    def __init__(self, session: Session, limits: Limits, metrics: Metrics) -> None:
        self._session = session
        self._limits = limits
        self._metrics = metrics
        self._queues: dict[Any, _Queue] = {}

    def run(self, call: Call[Any], timeout: float | None = None, client: Client | None = None) -> list[np.ndarray]:
        """The fetched arrays of one call.

        Raises:
          ServingError: DEADLINE_EXCEEDED after ``timeout`` seconds, CANCELLED where ``client`` disconnects before the run,
            TensorFlow's own error.
        """
        rows = _rows(call) if call.batchable else None
        if rows is not None and self._limits.larger_refused and rows > self._limits.rows > 0:
            raise invalid(f"Task size {rows} is larger than maximum input batch size {self._limits.rows}")
        if rows is None or rows > self._limits.rows:
            return self._session.run(call.feeds, call.fetches, timeout)
        task = _Task(call, rows, None if timeout is None else time.monotonic() + timeout)
        queue = self._queue(call)
        with queue.lock:
            queue.tasks.append(task)
            task.leads = queue.running < self._limits.threads
            queue.running += task.leads
        if not task.leads:
            if client is not None and not client.add_callback(lambda: self._drop(queue, task)):
                self._drop(queue, task)
            self._wait(queue, task)
        if task.leads:
            self._lead(queue, task)
        if isinstance(task.outcome, Exception):
            raise task.outcome
        assert task.outcome is not None
        return task.outcome

    def _queue(self, call: Call[Any]) -> _Queue:
        # TensorFlow Serving keeps the tensors apart too; what differs in dtype or inner shape cannot be concatenated.
        shape = self._limits.padding.shape_of_queue
        key = call.fetches, tuple((name, array.dtype, shape(array)) for name, array in call.feeds.items())
        found = self._queues.get(key)
        if found is None:
            if len(self._queues) >= _MOST_QUEUES:  # shapes that come once must not stay for ever
                self._queues = {}  # calls in an old queue are run by its leader, which has its own reference
            found = self._queues.setdefault(key, _Queue())
        return found

    def _wait(self, queue: _Queue, task: _Task) -> None:
        """Until the task has its outcome or the lead. Raises ServingError at its deadline."""
        remaining = task.remaining()
        if task.woken.acquire(timeout=_FOR_EVER if remaining is None else max(0, remaining)):
            return
        with queue.lock:
            if task in queue.tasks:
                queue.tasks.remove(task)
            if task.leads and task.outcome is None:  # the lead came between the timeout and the lock
                self._hand_over(queue)
        raise ServingError(grpc.StatusCode.DEADLINE_EXCEEDED, EXPIRED)

    @staticmethod
    def _drop(queue: _Queue, task: _Task) -> None:
        """Takes a task that still waits out of the queue, as its client has disconnected."""
        if task.outcome is not None:
            return  # the usual case: it was answered
        with queue.lock:
            if task.leads or task not in queue.tasks:  # it runs, or is about to
                return
            queue.tasks.remove(task)
            remaining = task.remaining()
            if remaining is not None and remaining <= 0:  # gRPC ends a call at its deadline, too
                task.outcome = ServingError(grpc.StatusCode.DEADLINE_EXCEEDED, EXPIRED)
            else:
                task.outcome = ServingError(grpc.StatusCode.CANCELLED, DISCONNECTED)
            task.woken.release()

    def _lead(self, queue: _Queue, own: _Task) -> None:
        """Runs batches until the own task is among the done, then hands the lead over."""
        while own.outcome is None:
            if self._limits.delay:
                time.sleep(self._limits.delay)
            with queue.lock:
                batch = self._take(queue, own)
            sizes = [task.rows for task in batch]
            self._metrics.batch(sizes, self._limits.padding.size(sum(sizes)))
            self._metrics.queuing(_POOL, time.monotonic() - batch[0].queued)
            outcomes = self._run_all(batch)
            if own in batch:
                with queue.lock:
                    self._hand_over(queue)  # before the others are woken, so that the next batch runs meanwhile
            for task, outcome in zip(batch, outcomes, strict=True):
                task.outcome = outcome
                if task is not own:
                    task.woken.release()

    @staticmethod
    def _hand_over(queue: _Queue) -> None:
        """Gives the lead to the first task that has none; without one the next request to come leads."""
        for task in queue.tasks:
            if not task.leads:
                task.leads = True
                task.woken.release()
                return
        queue.running -= 1

    def _take(self, queue: _Queue, own: _Task) -> list[_Task]:
        """The first tasks that fit in a batch."""
        rows = 0
        batch: list[_Task] = []
        for task in queue.tasks:
            if task.leads and task is not own:
                continue  # with several threads: it is awake, and about to take itself
            rows += task.rows
            # The order is kept: taking a smaller task from further back could starve a large one.
            if batch and rows > self._limits.rows:
                break
            batch.append(task)
        taken = set(batch)
        queue.tasks = [task for task in queue.tasks if task not in taken]
        return batch

    def _run_all(self, batch: list[_Task]) -> Sequence[list[np.ndarray] | Exception]:
        """Runs the tasks together, or one by one where that fails."""
        try:
            return self._run_together(batch)
        except Exception as error:
            # A lone task has failed by itself: a second run would only repeat the error.
            return [error] if len(batch) == 1 else [self._run_alone(task) for task in batch]

    def _run_alone(self, task: _Task) -> list[np.ndarray] | Exception:
        try:
            return self._run_together([task])[0]
        except Exception as error:
            return error

    def _run_together(self, batch: list[_Task]) -> list[list[np.ndarray]]:
        remaining = [task.remaining() for task in batch]
        # The longest deadline, as TensorFlow Serving does: a shorter one would fail the batch for those that can wait.
        timeout = None if None in remaining else max(r for r in remaining if r is not None)
        if timeout is not None and timeout <= 0:
            raise ServingError(grpc.StatusCode.DEADLINE_EXCEEDED, EXPIRED)
        first = batch[0].call
        rows = [task.rows for task in batch]
        padded = self._limits.padding.size(sum(rows))
        if len(batch) == 1 and padded == rows[0]:
            return [self._session.run(first.feeds, first.fetches, timeout)]
        join = self._limits.padding.join
        feeds = {name: join([task.call.feeds[name] for task in batch], padded) for name in first.feeds}
        outputs = self._session.run(feeds, first.fetches, timeout)
        # What was added for the padding is the last part, which nobody gets.
        parts = (_split(output, [*rows, padded - sum(rows)])[: len(rows)] for output in outputs)
        return [list(each) for each in zip(*parts, strict=True)]


def _rows(call: Call[Any]) -> int | None:
    """How many rows all the arrays have; None where they differ, or there are none."""
    sizes = {array.shape[0] if array.ndim else None for array in call.feeds.values()}
    return sizes.pop() if len(sizes) == 1 else None


def _split(output: np.ndarray, rows: Sequence[int]) -> list[np.ndarray]:
    if not output.ndim or len(output) != sum(rows):
        raise invalid(
            "Batched output tensor's 0th dimension does not equal the sum of the 0th dimension sizes of the input tensors"
        )
    parts, at = [], 0
    for count in rows:
        parts.append(output[at : at + count])
        at += count
    return parts

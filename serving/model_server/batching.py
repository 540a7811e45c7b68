"""Adaptive batching: requests that arrive while a batch runs are the next batch.

Under light load a request runs at once and alone; the more arrive, the larger the batches become. Clients cannot see it: calls
share a run only where the signature leaves every first dimension open and the arrays have the same dtypes and inner shapes.
Where a shared run fails, each call is run again by itself, so that one bad picture fails nobody else.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import grpc
import numpy as np

from serving.model_server.calls import Call
from serving.model_server.errors import ServingError, invalid
from serving.model_server.metrics import Metrics
from serving.model_server.session import Session

_POOL = "model_server_batch_threads"  # TensorFlow Serving's name of it
EXPIRED = "Run() timeout exceeded while waiting in batching queue"


@dataclass(frozen=True)
class Limits:
    """How batches are made.

    Attributes:
      rows: the most rows of a batch; a larger request runs alone.
      delay: seconds that a batch waits for more rows; 0 to wait only while another one runs.
      threads: runs of the same model and signature at once.
    """

    rows: int = 128
    delay: float = 0.0
    threads: int = 1


@dataclass
class _Task:
    call: Call[Any]
    rows: int
    deadline: float | None
    done: asyncio.Future[list[np.ndarray]]
    queued: float = field(default_factory=time.monotonic)

    def remaining(self, now: float) -> float | None:
        return None if self.deadline is None else self.deadline - now


@dataclass
class _Queue:
    tasks: list[_Task] = field(default_factory=list)
    running: int = 0
    timer: asyncio.Handle | None = None


class Batcher:
    """Runs the calls of one model. All methods are called from the event loop's thread."""

    def __init__(self, session: Session, limits: Limits, pool: ThreadPoolExecutor, metrics: Metrics) -> None:
        self._session = session
        self._limits = limits
        self._pool = pool
        self._metrics = metrics
        self._queues: dict[Any, _Queue] = {}

    async def run(self, call: Call[Any], timeout: float | None) -> list[np.ndarray]:
        """The fetched arrays of one call.

        Raises:
          ServingError: DEADLINE_EXCEEDED after ``timeout`` seconds, or what TensorFlow says.
        """
        loop = asyncio.get_running_loop()
        rows = _rows(call) if call.batchable else None
        deadline = None if timeout is None else time.monotonic() + timeout
        task = _Task(call, rows or 0, deadline, loop.create_future())
        timer = loop.call_later(timeout, _expire, task) if timeout is not None else None
        try:
            if rows is None or rows > self._limits.rows:
                loop.run_in_executor(self._pool, self._run_all, loop, [task], None)
            else:
                self._enqueue(loop, task)
            return await task.done
        finally:
            if timer is not None:
                timer.cancel()

    def _enqueue(self, loop: asyncio.AbstractEventLoop, task: _Task) -> None:
        key = task.call.fetches, tuple((name, a.dtype, a.shape[1:]) for name, a in task.call.feeds.items())
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = _Queue()
        queue.tasks.append(task)
        if queue.running < self._limits.threads and queue.timer is None:
            # Not at once: what else has arrived by now comes along.
            delay = self._limits.delay
            call = partial(loop.call_later, delay) if delay else loop.call_soon
            queue.timer = call(self._start, loop, key, queue)

    def _start(self, loop: asyncio.AbstractEventLoop, key: Any, queue: _Queue) -> None:
        """Takes the next batch from a queue and runs it in a thread."""
        queue.timer = None
        while queue.running < self._limits.threads:
            batch = self._take(queue)
            if not batch:
                if not queue.running and not queue.tasks:
                    self._queues.pop(key, None)  # shapes that come once must not stay for ever
                return
            queue.running += 1
            sizes = [task.rows for task in batch]
            self._metrics.batch(sizes, sum(sizes))
            self._metrics.queuing(_POOL, time.monotonic() - batch[0].queued)

            def ended() -> None:
                queue.running -= 1
                self._start(loop, key, queue)

            loop.run_in_executor(self._pool, self._run_all, loop, batch, ended)

    def _take(self, queue: _Queue) -> list[_Task]:
        """The first tasks that fit in a batch; those that nobody waits for any more are dropped."""
        batch: list[_Task] = []
        rows = taken = 0
        for task in queue.tasks:
            if not task.done.done():
                if batch and rows + task.rows > self._limits.rows:
                    break
                batch.append(task)
                rows += task.rows
            taken += 1
        del queue.tasks[:taken]
        return batch

    def _run_all(self, loop: asyncio.AbstractEventLoop, batch: list[_Task], ended: Callable[[], None] | None) -> None:
        """In a thread: runs the tasks together, or one by one where that fails."""
        try:
            results: list[Any] = self._run_together(batch)
        except Exception as error:
            results = [error] if len(batch) == 1 else [self._run_alone(task) for task in batch]
        loop.call_soon_threadsafe(_deliver, batch, results, ended)

    def _run_alone(self, task: _Task) -> Any:
        try:
            return self._run_together([task])[0]
        except Exception as error:
            return error

    def _run_together(self, batch: list[_Task]) -> list[list[np.ndarray]]:
        now = time.monotonic()
        remaining = [task.remaining(now) for task in batch]
        timeout = None if None in remaining else max(r for r in remaining if r is not None)
        if timeout is not None and timeout <= 0:
            raise ServingError(grpc.StatusCode.RESOURCE_EXHAUSTED, EXPIRED)
        first = batch[0].call
        if len(batch) == 1:
            return [self._session.run(first.feeds, first.fetches, timeout)]
        feeds = {name: np.concatenate([task.call.feeds[name] for task in batch]) for name in first.feeds}
        outputs = self._session.run(feeds, first.fetches, timeout)
        rows = [task.rows for task in batch]
        return [list(parts) for parts in zip(*(_split(output, rows) for output in outputs), strict=True)]


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


def _deliver(batch: list[_Task], results: list[Any], ended: Callable[[], None] | None) -> None:
    if ended is not None:
        ended()  # first, so that the next batch runs while these are answered
    for task, result in zip(batch, results, strict=True):
        if task.done.done():
            continue
        if isinstance(result, Exception):
            task.done.set_exception(result)
        else:
            task.done.set_result(result)


def _expire(task: _Task) -> None:
    if not task.done.done():
        task.done.set_exception(ServingError(grpc.StatusCode.DEADLINE_EXCEEDED, "Timed out waiting for notification"))

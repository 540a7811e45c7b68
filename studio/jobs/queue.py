"""The queue: jobs run a few at a time, first in first out, and are stopped at their limits."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from datetime import datetime

from schemas.files import write_whole
from schemas.home import Home
from studio import commands
from studio.jobs import command, outcome, process, records
from studio.jobs.process import Process
from studio.jobs.progress import Progress
from studio.jobs.records import Folder, Record, Stopping

_SECONDS_BETWEEN_LOOKS = 0.25
_SECONDS_BETWEEN_MEASURES = 1.0
_GRACE_SECONDS = 20.0  # for a command to end in good order after an interrupt
_KEPT_PROGRESS = 32  # of jobs that are over
_log = logging.getLogger("slipway.studio")


class UnknownJobError(Exception):
    """There is no such job."""


class OverError(Exception):
    """The job is over, and cannot be cancelled."""


class Queue:
    """The jobs of a home.

    Attributes:
      is_closing: whether the studio is being stopped: readers of a job's events are let go.

    Args:
      at_a_time: how many run.
    """

    def __init__(self, home: Home, at_a_time: int) -> None:
        self.is_closing = False
        self._home = home
        self._at_a_time = at_a_time
        self._root = home.root / "studio" / "jobs"
        self._records: dict[str, Record] = {}
        self._processes: dict[str, Process] = {}
        self._kill_at: dict[str, float] = {}
        self._measured = 0.0
        self._progress: dict[str, Progress] = {}

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Starts and watches jobs while the context is open. Those that run then are left running, and found by the next."""
        self._records = {record.id: record for record in records.read_all(self._root)}
        for record in self._in_state("running"):
            found = Process.find(record.id, record.pid)
            if found is not None:
                self._processes[record.id] = found
                self._write(record.model_copy(update={"pid": found.pid}))
                if record.stopping is not None:
                    self._kill_at[record.id] = time.monotonic() + _GRACE_SECONDS
        keeper = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeper

    def records(self) -> list[Record]:
        """All jobs, newest first."""
        return sorted(self._records.values(), key=lambda record: record.id, reverse=True)

    def record(self, id: str) -> Record:
        """A job. Raises UnknownJobError."""
        try:
            return self._records[id]
        except KeyError:
            raise UnknownJobError(f"there is no job {id[:100]!r}") from None

    def folder(self, id: str) -> Folder:
        """The files of a job that is there."""
        return Folder(self._root / id)

    def progress(self, id: str) -> Progress:
        """What a job published so far."""
        found = self._progress.pop(id, None) or Progress(self.folder(id).events)
        self._progress[id] = found  # the last of the dict: the first is the longest unread
        over = [each for each in self._progress if self._records[each].is_over]
        for each in over[:-_KEPT_PROGRESS]:
            del self._progress[each]
        return found.update()

    def place(self, record: Record) -> int | None:
        """A job's place in the queue, from 1; None unless it waits."""
        if record.state != "queued":  # as most of a long list are
            return None
        return 1 + sum(one.state == "queued" and one.id < record.id for one in self._records.values())

    def open_jobs(self) -> int:
        """How many run or wait."""
        return sum(not record.is_over for record in self._records.values())

    def add(self, record: Record, graph: str | None) -> Record:
        """Queues a job.

        Args:
          graph: the drawn model as Keras' JSON, where it has one.
        """
        folder = self.folder(record.id)
        folder.path.mkdir(parents=True)
        if graph is not None:
            write_whole(folder.graph, graph)
        record = record.model_copy(update={"has_graph": graph is not None})
        shown = command.shown(command.arguments(record, folder.graph, self._home))
        return self._write(record.model_copy(update={"command": shown}))

    def cancel(self, id: str) -> Record:
        """Takes a job out of the queue, or interrupts it; it is over a moment later.

        Raises:
          UnknownJobError: there is no such job.
          OverError: it is over.
        """
        record = self.record(id)
        if record.is_over:
            raise OverError(f"the job is over ({record.state.replace('_', ' ')}); there is nothing to cancel")
        if record.state == "queued":
            return self._write(record.model_copy(update={"state": "cancelled", "ended": records.now()}))
        return self._stop(record, "cancel")

    async def _keep(self) -> None:
        while True:
            try:
                await self._look()
            except Exception:  # a task that ends is not started again, and all jobs would wait for ever
                _log.exception("a bug of ours in the queue of jobs")
            await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)

    async def _look(self) -> None:
        measures = time.monotonic() >= self._measured + _SECONDS_BETWEEN_MEASURES
        if measures:
            self._measured = time.monotonic()
        for id in [record.id for record in self._in_state("running")]:
            record, running = self.record(id), self._processes.get(id)  # as it is now: measuring takes a moment
            if running is None or not running.poll():
                self._end(record, running)
            elif record.id in self._kill_at and time.monotonic() >= self._kill_at[record.id]:
                running.kill()
            elif measures and record.stopping is None:
                await self._measure(record, running)
        free = self._at_a_time - len(self._in_state("running"))
        for record in self._in_state("queued")[: max(0, free)]:
            self._start(record)

    async def _measure(self, record: Record, running: Process) -> None:
        """Stops a job that is over a limit."""
        assert record.started is not None
        minutes = (datetime.fromisoformat(records.now()) - datetime.fromisoformat(record.started)).total_seconds() / 60
        if minutes >= record.minutes:
            self._stop(record, "minutes")
        elif await asyncio.to_thread(running.memory_mb) >= record.memory_mb:
            # At once: while a command ends in good order, it would take more.
            self._stop(self.record(record.id), "memory")
            running.kill()

    def _start(self, record: Record) -> None:
        folder = self.folder(record.id)
        # Written before the process is there: a server that is killed in between finds it by its variable.
        record = self._write(record.model_copy(update={"state": "running", "started": records.now()}))
        arguments = commands.slipway(*command.arguments(record, folder.graph, self._home))
        variables = commands.environment(self._home, **{process.VARIABLE: record.id})
        try:
            self._processes[record.id] = Process.start(arguments, variables, folder.events, folder.log)
        except (OSError, ValueError) as error:  # such as a setting longer than an argument may be
            changes = {"state": "failed", "ended": records.now(), "error": f"it could not be started: {error}"}
            self._write(record.model_copy(update=changes))
            return
        self._write(record.model_copy(update={"pid": self._processes[record.id].pid}))

    def _stop(self, record: Record, why: Stopping) -> Record:
        running = self._processes.get(record.id)
        if record.stopping is None:
            record = self._write(record.model_copy(update={"stopping": why}))
            self._kill_at[record.id] = time.monotonic() + _GRACE_SECONDS
            if running is not None:
                running.interrupt()
        return record

    def _end(self, record: Record, running: Process | None) -> None:
        self._processes.pop(record.id, None)
        self._kill_at.pop(record.id, None)
        if running is not None:
            running.kill_rest()
        self._write(outcome.ended(record, self.folder(record.id), running, self.progress(record.id)))

    def _in_state(self, state: str) -> list[Record]:
        """Oldest first."""
        return [record for record in sorted(self._records.values(), key=lambda one: one.id) if record.state == state]

    def _write(self, record: Record) -> Record:
        self.folder(record.id).write(record)
        self._records[record.id] = record
        return record

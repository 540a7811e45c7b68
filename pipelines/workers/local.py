"""Workers as processes of this machine: what a cluster does, to be tried on a laptop."""

import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import portpicker

from pipelines.workers.ends import PROGRESS, End, cause, error_of, event_of
from pipelines.workers.worker import INDEX
from schemas import events
from schemas.errors import InputError

_SECONDS_BETWEEN_POLLS = 0.2
_SECONDS_TO_END = 5  # after one has failed, for the others to report their own errors
_LINES_KEPT = 20


def run(order: Path, workers: int) -> None:
    """Runs the workers to their end; when one fails, all end.

    Raises:
      InputError, WorkersLostError, RuntimeError: why the first one failed (pipelines.workers.ends).
    """
    shares = gpu_shares(_gpus(), workers)
    hosts = ",".join(f"127.0.0.1:{portpicker.pick_unused_port()}" for _ in range(workers))
    started = [_Process(order, hosts, index, shares[index]) for index in range(workers)]
    try:
        _watch(started)
        if any(process.code for process in started):
            _watch(started, until=time.monotonic() + _SECONDS_TO_END)
    finally:
        for process in started:
            process.kill()
    ends = [process.end() for process in started]
    if any(end.code for end in ends):
        # A worker that was killed here followed another one: the cause is among those that ended by themselves.
        raise error_of(cause(end for end, process in zip(ends, started, strict=True) if not process.was_stopped))


def gpu_shares(gpus: int, workers: int) -> list[str | None]:
    """$CUDA_VISIBLE_DEVICES of each worker, None where there are no GPUs; InputError where they are too few."""
    if not gpus:
        return [None] * workers
    # TensorFlow reserves the memory of each GPU that it sees, so that two workers cannot use one.
    if gpus < workers:
        raise InputError(
            f"workers={workers}: this machine has {gpus} GPU{'s' if gpus > 1 else ''}, and workers share none; "
            "set workers=1, which uses all GPUs of a machine"
        )
    each = gpus // workers
    return [",".join(str(worker * each + place) for place in range(each)) for worker in range(workers)]


def _gpus() -> int:
    import tensorflow as tf

    return len(tf.config.list_physical_devices("GPU"))


class _Process:
    """One worker process, with the lines of its standard output that are still to be forwarded."""

    def __init__(self, order: Path, hosts: str, index: int, gpus: str | None) -> None:
        # The same modules as here, wherever the command was called.
        environment = os.environ | {INDEX: str(index), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        if gpus is not None:
            environment["CUDA_VISIBLE_DEVICES"] = gpus
        self._index = index
        self._process = subprocess.Popen(
            # -P: ./pipelines may be a folder of the user's
            [sys.executable, "-P", "-m", "pipelines.workers.worker", str(order), "--hosts", hosts, "--end-with-parent"],
            env=environment,
            stdin=subprocess.PIPE,  # it ends when this process does, however that ends
            stdout=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        self._written: queue.Queue[str] = queue.Queue()
        self._last: list[str] = []
        self.was_stopped = False
        assert self._process.stdout is not None
        # A thread, as a worker whose pipe is full would stop until the next poll.
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    @property
    def code(self) -> int | None:
        return self._process.poll()

    def _read(self, lines: IO[str]) -> None:
        for line in lines:
            self._written.put(line.rstrip("\n"))

    def forward(self) -> None:
        """Forwards the lines written since the last call: the chief's events to the listeners, all else to the log."""
        for line in self._lines():
            if not line.startswith(PROGRESS):
                print(f"[worker {self._index}] {line}", file=sys.stderr)
            elif self._index == 0:
                events.publish(event_of(line.removeprefix(PROGRESS)))

    def _lines(self) -> Iterator[str]:
        while not self._written.empty():
            line = self._written.get()
            self._last = [*self._last, line][-_LINES_KEPT:]
            yield line

    def kill(self) -> None:
        if self._process.poll() is None:
            self.was_stopped = True
            self._process.kill()
        self._process.wait()
        self._reader.join(timeout=_SECONDS_TO_END)
        self.forward()

    def end(self) -> End:
        return End(self._index, self._process.wait(), "\n".join(self._last))


def _watch(processes: list[_Process], until: float = float("inf")) -> None:
    """Until all have ended well, or one has not; with ``until``, until all have ended."""
    patient = until < float("inf")
    while time.monotonic() < until:
        codes = [process.code for process in processes]
        for process in processes:
            process.forward()
        if None not in codes or (any(codes) and not patient):
            return
        time.sleep(_SECONDS_BETWEEN_POLLS)

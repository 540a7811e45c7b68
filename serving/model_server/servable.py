"""One version of one model: loaded, warmed up, and reference-counted while requests use it."""

import os
import threading
import time
from pathlib import Path

from serving.model_server import warmup
from serving.model_server.batching import Batcher, Limits
from serving.model_server.errors import ServingError
from serving.model_server.metrics import Metrics
from serving.model_server.session import TAG, Session

_NICE = 15  # of -20 to 19: importing and compiling a graph takes seconds, in which requests must be answered


def lower_priority() -> None:
    """Gives a loading thread the processor only when the threads that answer clients leave it free."""
    # Linux has a nice value for each thread, which PRIO_PROCESS sets by the thread's id.
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


class Servable:
    """A loaded version, for any number of threads.

    Attributes:
      name, version: of the model.
      path: its folder.
      signatures: SignatureDef by name.
      batcher: runs its calls.
      checks_methods: whether a signature's method name must be the call's.
    """

    def __init__(
        self, name: str, version: int, path: Path, session: Session, batcher: Batcher, *, checks_methods: bool = False
    ) -> None:
        self.name = name
        self.version = version
        self.path = path
        self.signatures = session.signatures
        self.batcher = batcher
        self.checks_methods = checks_methods
        self._session = session
        self._references = 0
        self._closing = False
        self._changed = threading.Condition()

    def try_acquire(self) -> bool:
        """Takes a reference, which keeps it loaded until ``release``; False, without one, once ``close`` was called."""
        with self._changed:
            self._references += not self._closing
            return not self._closing

    def retain(self) -> None:
        """Takes one more reference for a caller that has one: allowed even after ``close`` was called, which then waits."""
        with self._changed:
            self._references += 1

    def release(self) -> None:
        """Gives a reference back; the last one lets a waiting ``close`` free the model."""
        with self._changed:
            self._references -= 1
            if self._closing:
                self._changed.notify()

    def close(self) -> None:
        """Refuses new references, waits for the last one, and frees the model. May take as long as a request."""
        with self._changed:
            self._closing = True
            self._changed.wait_for(lambda: not self._references)
        self._session.close()


class Loader:
    """Makes servables; ``load`` is called in a thread."""

    def __init__(
        self, limits: Limits, metrics: Metrics, *, warm: bool = True, tag: str = TAG, checks_methods: bool = False
    ) -> None:
        self._limits = limits
        self._metrics = metrics
        self._warm = warm
        self._tag = tag
        self._checks_methods = checks_methods

    def load(self, name: str, version: int, path: Path) -> Servable:
        """Loads a version and replays its warm-up requests.

        Args:
          path: the version's folder.

        Raises:
          ServingError: a folder that is not a whole SavedModel, or a warm-up request that fails.
        """
        begun = time.perf_counter()
        self._limits.check()
        try:
            session = Session(path, self._tag)
        except ServingError:
            self._metrics.load_attempt(str(path), "fail")
            raise
        self._metrics.load_attempt(str(path), "success")
        self._metrics.load_latency(str(path), time.perf_counter() - begun)
        try:
            if self._warm:
                self._warm_up(session, path)
        # A failed warm-up fails the version (saved_model_warmup.cc): its session must not stay in memory.
        except BaseException:
            session.close()
            raise
        batcher = Batcher(session, self._limits, self._metrics)
        return Servable(name, version, path, session, batcher, checks_methods=self._checks_methods)

    def _warm_up(self, session: Session, path: Path) -> None:
        begun = time.perf_counter()
        status, records = "OK", 0
        try:
            records = warmup.replay(session, path)
        except ServingError as error:
            status = error.code.name
            raise
        finally:
            # A model without warm-up requests has no warm-up to count.
            if records or status != "OK":
                self._metrics.warmup(str(path), status, time.perf_counter() - begun, records)

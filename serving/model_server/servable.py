"""One version of one model: loaded, warmed, and asked."""

import threading
import time
from pathlib import Path

from serving.model_server import warmup
from serving.model_server.batching import Batcher, Limits
from serving.model_server.errors import ServingError
from serving.model_server.metrics import Metrics
from serving.model_server.session import TAG, Session


class Servable:
    """A loaded version, for any number of threads.

    Attributes:
      name, version: of the model.
      path: its folder.
      signatures: SignatureDef by name.
      batcher: runs its calls.
    """

    def __init__(self, name: str, version: int, path: Path, session: Session, batcher: Batcher) -> None:
        self.name = name
        self.version = version
        self.path = path
        self.signatures = session.signatures
        self.batcher = batcher
        self._session = session
        self._references = 0
        self._closing = False
        self._changed = threading.Condition()

    def try_acquire(self) -> bool:
        """Keeps it from being closed until ``release``; False where it is closed, or about to be."""
        with self._changed:
            self._references += not self._closing
            return not self._closing

    def retain(self) -> None:
        """``hold`` for the sake of somebody who holds it: it is open as long, even if it is about to be closed."""
        with self._changed:
            self._references += 1

    def release(self) -> None:
        with self._changed:
            self._references -= 1
            if self._closing:
                self._changed.notify()

    def close(self) -> None:
        """Waits for those who hold it, and frees the model."""
        with self._changed:
            self._closing = True
            self._changed.wait_for(lambda: not self._references)
        self._session.close()


class Loader:
    """Makes servables; ``load`` is called in a thread."""

    def __init__(self, limits: Limits, metrics: Metrics, *, warm: bool = True, tag: str = TAG) -> None:
        self._limits = limits
        self._metrics = metrics
        self._warm = warm
        self._tag = tag

    def load(self, name: str, version: int, path: Path) -> Servable:
        """Raises ServingError for a folder that is not a whole SavedModel, or a warm-up request that fails."""
        begun = time.perf_counter()
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
        except BaseException:
            session.close()
            raise
        return Servable(name, version, path, session, Batcher(session, self._limits, self._metrics))

    def _warm_up(self, session: Session, path: Path) -> None:
        begun = time.perf_counter()
        status, records = "OK", 0
        try:
            records = warmup.replay(session, path)
        except ServingError as error:
            status = error.code.name
            raise
        finally:
            if records or status != "OK":
                self._metrics.warmup(str(path), status, time.perf_counter() - begun, records)

"""One version of one model: loaded, warmed, and asked."""

import asyncio
import contextlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from serving.model_server import warmup
from serving.model_server.batching import Batcher, Limits
from serving.model_server.errors import ServingError
from serving.model_server.metrics import Metrics
from serving.model_server.session import TAG, Session


class Servable:
    """A loaded version.

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
        self._holders = 0
        self._released = asyncio.Event()
        self._released.set()

    @contextlib.contextmanager
    def held(self) -> Iterator["Servable"]:
        """While it is held, it is not closed. To be used in the event loop's thread."""
        self._holders += 1
        self._released.clear()
        try:
            yield self
        finally:
            self._holders -= 1
            if not self._holders:
                self._released.set()

    async def close(self) -> None:
        """Waits for those who hold it, and frees the model."""
        await self._released.wait()
        await asyncio.get_running_loop().run_in_executor(None, self._session.close)


class Loader:
    """Makes servables; ``load`` is called in a thread."""

    def __init__(
        self, limits: Limits, pool: ThreadPoolExecutor, metrics: Metrics, *, warm: bool = True, tag: str = TAG
    ) -> None:
        self._limits = limits
        self._pool = pool
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
        return Servable(name, version, path, session, Batcher(session, self._limits, self._pool, self._metrics))

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

"""One version of one model: loaded, warmed, and asked."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from serving.model_server import warmup
from serving.model_server.batching import Batcher, Limits
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
        self, limits: Limits, pool: ThreadPoolExecutor, observe: Callable[[int, float], None], *,
        warm: bool = True, iterations: int = 1, tag: str = TAG,
    ) -> None:  # fmt: skip
        self._limits = limits
        self._pool = pool
        self._observe = observe
        self._warm = warm
        self._iterations = iterations
        self._tag = tag

    def load(self, name: str, version: int, path: Path) -> Servable:
        """Raises ServingError for a folder that is not a whole SavedModel, or a warm-up request that fails."""
        session = Session(path, self._tag)
        try:
            if self._warm:
                warmup.replay(session, path, self._iterations)
        except BaseException:
            session.close()
            raise
        return Servable(name, version, path, session, Batcher(session, self._limits, self._pool, self._observe))

"""Why a model answers as it does: computed by a worker process of its own, which is started when it is first needed."""

import asyncio
from typing import Any

import anyio.to_thread

from registry import pushed
from schemas import request
from schemas.errors import InputError
from schemas.home import Home
from schemas.model_card import ModelCard
from studio.asking.questions import UnknownVersionError
from studio.keras_worker import tables
from studio.keras_worker.client import KerasWorker
from studio.messages.asking import Explanation, Question

_SECONDS = 120.0  # of one explanation; a text of many words without gradients is asked once for each
_LOAD_SECONDS = 90.0  # TensorFlow's
_IDLE_SECONDS = 600.0  # after which the worker's memory, a gigabyte, is given back


class Explanations:
    """Explains the answers of this home's models."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._worker: KerasWorker | None = None
        self._asked = 0  # questions that are being explained
        self._idle: asyncio.TimerHandle | None = None
        self._closing: asyncio.Task[None] | None = None

    async def explain(self, name: str, question: Question) -> Explanation:
        """What pushed the answer.

        Raises:
          UnknownVersionError: no such model or version is in this home.
          InputError: the input does not fit (RequestError), or its answer cannot be explained.
          WorkerUnavailableError: TensorFlow is not loaded yet.
        """
        folder, card = await anyio.to_thread.run_sync(self._find, name, question.version)
        # Here, where its error names the field; in a thread, as a picture may have to be converted.
        await anyio.to_thread.run_sync(request.parse, card, question.input)
        payload = {
            "root": str(self._home.root),
            "data": str(self._home.data),
            "folder": folder,
            "input": question.input,
        }
        return Explanation.model_validate(await self._call(payload))

    async def aclose(self) -> None:
        """Ends the worker."""
        if self._idle is not None:
            self._idle.cancel()
        worker, self._worker = self._worker, None
        if worker is not None:
            await worker.close()
        if self._closing is not None:
            await self._closing

    def _find(self, name: str, version: str | None) -> tuple[str, ModelCard]:
        try:
            folder = pushed.find(self._home.models(name), name, version)
        except InputError as error:
            raise UnknownVersionError(str(error)) from None
        return str(folder), ModelCard.read(folder)

    async def _call(self, payload: dict[str, Any]) -> Any:
        self._asked += 1
        if self._idle is not None:
            self._idle.cancel()
        try:
            if self._worker is None:
                self._worker = KerasWorker(tables.EXPLAIN, seconds=_SECONDS)
                await self._worker.start()
            worker = self._worker
            await worker.wait(_LOAD_SECONDS)
            return await worker.call("explain", payload)
        finally:
            self._asked -= 1
            if not self._asked:
                self._idle = asyncio.get_running_loop().call_later(_IDLE_SECONDS, self._close_later)

    def _close_later(self) -> None:
        # Taken at once: a question that comes meanwhile starts another one.
        worker, self._worker = self._worker, None
        if worker is not None:
            self._closing = asyncio.create_task(worker.close())

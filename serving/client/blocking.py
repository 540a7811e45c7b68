"""The same clients for code that does not use asyncio."""

import os
import threading
import weakref
from collections.abc import Callable, Coroutine, Sequence
from concurrent import futures
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self, TypeVar

from anyio.from_thread import start_blocking_portal

from serving.client.async_client import AsyncClient
from serving.client.errors import ServingCallError
from serving.client.prediction import Model, Prediction

_Result = TypeVar("_Result")


class BlockingClient:
    """Runs an asynchronous client on an event loop in a thread of its own, which is what makes a deadline hold everywhere:
    while connecting, sending, reading, and between two attempts.

    Any number of threads may use one client at once; they share its connections. A context manager, or to be closed with
    ``close``, which waits for calls under way. A client does not survive a fork: make it in the process that uses it.
    """

    def __init__(self, client: AsyncClient) -> None:
        self._client = client
        self._process = os.getpid()
        self._in_flight: set[futures.Future[Any]] = set()
        # Held while a call starts: so it is either counted as in flight or refused, and close() misses none.
        self._starting = threading.Lock()
        # Unwinds in reverse order: wait for the calls, close the connections, end the thread.
        stack = ExitStack()
        self._portal = stack.enter_context(start_blocking_portal(name="slipway-client"))
        stack.callback(self._portal.call, client.aclose)
        stack.callback(_wait, self._in_flight, self._starting)
        # Also at the interpreter's end: later, the thread would be gone, and closing would wait for it for ever.
        self._finish = weakref.finalize(self, stack.close)

    def predict(
        self, name: str, input: Any, *, version: str | int | None = None, label: str | None = None,
        probabilities: bool = False, top: int | None = None, timeout: float | None = None,
    ) -> Prediction:  # fmt: skip
        """A model's answer to one input; see ``AsyncClient.predict`` for arguments and errors."""
        return self._call(
            lambda: self._client.predict(
                name, input, version=version, label=label, probabilities=probabilities, top=top, timeout=timeout
            )
        )

    def predict_many(
        self, name: str, inputs: Sequence[Any], *, version: str | int | None = None, label: str | None = None,
        probabilities: bool = False, top: int | None = None, timeout: float | None = None,
    ) -> list[Prediction]:  # fmt: skip
        """A model's answers to many inputs, in one request; see ``AsyncClient.predict_many``."""
        return self._call(
            lambda: self._client.predict_many(
                name, inputs, version=version, label=label, probabilities=probabilities, top=top, timeout=timeout
            )
        )

    def models(self, *, timeout: float | None = None) -> list[Model]:
        """All models that the server serves, by name; see ``AsyncClient.models``."""
        return self._call(lambda: self._client.models(timeout=timeout))

    def model(self, name: str, *, version: str | int | None = None, timeout: float | None = None) -> Model:
        """A model's versions, and the card of one of them; see ``AsyncClient.model``."""
        return self._call(lambda: self._client.model(name, version=version, timeout=timeout))

    def ready(self, *, timeout: float | None = None) -> bool:
        """Whether the server can be reached and has its models ready; one request, without retries."""
        return self._call(lambda: self._client.ready(timeout=timeout))

    def close(self) -> None:
        """Closes the connections, when the calls under way have ended. Closing twice does no harm."""
        self._finish()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _call(self, call: Callable[[], Coroutine[Any, Any, _Result]]) -> _Result:
        # Threads do not survive a fork: the call would wait for a loop that runs in the parent alone.
        if os.getpid() != self._process:
            raise ServingCallError("this client was made before the process forked; make one after it")
        with self._starting:
            if not self._finish.alive:
                raise ServingCallError("this client is closed; make a new one")
            future = self._portal.start_task_soon(call)
            self._in_flight.add(future)
        # Outside the lock: for a future that is done already the callback runs here and now.
        future.add_done_callback(self._in_flight.discard)
        try:
            return future.result()
        except BaseException:  # KeyboardInterrupt too: the request must not go on without a caller
            future.cancel()
            raise


def _wait(in_flight: set[futures.Future[Any]], starting: threading.Lock) -> None:
    with starting:
        calls = set(in_flight)
    futures.wait(calls)

"""The server's side of the worker process; it imports no Keras."""

import asyncio
import contextlib
import itertools
import json
import os
import sys
from collections import deque
from collections.abc import Mapping
from typing import Any

from schemas.errors import InputError
from studio.messages.state import KerasState

_LONGEST_LINE = 256 << 20  # bytes of an answer
_LOOK_SECONDS = 0.2
_WAITS = (1, 5, 20, 60)  # seconds before a worker that did not load is started again


class WorkerUnavailableError(Exception):
    """Keras loads, or could not be loaded: to be asked again. HTTP's 503."""


class WorkerFailedError(Exception):
    """A function raised what is no InputError: a bug of ours. HTTP's 500."""


class KerasWorker:
    """A worker process that is kept running from ``start`` to ``close``; calls are answered one after the other.

    Attributes:
      state: of the process, for the page.
    """

    def __init__(
        self,
        functions: Mapping[str, str],
        *,
        warm_up: str | None = None,
        seconds: float = 30,
        memory_mb: int = 6000,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Nothing is started yet.

        Args:
          functions: import paths ``module:function`` by name; each takes the payload and returns JSON's types. An InputError
            that one raises is raised by ``call``.
          warm_up: import path of a function that is called once before the first call.
          seconds: the most that a call may take; the process is killed then, and started anew.
          memory_mb: megabytes of data that the process may take, Keras' own 1,000 among them.
          environment: variables beside this process' own.
        """
        self.state = KerasState(state="loading")
        self._options = {"functions": dict(functions), "warm_up": warm_up, "memory_mb": memory_mb}
        self._seconds = seconds
        quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
        self._environment = {**os.environ, **quiet, **(environment or {})}
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._ids = itertools.count()
        self._turn = asyncio.Lock()
        self._said: deque[str] = deque(maxlen=20)
        self._killed = ""

    async def start(self) -> None:
        """Starts the process, and returns before it is ready."""
        self._keeper = asyncio.create_task(self._keep())

    async def close(self) -> None:
        """Ends the process."""
        if self._keeper:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None

    async def wait(self, seconds: float) -> None:
        """Returns once it is no longer loading, or after some seconds; ``call`` says then what it does."""
        until = asyncio.get_running_loop().time() + seconds
        while self.state.state == "loading" and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(_LOOK_SECONDS)

    async def call(self, function: str, payload: Any, seconds: float | None = None) -> Any:
        """The result of a function.

        Args:
          function: its name in the table.
          payload: JSON's types.
          seconds: the most that it may take, where that differs from the worker's.

        Raises:
          InputError: the function raised it, or it took too long, or too much memory.
          WorkerUnavailableError: Keras is not there yet.
          WorkerFailedError: the function raised anything else.
        """
        async with self._turn:
            answer = await self._asked(function, payload, seconds or self._seconds)
        if "wrong" in answer:
            raise InputError(answer["wrong"])
        if "failed" in answer:
            raise WorkerFailedError(f"{function}: {answer['failed']}")
        return answer["result"]

    async def _asked(self, function: str, payload: Any, seconds: float) -> dict[str, Any]:
        process = self._process
        if self.state.state != "ready" or process is None or process.stdin is None:
            raise WorkerUnavailableError(self._why_not())
        call = next(self._ids)
        self._waiting[call] = future = asyncio.get_running_loop().create_future()
        try:
            process.stdin.write(json.dumps({"id": call, "function": function, "payload": payload}).encode() + b"\n")
            await process.stdin.drain()
            return await asyncio.wait_for(future, seconds)
        except TimeoutError:
            self._kill(process)
            raise InputError(
                f"this takes longer than the {seconds:g} s that there are for it; make it smaller"
            ) from None
        except (BrokenPipeError, ConnectionResetError):
            raise WorkerUnavailableError("Keras' process has ended and is started again; try again shortly") from None
        finally:
            self._waiting.pop(call, None)

    def _why_not(self) -> str:
        if self.state.state == "failed":
            return f"Keras could not be loaded: {self.state.error}; it is tried again"
        return "Keras is loading; try again in some seconds"

    async def _keep(self) -> None:
        """Starts the process anew whenever it ends."""
        failures = 0
        while True:
            try:
                was_ready = await self._run()
            except Exception as error:  # a process that cannot be started, or an answer that is none
                was_ready = False
                self._said.append(f"{type(error).__name__}: {error}")
            failures = 0 if was_ready else failures + 1
            if failures:
                last = next((line for line in reversed(self._said) if line.strip()), "it ended without a word")
                self.state = KerasState(state="failed", error=last[:500])
                await asyncio.sleep(_WAITS[min(failures, len(_WAITS)) - 1])

    async def _run(self) -> bool:
        """One life of the process; returns whether it became ready."""
        if self.state.state != "failed":  # a failure is shown until a worker is ready
            self.state = KerasState(state="loading")
        command = (sys.executable, "-m", "studio.keras_worker", json.dumps(self._options))
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, stderr=pipe, env=self._environment, limit=_LONGEST_LINE
        )
        self._process = process
        said = asyncio.create_task(self._listen(process))
        try:
            return await self._read(process)
        finally:
            self._process = None
            self._kill(process)
            said.cancel()
            await process.wait()
            self._give_up()

    async def _read(self, process: asyncio.subprocess.Process) -> bool:
        """Hands answers to those who wait for them, until the process ends."""
        assert process.stdout is not None
        async for line in process.stdout:
            answer = json.loads(line)
            if "ready" in answer:
                self.state = KerasState(state="ready", version=answer["ready"])
            elif (future := self._waiting.get(answer["id"])) and not future.done():
                future.set_result(answer)
        was_ready = self.state.state == "ready"
        if was_ready:
            self.state = KerasState(state="loading")
        return was_ready

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        """Keeps the last lines that the process writes on stderr."""
        assert process.stderr is not None
        with contextlib.suppress(ValueError):  # a line without end
            async for line in process.stderr:
                self._said.append(line.decode(errors="replace").rstrip())

    def _kill(self, process: asyncio.subprocess.Process) -> None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        if self.state.state == "ready":
            self.state = KerasState(state="loading")

    def _give_up(self) -> None:
        """Answers those who wait: the process has ended under their call, most likely for want of memory."""
        for future in self._waiting.values():
            if not future.done():
                memory = self._options["memory_mb"]
                future.set_result(
                    {"wrong": f"Keras' process ended; most likely this takes more than {memory} MB; make it smaller"}
                )

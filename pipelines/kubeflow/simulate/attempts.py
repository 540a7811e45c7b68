"""One attempt of a task: a process whose output goes to a file, and which may be killed on purpose."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from schemas.errors import InputError, shown

GRACE_SECONDS = 30.0  # Kubernetes's own, between SIGTERM and SIGKILL
NOT_STARTED = 127
_SECONDS = re.compile(r"(?:(?P<line>.*)\+)?(?P<after>\d+(\.\d+)?)s")
_CHUNK = 1 << 16
_LONGEST_LINE = 1 << 14


@dataclass(frozen=True)
class Kill:
    """A pod that is killed on purpose, on its first attempt.

    Attributes:
      task: its name.
      line: what a line of its output must hold, or None: its start counts.
      after: seconds from then on.
    """

    task: str
    line: re.Pattern[str] | None
    after: float

    @classmethod
    def parse(cls, text: str, tasks: Sequence[str]) -> "Kill":
        """TASK, TASK:5s, TASK:REGEX or TASK:REGEX+5s; raises InputError for another task, and for what is no pattern."""
        name, _, when = text.partition(":")
        if name not in tasks:
            raise InputError(f"--kill {text}: no task {shown(name)}; the pipeline has {', '.join(tasks)}")
        if seconds := _SECONDS.fullmatch(when):
            pattern = seconds["line"]
            after = float(seconds["after"])
        else:
            pattern, after = when, 0.0
        try:
            return cls(name, None if pattern is None else re.compile(pattern), after)
        except re.error as error:
            raise InputError(f"--kill {text}: {shown(when)} is not a regular expression: {error}") from error


@dataclass(frozen=True)
class Ended:
    """How an attempt ended.

    Attributes:
      code: of the process; negative for a signal, 128 and the signal's number where a container reports it, NOT_STARTED for a
        command that is not there.
      reason: in words, "" for a success.
      killed: whether it was killed on purpose.
    """

    code: int
    reason: str
    killed: bool = False


class Running:
    """A process whose output goes to a file; the end of its first process ends all of its processes, as in a pod."""

    def __init__(self, process: asyncio.subprocess.Process, output: int, log: Path) -> None:
        self._process = process
        self._listeners: list[Callable[[str], None]] = []
        self._output = asyncio.create_task(_copy(output, log, self._listeners))

    @classmethod
    async def start(
        cls, command: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path, gated: bool = False
    ) -> Self:
        """Starts a command.

        Args:
          folder: the working folder.
          log: takes the output.
          gated: whether the process waits for a line on stdin before it does its work; ``end`` writes it.

        Raises:
          OSError: it cannot be started.
        """
        # Not asyncio's own pipe: with that one, wait() would wait for every process that inherited it.
        output_end, input_end = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *_tied(command),
                env=environment,
                cwd=folder,
                stdin=asyncio.subprocess.PIPE if gated else asyncio.subprocess.DEVNULL,
                stdout=input_end,
                stderr=input_end,
                # A group of its own: all that it starts is ended with it, and Ctrl-C here does not reach it first.
                start_new_session=True,
            )
        except OSError:
            os.close(output_end)
            raise
        finally:
            os.close(input_end)  # an open copy here would keep the output from ever ending
        return cls(process, output_end, log)

    async def end(self, listener: Callable[[str], None], kill: Kill | None, deadline: float | None) -> Ended:
        """Waits for the process's end; one that is gated is released first. Cancelled, it ends the process.

        Args:
          listener: called with each line of the output.
          kill: when to kill the process on purpose, None for never.
          deadline: seconds; then the process gets SIGTERM, and SIGKILL after GRACE_SECONDS.
        """
        begun = time.monotonic()
        killer = _Killer(self._strike, kill)
        self._listeners += [listener, killer.observe]
        if self._process.stdin is not None:
            self._process.stdin.write(b"go\n")
        try:
            await asyncio.wait_for(self._process.wait(), deadline)
            late = False
        except TimeoutError:
            late = True
        finally:
            killer.stop()
            await self.discard()
        code, words = self._ending()
        if late:
            return Ended(code, f"ran longer than {deadline:g} s")
        reason = f"{'killed on purpose, ' if killer.done else ''}{words} after {time.monotonic() - begun:.0f} s"
        return Ended(code, reason if code else "", killer.done)

    async def discard(self) -> None:
        """Ends the process if it still runs, by SIGTERM and then SIGKILL, and whatever it left running."""
        try:
            if self._process.returncode is None:
                # SIGTERM first, as the kubelet does: a task that saves its state at SIGTERM is simulated too.
                self._signal(signal.SIGTERM)
                await asyncio.wait_for(self._process.wait(), GRACE_SECONDS)
        except TimeoutError:
            pass
        finally:
            self._signal(signal.SIGKILL)
            await self._process.wait()
            await self._output

    def _strike(self) -> bool:
        """Kills it, and says whether it still ran."""
        if self._process.returncode is not None:
            return False
        self._signal(signal.SIGKILL)
        return True

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            # The group: the first process alone would leave what it started.
            os.killpg(self._process.pid, number)

    def _ending(self) -> tuple[int, str]:
        """The exit code of what has ended, and how it ended in words."""
        code = self._process.returncode or 0
        return code, f"exit code {code}" if code >= 0 else f"ended by {signal.Signals(-code).name}"


class _Killer:
    """Calls ``strike`` at the moment that a Kill names; ``done`` is what it returned."""

    def __init__(self, strike: Callable[[], bool], kill: Kill | None) -> None:
        self.done = False
        self._strike, self._kill = strike, kill
        self._timer: asyncio.TimerHandle | None = None
        if kill is not None and kill.line is None:
            self._arm(kill.after)

    def observe(self, line: str) -> None:
        if self._kill and self._kill.line and self._timer is None and self._kill.line.search(line):
            self._arm(self._kill.after)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _arm(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._due)

    def _due(self) -> None:
        self.done = self._strike()


async def _copy(pipe: int, log: Path, listeners: Sequence[Callable[[str], None]]) -> None:
    """Copies a pipe to a file without buffering, and notifies the listeners of each line."""
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(pipe, "rb", 0))
    with contextlib.closing(transport), log.open("wb", buffering=0) as file:
        rest = b""
        while chunk := await reader.read(_CHUNK):
            _write(file, chunk)
            # A progress bar ends its lines by \r alone.
            *lines, rest = re.split(rb"[\r\n]+", rest + chunk)
            rest = rest[-_LONGEST_LINE:]  # a line that never ends must not fill the memory
            _notify(lines, listeners)
        _notify([rest] if rest else [], listeners)


def _notify(lines: Sequence[bytes], listeners: Sequence[Callable[[str], None]]) -> None:
    for line in lines:
        for listener in listeners:
            listener(line.decode(errors="replace"))


def _write(file: BinaryIO, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        # An unbuffered file may take a part of the bytes.
        view = view[file.write(view) :]


def _tied(command: Sequence[str]) -> list[str]:
    """The command, which gets SIGTERM when this process ends, however that may be."""
    return ["setpriv", "--pdeathsig", "TERM", *command] if shutil.which("setpriv") else list(command)

"""A server that the studio keeps running: started, watched, started again where it ends."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from schemas.errors import InputError
from studio.commands import last_line

_PAUSE_SECONDS = 0.2  # before it is started again, doubled with each quick end
_LONGEST_PAUSE = 5.0
_QUICK_SECONDS = 20  # an end that soon after the start means that it cannot run
_MOST_QUICK_ENDS = 3
_END_SECONDS = 5
_TAIL_BYTES = 4000


class CannotRunError(InputError):
    """A server ends as soon as it is started; the error has the last line that it wrote."""


class Kept:
    """A child process that runs a `slipway` command.

    Args:
      arguments: of the command.
      environment: of the process.
      log: what it writes; that of the process before is kept beside it, as ``NAME.1``.
      ended: is set when the process ends.

    Attributes:
      pid: of the process that runs now; None between two.
    """

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str], log: Path, ended: asyncio.Event
    ) -> None:
        self._arguments = arguments
        self._environment = environment
        self._log = log
        self._ended = ended
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """See the class."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def run(self) -> None:
        """Keeps it running until it is cancelled, which ends the process. Raises CannotRunError."""
        quick_ends = 0
        while True:
            begun = time.monotonic()
            try:
                await self._once()
            finally:
                await self._end()
            quick_ends = quick_ends + 1 if time.monotonic() - begun < _QUICK_SECONDS else 1
            if quick_ends >= _MOST_QUICK_ENDS:
                raise CannotRunError(f"slipway {self._arguments[0]} ends as soon as it is started: {self._last_line()}")
            await asyncio.sleep(min(_LONGEST_PAUSE, _PAUSE_SECONDS * 2**quick_ends))

    async def _once(self) -> None:
        """Starts the process and waits for its end."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            os.replace(self._log, self._log.with_name(f"{self._log.name}.1"))
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "studio.asking.child", *self._arguments),
                env=self._environment,
                # The pipe is never written to: its end tells the child that the studio is gone (studio.asking.child).
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                # Ctrl-C in the terminal is the studio's: it ends its children itself.
                start_new_session=True,
            )
        await self._process.wait()
        self._ended.set()

    async def _end(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _END_SECONDS)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def _last_line(self) -> str:
        try:
            text = self._log.read_bytes()[-_TAIL_BYTES:].decode(errors="replace")
        except OSError as error:
            return str(error)
        return f"{last_line(text)[:500] or 'it wrote nothing'} (all of it: {self._log})"

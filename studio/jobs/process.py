"""The child process of a job: started apart from the server, found again by the next one, measured and stopped.

The child writes into files and is the leader of a session of its own: neither the server's end nor a Ctrl-C in its terminal
reaches it. It carries the job's id in a variable, by which another server knows it for certain.
"""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil

VARIABLE = "SLIPWAY_STUDIO_JOB"


class Process:
    """A child process that runs, or did.

    Attributes:
      pid: its id, and that of its process group and session.
    """

    def __init__(self, pid: int, child: subprocess.Popen[bytes] | None = None) -> None:
        self.pid = pid
        self._child = child
        self._process: psutil.Process | None = None
        with contextlib.suppress(psutil.NoSuchProcess):
            self._process = psutil.Process(pid)

    @classmethod
    def start(cls, command: list[str], variables: Mapping[str, str], out: Path, log: Path) -> "Process":
        """Starts a child whose stdout and stderr are appended to files.

        Raises:
          OSError: it cannot be started.
        """
        with out.open("ab") as stdout, log.open("ab") as stderr:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                env=dict(variables),
                start_new_session=True,
            )
        return cls(child.pid, child)

    @classmethod
    def find(cls, job: str, pid: int | None) -> "Process | None":
        """The child of a job that an earlier server started; None where it has ended.

        Args:
          pid: its id, where that was written down: the server may have ended in the moment between.
        """
        candidates = psutil.process_iter() if pid is None else _existing(pid)
        for one in candidates:
            with contextlib.suppress(psutil.Error, OSError):
                # Whatever the child starts has the variable, too, but is no leader of a session.
                if one.environ().get(VARIABLE) == job and os.getsid(one.pid) == one.pid and _lives(one):
                    return cls(one.pid)
        return None

    def poll(self) -> bool:
        """Whether it runs; a child of this server that has ended is taken from the system's table."""
        if self._child is not None:
            return self._child.poll() is None
        with contextlib.suppress(psutil.Error):
            return self._process is not None and self._process.is_running() and _lives(self._process)
        return False

    @property
    def exit_code(self) -> int | None:
        """Its code once it has ended, negative for a signal; None of a process that another server started."""
        return self._child.poll() if self._child is not None else None

    def memory_mb(self) -> float:
        """Megabytes that it and what it started have in memory (resident)."""
        total = 0
        for one in self._tree():
            with contextlib.suppress(psutil.Error):
                total += one.memory_info().rss
        return total / 1e6

    def interrupt(self) -> None:
        """As Ctrl-C does: the command ends in good order, and says what it keeps."""
        self._signal(signal.SIGINT)

    def kill(self) -> None:
        """Ends it and all that it started, at once."""
        self._signal(signal.SIGKILL)
        self.kill_rest()

    def kill_rest(self) -> None:
        """Ends what it started and left behind."""
        for one in self._tree():
            with contextlib.suppress(psutil.Error):
                one.kill()

    def _signal(self, which: signal.Signals) -> None:
        if self.poll():  # else the id may be another process's by now
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, which)

    def _tree(self) -> Iterator[psutil.Process]:
        """It and its session; a worker whose parent has ended is there by its session alone."""
        for one in psutil.process_iter():
            with contextlib.suppress(OSError):
                if os.getsid(one.pid) == self.pid:
                    yield one


def _existing(pid: int) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        return [psutil.Process(pid)]
    return []


def _lives(process: psutil.Process) -> bool:
    return process.status() != psutil.STATUS_ZOMBIE

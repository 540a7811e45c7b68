"""Beam's job server for Flink, as a process that lives as long as a run.

Beam's FlinkRunner would start one for each step, and leave it running when the process ends at once.
"""

import contextlib
import ctypes
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pipelines.beam import runners

_START_SECONDS = 120
_STOP_SECONDS = 10
_LOGS = (
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
    # After each job it prints the counters of all its parts, thousands of lines.
    "-Dorg.slf4j.simpleLogger.log.org.apache.beam.runners.flink.FlinkPipelineRunner=warn",
)
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


@contextlib.contextmanager
def running(args: Sequence[str], log: Path) -> Iterator[Callable[[], tuple[str, ...]]]:
    """Starts a job server if Beam's arguments ask for one (runners.arguments), without waiting for it.

    Args:
      args: Beam's arguments.
      log: what it prints is written here.

    Yields:
      A function that waits for the server and returns the arguments to use, at once where none is needed. It raises
      RuntimeError if the server does not start.
    """
    jar = runners.option(args, "flink_job_server_jar")
    if jar is None:
        yield lambda: tuple(args)
        return
    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="slipway-job-server-") as folder, log.open("wb") as output:
        master = f"--flink-master={runners.option(args, 'flink_master')}"
        options = [master, "--job-host=localhost", f"--job-port={port}", "--artifact-port=0", "--expansion-port=0"]
        process = subprocess.Popen(
            ["java", *_LOGS, "-jar", jar, *options, f"--artifacts-dir={folder}"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=_end_with_the_parent,
        )
        try:
            yield lambda: (*args, f"--job_endpoint=localhost:{_waited_for(process, port, log)}")
        finally:
            _stop(process)


def _waited_for(process: "subprocess.Popen[bytes]", port: int, log: Path) -> int:
    """The port, once somebody listens there."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            socket.create_connection(("localhost", port), 1).close()
            return port
        time.sleep(0.1)
    last = log.read_text(errors="replace").splitlines()[-1:]
    raise RuntimeError(f"Beam's job server did not start, see {log}: {' '.join(last)[:300]}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_with_the_parent() -> None:
    """A run that is killed leaves nothing behind."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("localhost", 0))
        port: int = found.getsockname()[1]
        return port

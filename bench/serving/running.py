"""Real servers for the benchmarks: started on free ports, waited for, watched, and ended."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

REPOSITORY = Path(__file__).parents[2]
_START_SECONDS = 120
_STOP_SECONDS = 40


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass(frozen=True)
class Server:
    """A running server: its process and where it listens."""

    process: "subprocess.Popen[bytes]"
    port: int

    def megabytes(self) -> float:
        """Resident memory now. Raises an error if the process has ended."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError(f"process {self.process.pid} has ended with {self.process.poll()}")

    def processor_seconds(self) -> float:
        """User and system time so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def alive(self) -> bool:
        return self.process.poll() is None


@contextmanager
def command(
    arguments: list[str], port: int, ready: str | None = None, environment: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Server]:
    """A server process, from when it is ready until SIGTERM.

    Args:
      ready: a URL that answers 200 when it is; without one, an open port will do.
      environment: variables besides those of this process.
    """
    with tempfile.TemporaryFile("w+b") as log:
        variables = {**os.environ, **environment}
        process = subprocess.Popen(arguments, cwd=REPOSITORY, env=variables, stdout=log, stderr=subprocess.STDOUT)
        server = Server(process, port)
        try:
            _wait(server, ready)
            yield server
        except BaseException:
            log.seek(0)
            sys.stderr.write(log.read()[-3000:].decode(errors="replace"))
            raise
        finally:
            _end(process)


def _wait(server: Server, ready: str | None) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if not server.alive:
            sys.exit(f"{server.process.args} ended with {server.process.returncode}")
        if _answers(server.port, ready):
            return
        time.sleep(0.1)
    sys.exit(f"{server.process.args} was not ready in {_START_SECONDS} s")


def _answers(port: int, ready: str | None) -> bool:
    try:
        if ready is None:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        with urllib.request.urlopen(ready, timeout=1) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def model_server(models: Path, *more: str) -> Iterator[Server]:
    """``slipway serve`` with gRPC alone, all models loaded."""
    port = free_port()
    script = [sys.executable, "slipway.py", "serve", "--models", str(models)]
    with command([*script, "--grpc-port", str(port), "--rest-port", "-1", *more], port) as server:
        yield server


@contextmanager
def gateway(models: Path, upstream: Server, *more: str) -> Iterator[Server]:
    """``slipway gateway`` before a model server."""
    port = free_port()
    script = [sys.executable, "slipway.py", "gateway", "--models", str(models)]
    options = ["--port", str(port), "--upstream", f"127.0.0.1:{upstream.port}"]
    with command([*script, *options, *more], port, f"http://127.0.0.1:{port}/readyz") as server:
        yield server

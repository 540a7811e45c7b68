"""Trained models behind the real `slipway serve` and `slipway gateway`."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from serving.client import GatewayClient
from tests.serving.client.servers import free_port

ROOT = Path(__file__).parents[3]
SLIPWAY = [sys.executable, str(ROOT / "slipway.py")]


@dataclass(frozen=True)
class Served:
    """Attributes:
    home: $SLIPWAY_HOME.
    ports: the ports that were taken instead of the usual ones: 8500 (gRPC), 8501 (REST), 8080 (gateway).
    """

    home: Path
    ports: dict[str, int]

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {"SLIPWAY_HOME": str(self.home)}

    @property
    def gateway(self) -> str:
        return f"http://127.0.0.1:{self.ports['8080']}"

    @property
    def model_server(self) -> str:
        return f"grpc://127.0.0.1:{self.ports['8500']}"


@contextlib.contextmanager
def served(home: Path, data: Path) -> Iterator[Served]:
    """Trains digits and a Titanic model, and serves them."""
    found = Served(home, {port: free_port() for port in ("8500", "8501", "8080")})
    environment = found.environment | {"SLIPWAY_DATA": str(data)}
    for arguments in (["digits"], ["titanic", "--set", "ensemble=1"]):
        subprocess.run([*SLIPWAY, "run", *arguments], env=environment, check=True, capture_output=True)
    ports = ["--grpc-port", f"{found.ports['8500']}", "--rest-port", f"{found.ports['8501']}"]
    with running(found, "serve", *ports), gateway(found, port=found.ports["8080"]):
        yield found


@contextlib.contextmanager
def gateway(found: Served, *options: str, port: int | None = None) -> Iterator[str]:
    """A gateway in front of the model server; yields its URL when all models are ready."""
    url = f"http://127.0.0.1:{port or free_port()}"
    upstream = f"127.0.0.1:{found.ports['8500']}"
    with running(found, "gateway", "--upstream", upstream, "--port", url.rpartition(":")[2], *options):
        _wait_until_ready(url)
        yield url


@contextlib.contextmanager
def running(found: Served, *arguments: str) -> Iterator[None]:
    with (found.home / "servers.log").open("ab") as log:
        process = subprocess.Popen([*SLIPWAY, *arguments], env=found.environment, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def _wait_until_ready(url: str) -> None:
    with GatewayClient(url) as client:
        for _ in range(600):
            if client.ready(timeout=1):
                return
            time.sleep(0.1)
    raise AssertionError(f"{url} is not ready after a minute")

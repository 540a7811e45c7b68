"""`slipway serve` and `slipway gateway` as processes, as in the README's two terminals."""

import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.e2e.command import Slipway

_START_SECONDS = 120


@dataclass(frozen=True)
class Stack:
    """Addresses of running servers; ``models`` is the folder that they watch."""

    models: Path
    grpc: str
    rest: str
    gateway: str


@contextmanager
def process(
    slipway: Slipway, stream: str, says: str, *arguments: str
) -> Iterator[tuple[subprocess.Popen[str], "re.Match[str]"]]:
    """A server from its line on ``stream`` that matches ``says`` on, until SIGTERM; it must end well."""
    started = slipway.start(*arguments)
    try:
        yield started, _said(started, stream, says)
    finally:
        started.send_signal(signal.SIGTERM)
        code = started.wait(60)
    assert code == 0


def _said(started: subprocess.Popen[str], stream: str, says: str) -> "re.Match[str]":
    """The match of the first line that says it; what comes after is read by others, or the pipes would be full."""
    found, lines = None, list[str]()
    alarm = threading.Timer(_START_SECONDS, started.kill)
    alarm.start()
    for line in getattr(started, stream):
        lines.append(line)
        if found := re.search(says, line):
            break
    alarm.cancel()
    for pipe in (started.stdout, started.stderr):
        assert pipe is not None
        threading.Thread(target=pipe.read, daemon=True).start()
    assert found, f"{started.args} said nothing of {says!r}: {''.join(lines)}"
    return found


@contextmanager
def running(slipway: Slipway) -> Iterator[Stack]:
    """A model server and a gateway on free ports, over the home's models folder."""
    models = slipway.home / "models"
    serve = ("serve", "--grpc-port", "0", "--rest-port", "0", "--poll-seconds", "0.2")
    with process(slipway, "stderr", r"gRPC on (\S+) and REST on (\S+)", *serve) as (_, served):
        grpc, rest = served.groups()
        gateway = ("gateway", "--port", "0", "--upstream", grpc)
        with process(slipway, "stdout", r"(http://[\w.]+:\d+)", *gateway) as (_, listening):
            yield Stack(models, grpc, f"http://{rest}", listening[1])


def wait_until_served(stack: Stack, name: str) -> None:
    """Until the gateway says that a model's newest version is ready."""
    transport = httpx.HTTPTransport(retries=3)
    with httpx.Client(base_url=stack.gateway, timeout=30, transport=transport) as client:
        for _ in range(1200):  # two minutes: a model of many columns is loaded beside other tests
            listed = client.get("/v1/models").json()["models"]
            if any(model["name"] == name and model["ready"] for model in listed):
                return
            threading.Event().wait(0.1)
    raise AssertionError(f"{name} was not served: {listed}")

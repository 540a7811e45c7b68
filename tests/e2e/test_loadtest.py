"""`slipway loadtest` from a run to a report: a pushed model, the real model server and gateway, real rows."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.command import Slipway

SECONDS = 60  # for a server to start


@pytest.fixture(scope="module")
def slipway(home: Path) -> Slipway:
    made = Slipway(home, home.parent / "no-data")
    made("run", "digits", "--set", "epochs=8")
    return made


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def urls(slipway: Slipway) -> Iterator[dict[str, str]]:
    """The model server and the gateway before it."""
    grpc, http = free_port(), free_port()
    started: list[subprocess.Popen[str]] = []
    log = (slipway.home / "servers.log").open("w")

    def start(port: int, *arguments: str) -> None:
        environment = os.environ | {"SLIPWAY_HOME": str(slipway.home)}
        command = [sys.executable, str(slipway.code / "slipway.py"), *arguments]
        started.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log, text=True))
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.1)
        raise AssertionError(f"{arguments} did not listen in {SECONDS} s")

    start(grpc, "serve", "--grpc-port", str(grpc), "--rest-port", "-1")
    start(http, "gateway", "--port", str(http), "--upstream", f"127.0.0.1:{grpc}")
    yield {"grpc": f"grpc://127.0.0.1:{grpc}", "http": f"http://127.0.0.1:{http}"}
    for process in reversed(started):
        process.send_signal(signal.SIGTERM)
        process.wait(SECONDS)
    log.close()


@pytest.mark.parametrize(("way", "batch"), [("grpc", 1), ("http", 1), ("grpc", 8), ("http", 8)])
def test_every_picture_is_answered(slipway: Slipway, urls: dict[str, str], way: str, batch: int) -> None:
    out = slipway.home / f"{way}-{batch}"
    result = slipway.json(
        "loadtest", "digits", "--url", urls[way], "--rate", "20", "--duration", "2", "--batch", str(batch), "--out", str(out),
    )  # fmt: skip
    (step,) = result["rates"]
    assert (step["requests"], step["answered"], step["errors"]) == (40, 40, {})
    assert 0 < step["latency"]["p50"] <= step["latency"]["max"]
    assert (
        result["rows"] == json.loads(slipway("versions", "digits", "--json")[0])["versions"][-1]["data"]["rows"]["test"]
    )
    assert {path.name for path in out.iterdir()} == {"load_test.json", "load_test.png", "load_test.html"}


def test_a_report_is_kept_in_the_home(slipway: Slipway, urls: dict[str, str]) -> None:
    out, _ = slipway("loadtest", "digits", "--url", urls["http"], "--rate", "10", "--duration", "1")
    (folder,) = (slipway.home / "reports" / "digits" / "loadtest").iterdir()
    assert f"report: {folder}" in out and "answered/s" in out and "error" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("digits", "--url", "http://192.0.2.1"), "--allow-remote"),
        (("digits", "--url", "grpc://127.0.0.1:9"), "does not answer: UNAVAILABLE"),
        (("titanic",), "no model of 'titanic' has been pushed"),
        (("digits", "--rate", "0"), "--rate"),
    ],
)
def test_what_cannot_be_tested_is_one_line(slipway: Slipway, arguments: tuple[str, ...], message: str) -> None:
    assert message in slipway.refused("loadtest", *arguments)

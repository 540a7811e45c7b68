#!/usr/bin/env python
"""Measures the images: their size above the base, what a build takes, and how long the gateway's container takes to be ready.

usage: containers.py [--names NAME NAME] [--turns T] [--without-cache] [--note TEXT] [--out FILE]

The base is the one of tests/containers. Without --without-cache a build takes the layers that Docker has. Ready is 200 at
/readyz, over a model server that runs beside it; the clock starts before `docker run`, so that Docker's own time is in it.
"""

import argparse
import os
import platform
import statistics
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import docker

REPOSITORY = Path(__file__).parents[1]
sys.path.insert(0, str(REPOSITORY))

from tests.containers import images, restricted  # noqa: E402
from tests.serving.client.servers import free_port  # noqa: E402

_BETWEEN_SECONDS = 0.01


def ready(url: str) -> None:
    """Waits for 200; raises TimeoutError after a minute."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(_BETWEEN_SECONDS)
    raise TimeoutError(f"{url} was not 200 within a minute")


@contextmanager
def model_server(folder: Path) -> Iterator[str]:
    """The trainer's image in the model server's place, with a model of digits; yields the network that it is on."""
    tag = images.image("trainer")
    made = restricted.run(tag, "slipway", "run", "digits", write={"/mnt/slipway": folder})
    assert made.code == 0, made.stderr
    network = docker.from_env().networks.create("slipway-bench", driver="bridge")
    try:
        read = {"/models": folder / "home" / "models"}
        command = ["serve", "--host=0.0.0.0", "--models=/models"]
        with restricted.started(tag, command, read=read, network="slipway-bench", name="slipway-bench-server"):
            yield "slipway-bench"
    finally:
        network.remove()


def start_seconds(network: str, folder: Path) -> float:
    """From `docker run` of the gateway's image to the first 200 at /readyz."""
    port = free_port()
    command = ["gateway", "--host=0.0.0.0", "--upstream=slipway-bench-server:8500", "--models=/models"]
    read = {"/models": folder / "home" / "models", "/keys": folder / "home"}
    began = time.monotonic()
    with restricted.started(
        "slipway-gateway:test", [*command, "--keys=/keys/gateway_keys.json"],
        read=read, network=network, ports={"8080/tcp": ("127.0.0.1", port)},
    ):  # fmt: skip
        ready(f"http://127.0.0.1:{port}/readyz")
        return time.monotonic() - began


def starts(turns: int) -> list[float]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        with model_server(folder) as network:
            key = restricted.run(
                *("slipway-gateway:test", "slipway", "keys", "add", "bench"),
                write={"/keys": folder / "home"},
                environment={"SLIPWAY_HOME": "/keys"},
            )
            assert key.code == 0, key.stderr
            start_seconds(network, folder)  # until the model server has its model, and the files are in memory
            return [start_seconds(network, folder) for _ in range(turns)]


def table(names: list[str], without_cache: bool, seconds: list[float]) -> str:
    base = images.size(images.base())
    how = "none of its layers" if without_cache else "the layers that it had"
    rows = [
        f"## Images\n\n{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, "
        f"Docker {docker.from_env().version()['Version']}; built by `docker build` with {how}. "
        f"The base, with g++, has {base / 1e6:.0f} MB.\n",
        "| image | MB above its base | build s |\n|---|---:|---:|",
    ]
    for name in names:
        began = time.monotonic()
        tag = images.build(name, f"slipway-{name}:test", *(["--no-cache"] if without_cache else []))
        seconds_built = time.monotonic() - began
        rows.append(f"| {name} | {(images.size(tag) - base) / 1e6:.0f} | {seconds_built:.0f} |")
    if seconds:
        rows.append(
            f"\nThe gateway's container from `docker run` to /readyz: median {statistics.median(seconds):.2f} s, "
            f"at most {max(seconds):.2f} s of {len(seconds)} starts."
        )
    return "\n".join(rows) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", nargs="+", default=["gateway", "trainer"], choices=images.NAMES)
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--without-cache", action="store_true")
    parser.add_argument("--note", default="", help="what else is to be known of the machine")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    arguments = parser.parse_args()
    if reason := images.missing():
        sys.exit(f"containers.py: {reason}")
    images.image("gateway")
    seconds = starts(arguments.turns) if arguments.turns else []
    arguments.out.write_text(table(arguments.names, arguments.without_cache, seconds) + arguments.note)
    print(arguments.out.read_text())


if __name__ == "__main__":
    main()

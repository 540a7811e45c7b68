"""serving/compose.yaml, as docs/serving.md starts it: the page's commands word for word, in what of a clone they read."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker
import httpx
from docker.models.containers import Container

from tests.containers import images
from tests.e2e.command import copy_of_code
from tests.serving.client.servers import free_port

PAGE = images.ROOT / "docs" / "serving.md"
_SECTION = re.compile(r"^## In production$(.*?)(?:^## |\Z)", re.DOTALL | re.MULTILINE)
_BLOCK = re.compile(r"^```\n(\$ .*?)^```$", re.DOTALL | re.MULTILINE)
_KEY = re.compile(r"^slk_\S+$", re.MULTILINE)
_START_SECONDS = 600


def missing() -> str | None:
    """Why no compose file can be run here, or None."""
    return None if _compose() else "Docker Compose is not installed: apt-get install docker-compose"


def _compose() -> list[str]:
    """`docker compose`, or what Debian has."""
    if subprocess.run(["docker", "compose", "version"], capture_output=True).returncode == 0:
        return ["docker", "compose"]
    return [program] if (program := shutil.which("docker-compose")) else []


def blocks() -> list[str]:
    """The commands of the page's section, a text for each of its blocks."""
    (section,) = _SECTION.findall(PAGE.read_text())
    return [re.sub(r"^\$ ", "", block, flags=re.MULTILINE) for block in _BLOCK.findall(section)]


@dataclass(frozen=True)
class Production:
    """The containers of the compose file, while they run.

    Attributes:
      clone: the folder in which its commands were typed; the home is .slipway there.
      url: where the gateway is reached, from this machine.
      key: an API key.
      environment: of a shell in which the page's variables are exported.
    """

    clone: Path
    url: str
    key: str
    environment: dict[str, str]

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"X-API-Key": self.key}, timeout=30)

    def container(self, service: str) -> Container:
        labels = [f"com.docker.compose.project={self.environment['COMPOSE_PROJECT_NAME']}"]
        labels += [f"com.docker.compose.service={service}"]
        (found,) = docker.from_env().containers.list(all=True, filters={"label": labels})
        return found

    def until_ready(self, *models: str) -> None:
        """Until the gateway is ready and lists these models as ready; raises AssertionError with what it last said."""
        end = time.monotonic() + _START_SECONDS
        said: object = "nothing"
        while time.monotonic() < end:
            time.sleep(0.2)
            try:
                with self.client() as client:
                    said = client.get("/readyz").text
                    listed = client.get("/v1/models").json()["models"]
            except (httpx.TransportError, ValueError, KeyError):
                continue
            said = (said, listed)
            if set(models) <= {model["name"] for model in listed if model["ready"]}:
                return
        raise AssertionError(f"{models} are not ready at {self.url}: {said}")


def make_clone(folder: Path, home: Path) -> Path:
    """What of a clone the page's commands read, with a home in it. Its Dockerfiles name a base that need not be pulled."""
    copy_of_code(folder)
    for name in (".dockerignore", "requirements-uv.lock"):
        shutil.copy(images.ROOT / name, folder)
    for name in ("k8s/images", "docs"):
        shutil.copytree(images.ROOT / name, folder / name)
    for file in (folder / "k8s" / "images").glob("*.Dockerfile"):
        file.write_text(
            re.sub(r"^(ARG PYTHON_IMAGE)=.*$", rf"\1={images.base()}", file.read_text(), flags=re.MULTILINE)
        )
    shutil.copytree(home, folder / ".slipway")
    program(folder / "bin" / "slipway", f'exec "{sys.executable}" "{folder}/slipway.py" "$@"')
    if len(compose := _compose()) == 1:
        program(
            folder / "bin" / "docker",
            f'[ "$1" = compose ] || exec {shutil.which("docker")} "$@"\nshift\nexec {compose[0]} "$@"',
        )
    return folder


def program(file: Path, text: str) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)


@contextmanager
def production(clone: Path, log: Path) -> Iterator[Production]:
    """Types the section's commands in ``clone``; ``log`` gets what they print. The containers are removed at the end."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SLIPWAY_", "COMPOSE_"))}
    environment |= {"GATEWAY_PORT": str(port), "COMPOSE_PROJECT_NAME": f"slipway-test-{port}"}
    environment |= {"PATH": f"{clone / 'bin'}:{environment['PATH']}", "HOME": str(clone)}
    start, models = blocks()
    script = f"{start.rstrip()} &\n{models}\nwait"
    with log.open("w") as file:
        typed = subprocess.Popen(
            ["bash", "-ec", script],
            cwd=clone, env=environment, stdout=file, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    exported = environment | {"SLIPWAY_HOME": str(clone / ".slipway")}
    try:
        yield Production(clone, f"http://127.0.0.1:{port}", _key(typed, log), exported)
    finally:
        os.killpg(typed.pid, signal.SIGTERM)
        typed.wait(120)
        command = ["docker", "compose", "-f", "serving/compose.yaml", "down", "--volumes"]
        subprocess.run(command, cwd=clone, env=exported, check=True, capture_output=True)


def _key(typed: "subprocess.Popen[bytes]", log: Path) -> str:
    """The key that the first of the commands shows."""
    for _ in range(1200):
        if found := _KEY.search(log.read_text()):
            return found[0]
        assert typed.poll() is None, log.read_text()
        time.sleep(0.1)
    raise AssertionError(f"no key: {log.read_text()}")

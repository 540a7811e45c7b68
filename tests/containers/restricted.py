"""Containers that may do what a pod of ours may: uid 1000, a read-only root but for /tmp, no capability, and none to gain."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
from docker.models.containers import Container

_WAIT_SECONDS = 180


@dataclass(frozen=True)
class Done:
    """What a container's command has left: its exit code, and what it wrote."""

    code: int
    stdout: str
    stderr: str


def run(tag: str, *command: str, seconds: int = 500, **options: Any) -> Done:
    """Runs ``command``, which replaces ENTRYPOINT and CMD, to its end; ``options`` as for ``started``."""
    with started(tag, list(command[1:]), entrypoint=[command[0]], **options) as container:
        code = container.wait(timeout=seconds)["StatusCode"]
        out, err = (container.logs(stdout=out, stderr=not out).decode() for out in (True, False))
    return Done(code, out, err)


@contextmanager
def started(
    tag: str,
    command: list[str] | None = None,
    *,
    read: Mapping[str, Path] | None = None,
    write: Mapping[str, Path] | None = None,
    network: str = "none",
    memory: str = "4g",
    **options: Any,
) -> Iterator[Container]:
    """A container from its start on; it is killed and removed at the end.

    Args:
      command: instead of the image's CMD.
      read, write: folders by the paths under which they are mounted; those for writing are given to uid 1000.
      network: without a name of one, there is 127.0.0.1 alone.
      memory: what it may take, with a unit as `docker run --memory` has it.
      options: more of ``docker.containers.run``.
    """
    for folder in (write or {}).values():
        own(folder)
    volumes = {str(folder): {"bind": path, "mode": "ro"} for path, folder in (read or {}).items()}
    volumes |= {str(folder): {"bind": path, "mode": "rw"} for path, folder in (write or {}).items()}
    container = docker.from_env().containers.run(
        tag, command, detach=True, read_only=True, tmpfs={"/tmp": ""}, cap_drop=["ALL"], volumes=volumes,
        security_opt=["no-new-privileges:true"], network_mode=network, mem_limit=memory, **options,
    )  # fmt: skip
    try:
        yield container
    finally:
        container.remove(force=True, v=True)


def until_healthy(container: Container) -> None:
    """Waits for the image's own health check; raises AssertionError with the container's words when it never says so."""
    end = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < end:
        container.reload()
        if container.attrs["State"]["Health"]["Status"] == "healthy":
            return
        if container.status != "running":
            break
        time.sleep(0.2)
    raise AssertionError(f"{container.image} is {container.attrs['State']}: {container.logs().decode()}")


def stopped(container: Container) -> int:
    """The exit code after SIGTERM."""
    container.stop(timeout=60)
    code: int = container.wait()["StatusCode"]
    return code


def own(folder: Path) -> None:
    """Gives a folder and all that is in it to the images' user."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, 1000, 1000, follow_symlinks=False)

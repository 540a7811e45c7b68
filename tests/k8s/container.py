"""Builds and runs the images of k8s/images without an image engine: bubblewrap gives each process a root of its own.

The base image is this machine's /usr and /etc with the Python that runs the tests; the steps and their order, what is copied,
the environment, the user and the read-only root are the Dockerfile's.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.k8s.dockerfile import Instruction, Stage, stages

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "k8s" / "images"
_PATH = f"{sys.base_prefix}/bin:/usr/bin:/bin"
_OF_DOWNLOADS = ("PIP_", "UV_", "SSL_", "REQUESTS_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


def missing() -> str | None:
    """Why nothing can be built here, or None."""
    if not shutil.which("bwrap"):
        return "bubblewrap is not installed: apt-get install bubblewrap"
    tried = subprocess.run(["bwrap", *_BASE, "true"], capture_output=True, text=True)
    return f"bubblewrap cannot work here: {tried.stderr.strip()}" if tried.returncode else None


_BASE = (
    *("--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent", "--clearenv"),
    *("--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib"),
    *("--symlink", "usr/lib64", "/lib64", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/home"),
    *("--ro-bind", sys.base_prefix, sys.base_prefix),
)


@dataclass(frozen=True)
class Image:
    """What `docker build` would give.

    Attributes:
      stage: the Dockerfile's last stage.
      root: the folder with what the stage put on top of its base.
    """

    stage: Stage
    root: Path

    def command(
        self,
        command: Sequence[str],
        read: Mapping[str, Path] | None = None,
        write: Mapping[str, Path] | None = None,
        network: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> list[str]:
        """The command line that runs ``command`` in a container, as the image's user.

        Args:
          command: replaces ENTRYPOINT and CMD.
          read, write: folders by the paths under which they are mounted. All else but /tmp is read-only.
          network: this machine's network; without it, one with nothing but 127.0.0.1.
          environment: variables beside the image's own.
        """
        user, group = self.stage.last("USER").value.split(":")
        options = [*_BASE, "--uid", user, "--gid", group, "--chdir", self.stage.last("WORKDIR").value]
        options += ["--tmpfs", "/tmp", *_bound("--ro-bind", self.root)]
        for how, mounts in (("--ro-bind", read), ("--bind", write)):
            options += [word for path, folder in (mounts or {}).items() for word in (how, str(folder), path)]
        options += ["--remount-ro", "/", *([] if network else ["--unshare-net"])]
        return ["bwrap", *options, *_set(self.stage.environment | dict(environment or {})), *command]

    def run(self, *command: str, **options: Any) -> "subprocess.CompletedProcess[str]":
        """Runs a command to its end, in a container."""
        return subprocess.run(self.command(command, **options), capture_output=True, text=True, timeout=300)

    @property
    def entry(self) -> list[str]:
        return self.stage.last("ENTRYPOINT").words

    @property
    def default_command(self) -> list[str]:
        return self.entry + self.stage.last("CMD").words


def build(name: str, folder: Path, **arguments: str) -> Image:
    """`docker build` of k8s/images/NAME.Dockerfile in ``folder``; raises CalledProcessError with a step's own words."""
    folders: dict[str, Path] = {}
    for number, stage in enumerate(stages(IMAGES / f"{name}.Dockerfile", arguments, _PATH)):
        root = folders[stage.name] = folder / str(number)
        for top in ("opt", "tmp"):
            (root / top).mkdir(parents=True)
        working = "/"
        for instruction in stage.instructions:
            if instruction.name == "WORKDIR":
                working = instruction.value
                _inside(root, working).mkdir(parents=True, exist_ok=True)
            elif instruction.name == "COPY":
                _copy(instruction, folders, root, working)
            elif instruction.name == "RUN":
                _run(instruction, root, working, stage)
        (root / "tmp").rename(folder / f"{number}-tmp")
    return Image(stage, root)


def stop(started: "subprocess.Popen[str]") -> None:
    """SIGTERM to a container's first process, which is bubblewrap's grandchild: bubblewrap itself passes no signal on."""
    process = started.pid
    for _ in range(2):
        (process,) = map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split())
    os.kill(process, signal.SIGTERM)


def _copy(instruction: Instruction, folders: Mapping[str, Path], root: Path, working: str) -> None:
    """COPY: a folder's content goes into the target, a file goes under its name where the target ends with a slash."""
    *sources, target = instruction.words
    start = ROOT
    if sources[0].startswith("--from="):
        start = folders[sources.pop(0).removeprefix("--from=")]
    to = _inside(root, os.path.join(working, target))
    for source in (_inside(start, path) for path in sources):
        if source.is_dir():
            # Between stages by hard links: a trainer's packages have 3.6 GB.
            how = (
                {"ignore": shutil.ignore_patterns("__pycache__", "node_modules")}
                if start is ROOT
                else {"copy_function": os.link}
            )
            shutil.copytree(source, to, symlinks=True, dirs_exist_ok=True, **how)
        else:
            to.mkdir(parents=True, exist_ok=True)
            assert target.endswith("/")
            shutil.copy2(source, to)


def _run(instruction: Instruction, root: Path, working: str, stage: Stage) -> None:
    """RUN, as root of its own user namespace, with the packages that were downloaded before."""
    cache = Path(os.environ.get("UV_CACHE_DIR") or Path.home() / ".cache" / "uv")
    cache.mkdir(parents=True, exist_ok=True)
    options = [*_BASE, "--uid", "0", "--gid", "0", "--ro-bind", "/etc", "/etc", "--chdir", working]
    options += [*_bound("--bind", root), "--bind", str(cache), "/home/cache"]
    downloads = {name: value for name, value in os.environ.items() if name.upper().startswith(_OF_DOWNLOADS)}
    variables = downloads | {"HOME": "/home", "PATH": _PATH, "UV_CACHE_DIR": "/home/cache"} | stage.environment
    command = ["bwrap", *options, *_set(variables), "/bin/sh", "-c", instruction.value]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, instruction.value, done.stdout)


def _bound(how: str, root: Path) -> list[str]:
    return [word for top in sorted(root.iterdir()) for word in (how, str(top), f"/{top.name}")]


def _set(variables: Mapping[str, str]) -> list[str]:
    return [word for name, value in variables.items() for word in ("--setenv", name, value)]


def _inside(root: Path, path: str) -> Path:
    return root / os.path.normpath(path).lstrip("/")

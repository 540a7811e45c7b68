"""What tests build from the Go module proxy (programs/) and keep in build/programs: Kubernetes as one program, and others."""

import os
import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).parent / "programs"
FOLDER = Path(__file__).parents[2] / "build" / "programs"
OWN = ("kubernetes", "coredns", "policies", "pause")
_PLUGINS = "github.com/containernetworking/plugins/plugins"
PLUGINS = {name: f"{_PLUGINS}/{kind}/{name}" for name, kind in
           {"bridge": "main", "loopback": "main", "host-local": "ipam", "portmap": "meta"}.items()}  # fmt: skip
VERSION = "1.32"  # as in programs/go.mod
_FLAGS = f"-s -w -X k8s.io/component-base/version.gitVersion=v{VERSION}.13"
_SECONDS = 3600  # seven minutes on two cores that have nothing else to do


def missing(*names: str) -> str | None:
    """Why these programs cannot be had here, or None if they can."""
    absent = [name for name in names if not _is_built(name)]
    if absent and shutil.which("go") is None:
        return f"neither {', '.join(absent)} nor go, which could build them, is found"
    return None


def _is_built(name: str) -> bool:
    newest = max(file.stat().st_mtime for file in SOURCE.rglob("*") if file.is_file())
    built = FOLDER / name
    return built.is_file() and built.stat().st_mtime >= newest


def build(*names: str) -> list[Path]:
    """These of ``OWN`` and ``PLUGINS``, built by one command where they are not there yet: they share most packages.

    Raises:
      RuntimeError: one cannot be built; the text is Go's.
    """
    if absent := [name for name in names if not _is_built(name)]:
        part = FOLDER / f".part.{os.getpid()}"
        part.mkdir(parents=True, exist_ok=True)
        packages = [PLUGINS.get(name, f"./{name}") for name in absent]
        command = ["go", "build", "-trimpath", f"-ldflags={_FLAGS}", "-o", f"{part}/", *packages]
        environment = os.environ | {"CGO_ENABLED": "0"}  # they run in images that hold nothing else
        done = subprocess.run(
            command, cwd=SOURCE, env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        if done.returncode:
            shutil.rmtree(part)
            raise RuntimeError(f"{', '.join(absent)} cannot be built: {done.stderr[-2000:]}")
        for name in absent:
            os.utime(part / name)
            os.replace(part / name, FOLDER / name)
        part.rmdir()
    return [FOLDER / name for name in names]

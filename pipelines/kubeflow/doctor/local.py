"""What this machine has: Python, libraries, memory, the home, data, accelerators, the metadata store."""

import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

from components.data.sources.matching import is_there
from pipelines.execution import metadata_store
from pipelines.kubeflow.doctor import Finding, State
from pipelines.page import catalog
from schemas.errors import InputError
from schemas.home import Home
from schemas.sources.addresses import is_remote

_LIBRARIES = ("tensorflow", "tfx", "apache-beam", "ml-metadata", "tensorflow-transform", "tensorflow-model-analysis")
_KUBEFLOW = ("kfp", "kfp-kubernetes")
_PYTHON = (3, 11)
_LEAST_DISK_MB = 1024
_LEAST_MEMORY_MB = 2048  # the libraries alone take a half
_SECONDS = 60


def findings(home: Home, environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Looks at one thing after another; loads TensorFlow only where there is an NVIDIA GPU."""
    yield _python()
    yield _libraries(_LIBRARIES, "libraries", "missing")
    yield _libraries(_KUBEFLOW, "libraries for Kubeflow", "note")
    yield _memory()
    yield from _home(home)
    yield from _data(home)
    yield _metadata(home, environment)
    yield _accelerators()


def _python() -> Finding:
    version = platform.python_version()
    if sys.version_info[:2] == _PYTHON:
        return Finding("python", "ok", version)
    wanted = ".".join(map(str, _PYTHON))
    return Finding("python", "missing", f"{version}; TFX needs {wanted}", f"make setup PYTHON=python{wanted}")


def _libraries(names: tuple[str, ...], what: str, without: State) -> Finding:
    found = {name: _version(name) for name in names}
    if absent := [name for name, version in found.items() if version is None]:
        return Finding(what, without, f"{', '.join(absent)} not installed", "make setup")
    return Finding(what, "ok", ", ".join(f"{name} {version}" for name, version in found.items()))


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _memory() -> Finding:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        # MemAvailable counts the page cache that can be given back; MemFree would be near zero on any busy machine.
        free = int(next(line for line in lines if line.startswith("MemAvailable")).split()[1]) >> 10
    except (OSError, StopIteration, ValueError):
        return Finding("memory", "unknown", "this system does not say how much is free")
    if free < _LEAST_MEMORY_MB:
        return Finding("memory", "note", f"{free} MB free; a run takes {_LEAST_MEMORY_MB}", "end other programs")
    return Finding("memory", "ok", f"{free} MB free")


def _home(home: Home) -> Iterator[Finding]:
    """Whether the home can be written to; it is not made."""
    # The nearest folder that exists: the first run makes the home.
    there = next(folder for folder in (home.root, *home.root.parents) if folder.exists())
    try:
        # By writing: permission bits do not show a read-only mount or a full quota.
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        mend = "set SLIPWAY_HOME to a folder that you can write to"
        yield Finding("home", "missing", f"cannot write to {there}: {error.strerror}", mend)
        return
    yield Finding("home", "ok", str(home.root))
    free = shutil.disk_usage(there).free >> 20
    if free < _LEAST_DISK_MB:
        yield Finding("disk", "note", f"{free} MB free", "free some space, or set SLIPWAY_HOME elsewhere")
    else:
        yield Finding("disk", "ok", f"{free} MB free")


def _data(home: Home) -> Iterator[Finding]:
    """Whether each dataset's files are there, or can be downloaded when they are asked for."""
    there, absent, lost = [], [], []
    for name in catalog.names():
        try:
            files = catalog.load(name).source.files
        except InputError as error:
            yield Finding(f"page {name}", "missing", str(error))
            continue
        gone = [file for file in files if not is_there(home.data / name / file.place)]
        if not gone:
            there.append(name)
        elif all(file.url or is_remote(file.name) for file in gone):
            absent.append(name)
        else:
            lost.append(name)
    yield Finding("data", "ok", f"{', '.join(there) or 'none'} in {home.data}")
    if absent:
        yield Finding("data to download", "note", f"{', '.join(absent)}: the first run of each fetches its files")
    if lost:
        mend = f"put their files into {home.data}, or set SLIPWAY_DATA"
        yield Finding("data that is not there", "note", f"{', '.join(lost)}: no address to fetch them from", mend)


def _metadata(home: Home, environment: Mapping[str, str]) -> Finding:
    try:
        store = metadata_store.from_environment(home, environment)
    except InputError as error:
        return Finding("metadata", "missing", str(error), "set SLIPWAY_METADATA, or unset it for a file in the home")
    if store.server is None:
        return Finding("metadata", "ok", f"SQLite, {store.name}")
    try:
        with socket.create_connection(store.server, timeout=5):
            return Finding("metadata", "ok", f"{store.name} answers")
    except OSError as error:
        said = f"nothing answers at {store.name} ({error.strerror or error})"
        return Finding(
            "metadata", "missing", said, "start the server, or unset SLIPWAY_METADATA for a file in the home"
        )


def _accelerators() -> Finding:
    """What the driver shows, and whether TensorFlow sees it too: that takes loading it."""
    if shutil.which("nvidia-smi") is None:
        return Finding("accelerators", "ok", "no NVIDIA driver: training uses the processor")
    try:
        listed = _output("nvidia-smi", "-L").splitlines()
        # In a process of its own, whose warnings about drivers do not get between the findings.
        code = "import tensorflow as tf; print(len(tf.config.list_physical_devices('GPU')))"
        seen = int(_output(sys.executable, "-c", code).split()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        return Finding("accelerators", "note", f"the driver fails ({error})", "see nvidia-smi")
    if seen < len(listed):
        said = f"the driver has {len(listed)} GPUs, TensorFlow sees {seen}"
        return Finding(
            "accelerators", "note", said, "pip install 'tensorflow[and-cuda]' in the version that is installed"
        )
    return Finding("accelerators", "ok", "; ".join(listed) or "a driver without GPUs: training uses the processor")


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=_SECONDS).stdout

"""A real Flink session on this machine: JobManager, TaskManagers and Beam's worker pool as processes, on free ports.

Flink's jars come from PyPI (apache-flink-libraries); Beam's job server is put together from Maven Central by
k8s/flink/job_server. Both are kept in the user's cache folder.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
FLINK = "1.19.3"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "slipway" / f"flink-{FLINK}"
JOB_SERVER = CACHE / "job-server.jar"
POM = REPOSITORY / "k8s" / "flink" / "job_server" / "pom.xml"
_NEEDED = {"java": "a Java 17 runtime", "mvn": "Maven"}
_START_SECONDS = 120
# Java 17 closes what Flink's serializers look into.
_OPEN = [
    f"--add-opens=java.base/{package}=ALL-UNNAMED"
    for package in ("java.lang", "java.net", "java.io", "java.nio", "sun.nio.ch", "java.lang.reflect", "java.text",
                    "java.time", "java.util", "java.util.concurrent", "java.util.concurrent.atomic",
                    "java.util.concurrent.locks")
]  # fmt: skip
_OPEN.append("--add-exports=java.base/sun.net.util=ALL-UNNAMED")
_TASK_MANAGER_MEMORY = {
    "taskmanager.cpu.cores": "1.0",
    "taskmanager.memory.framework.heap.size": "128mb",
    "taskmanager.memory.framework.off-heap.size": "128mb",
    "taskmanager.memory.task.heap.size": "768mb",
    "taskmanager.memory.task.off-heap.size": "64mb",
    "taskmanager.memory.managed.size": "256mb",
    "taskmanager.memory.network.min": "512mb",
    "taskmanager.memory.network.max": "512mb",
    "taskmanager.memory.jvm-metaspace.size": "512mb",
    "taskmanager.memory.jvm-overhead.min": "192mb",
    "taskmanager.memory.jvm-overhead.max": "192mb",
}


def missing() -> str | None:
    """Why there can be no session here, or None. What can be fetched is fetched (some minutes, the first time)."""
    for program, what in _NEEDED.items():
        if (program == "java" or not JOB_SERVER.exists()) and shutil.which(program) is None:
            return f"{what} is not installed: no program {program!r}"
    try:
        fetch()
    except subprocess.CalledProcessError as error:
        lines = (error.stdout + error.stderr).splitlines() or [""]
        reason = next((line for line in lines if "ERROR" in line), lines[-1])
        return f"Flink {FLINK} or Beam's job server cannot be had: {' '.join(error.cmd[:3])}: {reason[:300]}"
    return None


def fetch() -> None:
    """Flink's jars and Beam's job server, into the cache. Raises CalledProcessError where a registry does not have them."""
    CACHE.mkdir(parents=True, exist_ok=True)
    if not (CACHE / "lib").exists():
        download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=:all:"]
        _run([*download, "--no-build-isolation", f"apache-flink-libraries=={FLINK}", "--dest", str(CACHE)])
        (archive,) = CACHE.glob("*.tar.gz")
        with tarfile.open(archive) as tar:
            tar.extractall(CACHE / "unpacked", filter="data")
        (lib,) = (CACHE / "unpacked").glob("*/deps/lib")
        lib.rename(CACHE / "lib")
        shutil.rmtree(CACHE / "unpacked")
        archive.unlink()
    if not JOB_SERVER.exists():
        build = CACHE / "build"
        _run(["mvn", "--batch-mode", "--quiet", f"--file={POM}", f"-Dbuild={build}", "package"])
        (build / "job-server.jar").rename(JOB_SERVER)
        shutil.rmtree(build)


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)


@dataclass(frozen=True)
class Session:
    """A running session.

    Attributes:
      address: HOST:PORT of the JobManager's REST interface, for ``--flink-master``.
      pool: HOST:PORT of Beam's worker pool, for ``--environment_config``.
    """

    address: str
    pool: str

    @property
    def beam_args(self) -> list[str]:
        """What ``slipway run --beam flink`` needs, because the worker pool is not on its usual port."""
        return [f"--environment_config={self.pool}"]

    @property
    def environment(self) -> dict[str, str]:
        return {"SLIPWAY_FLINK_JOB_SERVER": str(JOB_SERVER)}

    def get(self, path: str) -> Any:
        """What Flink's REST interface says."""
        with urllib.request.urlopen(f"http://{self.address}/v1/{path}", timeout=10) as answer:
            return json.load(answer)


@contextlib.contextmanager
def session(folder: Path, task_managers: int = 1, cores: int | None = None) -> Iterator[Session]:
    """Starts a session with one slot for each TaskManager, and ends its processes at the end.

    Args:
      folder: for configuration and logs; it must not exist.
      task_managers: how many.
      cores: how many of the machine's cores TaskManagers and Python workers may use together, None for all.

    Raises:
      RuntimeError: a process ended, or the TaskManagers did not come.
    """
    fetch()
    rest, rpc, pool = _free_ports(3)
    conf = folder / "conf"
    conf.mkdir(parents=True)
    (conf / "config.yaml").write_text("".join(f"{key}: {value}\n" for key, value in _config(folder, rest, rpc).items()))
    (conf / "log4j2.properties").write_text(
        "rootLogger.level=INFO\nrootLogger.appenderRef.out.ref=out\nappender.out.name=out\nappender.out.type=CONSOLE\n"
        "appender.out.layout.type=PatternLayout\nappender.out.layout.pattern=%d %-5p %c{1} %m%n\n"
    )
    pinned = ["taskset", "--cpu-list", f"0-{cores - 1}"] if cores else []
    manager = _java("512m", conf, "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint")
    worker = [*pinned, *_java("896m", conf, "org.apache.flink.runtime.taskexecutor.TaskManagerRunner")]
    running = Session(f"127.0.0.1:{rest}", f"localhost:{pool}")
    with contextlib.ExitStack() as stack:
        started = [stack.enter_context(_process("jobmanager", manager, folder))]
        _wait_for(running, 0, started, folder)  # a TaskManager that is earlier waits ten seconds before it tries again
        commands = {f"taskmanager{index}": worker for index in range(task_managers)}
        commands["pool"] = [*pinned, sys.executable, "-m", "pipelines.beam.worker_pool", f"--port={pool}"]
        started += [stack.enter_context(_process(name, command, folder)) for name, command in commands.items()]
        _wait_for(running, task_managers, started, folder)
        yield running


def _config(folder: Path, rest: int, rpc: int) -> dict[str, Any]:
    return _TASK_MANAGER_MEMORY | {
        "jobmanager.rpc.address": "127.0.0.1",
        "jobmanager.rpc.port": rpc,
        "jobmanager.bind-host": "127.0.0.1",
        "taskmanager.host": "127.0.0.1",
        "taskmanager.bind-host": "127.0.0.1",
        "taskmanager.numberOfTaskSlots": 1,
        "rest.port": rest,
        "rest.address": "127.0.0.1",
        "rest.bind-address": "127.0.0.1",
        "io.tmp.dirs": folder / "tmp",
        "web.upload.dir": folder / "upload",
    }


def _java(heap: str, conf: Path, main: str) -> list[str]:
    logging = f"-Dlog4j.configurationFile={conf / 'log4j2.properties'}"
    return [
        "java",
        f"-Xmx{heap}",
        "-XX:+UseSerialGC",
        *_OPEN,
        logging,
        "-cp",
        f"{CACHE / 'lib'}/*",
        main,
        "--configDir",
        str(conf),
    ]


@contextlib.contextmanager
def _process(name: str, command: list[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=folder)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(session: Session, slots: int, processes: list[subprocess.Popen[bytes]], folder: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if session.get("overview")["slots-total"] == slots:
                return
        if any(process.poll() is not None for process in processes):
            break
        time.sleep(0.5)
    raise RuntimeError(f"the Flink session did not start; its logs are in {folder}")


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for found in sockets:
            found.bind(("127.0.0.1", 0))
        return [found.getsockname()[1] for found in sockets]

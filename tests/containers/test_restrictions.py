"""What a task may do in a container of a simulation: small pipelines whose tasks run a line of Python in the base image."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docker
import pytest
from kfp import dsl, kubernetes

from pipelines.kubeflow.simulate.cluster import Cluster
from pipelines.kubeflow.simulate.command import SimulationRequest, simulate
from pipelines.kubeflow.simulate.record import Result, failures
from tests.cluster.test_simulate import MOUNT
from tests.containers import images
from tests.pipelines.kubeflow.simulate.made import task, write

pytestmark = [
    pytest.mark.skipif(images.missing() is not None, reason=f"no containers: {images.missing()}"),
    pytest.mark.timeout(900),  # the base may have to be made
]
REPOSITORY = Path(__file__).parents[2]
NODE = {"name": "one", "allocatable": {"cpu": "4", "memory": "8Gi"}}
RIGHTS = """
import json, os, socket, sys
def refused(path):
    try:
        open(path, "w").close()
    except OSError as error:
        return error.strerror
open("/tmp/a", "w").close()
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(json.dumps({
    "ids": [os.getuid(), os.getgid()], "capabilities": [int(status[name], 16) for name in ("CapEff", "CapBnd")],
    "new privileges": int(status["NoNewPrivs"]), "/x": refused("/x"), "/mnt/slipway/x": refused("/mnt/slipway/x"),
    "first": os.getpid() == 1, "environment": sorted(name for name in os.environ if name in ("HERE", "PASSWORD", "STORE")),
    "password": os.environ["PASSWORD"][::-1], "store": os.environ["STORE"],
}))
open(given["out"], "w").write("8")
"""


class Quiet:
    """A display of nothing."""

    def note(self, message: str) -> None: ...
    def started(self, task: str, node: str, attempt: int) -> None: ...
    def line(self, task: str, text: str) -> None: ...
    def retried(self, task: str, reason: str) -> None: ...
    def finished(self, task: str, state: str, seconds: float, what: str) -> None: ...


def run(tmp_path: Path, function: Callable[..., Any], kills: tuple[str, ...] = (), **fields: Any) -> Result:
    there = Cluster.model_validate({"claims": ["slipway"], "nodes": [NODE], **fields})
    request = SimulationRequest(write(tmp_path, function), tmp_path / "folder", there, kills=kills, docker=True)
    return simulate(request, Quiet())


def log(result: Result, name: str) -> str:
    return Path(result["tasks"][name]["attempts"][-1]["log"]).read_text()


def left(folder: Path) -> list[Any]:
    found: list[Any] = docker.from_env().containers.list(all=True, filters={"label": f"slipway.simulate={folder}"})
    return found


def test_the_rights_of_a_restricted_pod(tmp_path: Path) -> None:
    image = images.base()

    def pipeline() -> None:
        first = task("first", RIGHTS, image, out=dsl.OutputPath(int)).set_env_variable("STORE", "store:80")
        first.set_env_variable("HERE", "1").set_memory_limit("1Gi")
        kubernetes.use_secret_as_env(first, "store", {"password": "PASSWORD"})
        kubernetes.mount_pvc(first, "slipway", MOUNT)
        task("second", "print(given)", image, x=first.outputs["out"])

    result = run(tmp_path, pipeline, secrets={"store": {"password": "hidden"}}, services={"store:80": "127.0.0.1:8000"})
    assert json.loads(log(result, "first")) == {
        "ids": [1000, 1000], "capabilities": [0, 0], "new privileges": 1, "first": False, "/x": "Read-only file system",
        "/mnt/slipway/x": None, "environment": ["HERE", "PASSWORD", "STORE"], "password": "neddih",
        "store": "127.0.0.1:8000",
    }  # fmt: skip
    assert log(result, "second") == "{'x': '8'}\n"
    assert (tmp_path / "folder" / "slipway" / "x").stat().st_uid == 1000
    assert not left(tmp_path / "folder")


def test_more_memory_than_the_limit_ends_a_task(tmp_path: Path) -> None:
    image = images.base()

    def pipeline() -> None:
        code = "import os\nprint('begun', flush=True)\nx = os.urandom(512 << 20)"
        task("only", code, image, a="b").set_memory_limit("64Mi")

    result = run(tmp_path, pipeline)
    assert log(result, "only").splitlines()[0] == "begun"
    (said,) = failures(result)
    assert said.startswith("only: out of memory, exit code 137 at its limit of 64Mi")


def test_a_killed_container_is_started_again(tmp_path: Path) -> None:
    image = images.base()

    def pipeline() -> None:
        code = "import os, time\nprint('begun', flush=True)\n"
        code += "if not os.path.exists(given['state']): open(given['state'], 'w'); time.sleep(99)"
        step = task("only", code, image, state=f"{MOUNT}/state").set_retry(1, "1s", 2.0, "60s")
        kubernetes.mount_pvc(step, "slipway", MOUNT)
        kubernetes.set_timeout(step, 60)

    result = run(tmp_path, pipeline, ("only:begun+0.5s",))
    attempts = result["tasks"]["only"]["attempts"]
    assert [(one["exit_code"], one["killed"]) for one in attempts] == [(137, True), (0, False)]
    assert "killed on purpose, exit code 137 (SIGKILL)" in attempts[0]["reason"]


def test_a_command_that_the_image_lacks(tmp_path: Path) -> None:
    image = images.base()

    def pipeline() -> None:
        @dsl.container_component
        def only() -> dsl.ContainerSpec:
            return dsl.ContainerSpec(image=image, command=["no-such-command"], args=["a"])

        only().set_caching_options(False)

    result = run(tmp_path, pipeline)
    assert failures(result)[0].startswith("only: exit code 127") and "no-such-command" in log(result, "only")
    assert not left(tmp_path / "folder")


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGKILL])
def test_no_container_outlives_the_simulation(tmp_path: Path, sent: signal.Signals) -> None:
    image, folder = images.base(), tmp_path / "folder"
    code = "import time\nopen('/mnt/slipway/begun', 'w').close()\ntime.sleep(99)"

    def pipeline() -> None:
        kubernetes.mount_pvc(task("only", code, image, a="b"), "slipway", MOUNT)

    (tmp_path / "cluster.yaml").write_text(json.dumps({"claims": ["slipway"], "nodes": [NODE]}))
    options = ["--folder", folder, "--cluster", tmp_path / "cluster.yaml", "--docker"]
    command = [sys.executable, REPOSITORY / "slipway.py", "simulate", write(tmp_path, pipeline), *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while not (folder / "slipway" / "begun").exists():
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(sent)
        process.wait(60)
    if sent == signal.SIGTERM:
        assert not left(folder)
        return
    while any(one.status == "running" for one in left(folder)):  # its client hands on the SIGTERM that it gets
        time.sleep(0.05)
    assert left(folder), "what is left is removed by the next simulation in the folder"
    run(tmp_path, lambda: task("only", "print(1)", image, a="b") and None)
    assert not left(folder)

"""Compile, simulate on MariaDB with a pod killed in the middle, serve, simulate again: what is deployed, end to end."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipelines.kubeflow.simulate import mariadb
from prediction import split_rows
from schemas.model_card import ModelCard
from serving.client import GatewayClient
from tests.e2e import stack
from tests.e2e.command import Slipway

pytestmark = pytest.mark.skipif(mariadb.missing() is not None, reason=f"no MariaDB: {mariadb.missing()}")

IMAGE = "registry.example.com/slipway-trainer:1"
SETTINGS = {"digits": "epochs=8", "titanic": "ensemble=1"}  # the page's own take several times as long
PREPARED = ["ExampleGen", "StatisticsGen", "Schema", "ExampleValidator", "Transform"]
TASKS = ["prepare", "transform", "train", "evaluate"]
ROWS = 50
MOUNT = "/mnt/slipway"
DOCKER = ("--docker",)
KILLED = {(): -9, DOCKER: 137}  # the exit code of SIGKILL: a process's, and a container's


@dataclass(frozen=True)
class Simulated:
    """A run of a compiled pipeline.

    Attributes:
      name: the dataset.
      slipway: the command line, whose home is that of the simulated pods.
      file: the compiled pipeline.
      first: what ``slipway simulate --json`` printed.
      more: options that all its simulations have.
    """

    name: str
    slipway: Slipway
    file: Path
    first: dict[str, Any]
    more: tuple[str, ...] = ()

    def here(self, path: str) -> Path:
        """Where a path of a pod is on this machine: a process has it already, a container has its mount."""
        return self.slipway.home.parent / Path(path).relative_to(MOUNT) if path.startswith(MOUNT) else Path(path)


def simulate(slipway: Slipway, file: Path, *settings: str, more: tuple[str, ...] = ()) -> dict[str, Any]:
    """Runs a compiled pipeline in the cluster beside its file."""
    folder = str(file.parent / "cluster")
    return slipway.json("simulate", str(file), "--folder", folder, "-p", f"settings={json.dumps(settings)}", *more)


def result(simulated: dict[str, Any]) -> dict[str, Any]:
    """What a run says of its model."""
    found: dict[str, Any] = json.loads(simulated["tasks"]["evaluate"]["outputs"]["result"])
    return found


@pytest.fixture(scope="module", params=["digits", "titanic"])
def simulated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, data: Path) -> Simulated:
    name = request.param
    if name == "titanic" and not (data / "titanic" / "titanic.csv").exists():
        pytest.skip("titanic.csv is not in SLIPWAY_DATA")
    folder = tmp_path_factory.mktemp(name)
    volume = folder / "cluster" / "slipway"
    volume.mkdir(parents=True)
    (volume / "data").symlink_to(data)
    slipway, file = Slipway(volume / "home", data), folder / f"{name}.yaml"
    slipway("compile", name, "--image", IMAGE, "-o", str(file))
    first = simulate(slipway, file, SETTINGS[name], more=("--kill", "train:training on+0.5s"))
    return Simulated(name, slipway, file, first)


def test_the_killed_pod_is_started_again_and_the_run_succeeds(simulated: Simulated) -> None:
    assert simulated.first["state"] == "SUCCEEDED"
    attempts = {name: task["attempts"] for name, task in simulated.first["tasks"].items()}
    assert list(attempts) == TASKS
    assert [(one["exit_code"], one["killed"]) for one in attempts.pop("train")] == [
        (KILLED[simulated.more], True),
        (0, False),
    ]
    assert all([one["exit_code"] for one in task] == [0] for task in attempts.values())
    made = result(simulated.first)
    assert made["blessed"] and made["version"] == "1.0.0" and made["baseline"] is None


@pytest.mark.parametrize("simulated", ["digits"], indirect=True)  # what is cached is no matter of the dataset
def test_the_second_run_is_cached_and_finds_the_first_model(simulated: Simulated) -> None:
    second = simulate(simulated.slipway, simulated.file, SETTINGS[simulated.name], "seed=2", more=simulated.more)
    made, remade = result(simulated.first), result(second)
    assert second["state"] == "SUCCEEDED" and second["run_id"] != simulated.first["run_id"]
    assert remade["cached"] == PREPARED
    assert remade["baseline"] == pytest.approx(made["metrics"])


def test_metadata_is_on_the_server_alone(simulated: Simulated) -> None:
    assert simulated.first["services"]["slipway-metadata:3306"].startswith("127.0.0.1:")
    assert not (simulated.slipway.home / "metadata.db").exists()


def test_the_password_is_nowhere_but_with_the_server(simulated: Simulated) -> None:
    folder = simulated.file.parent
    password = (folder / "cluster" / "mariadb" / "password").read_bytes()
    keepers = {folder / "cluster" / "mariadb" / name for name in ("password", "init.sql")}
    files = [path for path in folder.rglob("*") if path.is_file() and path not in keepers]
    assert len(files) > 50 and not [path for path in files if password in path.read_bytes()]


def test_the_pushed_model_answers_through_the_gateway(simulated: Simulated) -> None:
    made = result(simulated.first)
    card = ModelCard.read(simulated.here(made["pushed_to"]))
    card = replace(card, data=card.data | {"examples": simulated.here(card.data["examples"])})
    rows = list(split_rows.rows(card))[:ROWS]
    with stack.running(simulated.slipway) as servers:
        stack.wait_until_served(servers, simulated.name)
        answer = httpx.post(
            f"{servers.gateway}/v1/models/{simulated.name}/predict", json={"input": card.example}, timeout=60
        )
        with GatewayClient(servers.gateway, timeout=60) as client:
            found = client.predict_many(simulated.name, [row.input for row in rows])
    assert answer.status_code == 200 and answer.json()["output"]["class"] in card.classes, answer.text
    right = sum(one.as_answer()["output"]["class"] == row.label for one, row in zip(found, rows, strict=True))
    assert right / ROWS > 0.65, "classes of rows that it did not see"


def test_the_record_of_a_run_names_its_logs(simulated: Simulated) -> None:
    for task in simulated.first["tasks"].values():
        for attempt in task["attempts"]:
            assert "Imports" in Path(attempt["log"]).read_text()

"""A real gateway with the arguments of its Deployment, and with volumes as a kubelet lays them out."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from schemas.model_card import ModelCard
from serving.gateway import keys
from tests.k8s.rendered import of_kind, one
from tests.serving.gateway.running import Running, eventually


def put(volume: Path, name: str, content: str) -> None:
    """A Secret's or ConfigMap's file: a link to ``..data``, itself a link that is replaced as a whole."""
    generations = len(list(volume.glob("..2026*")))
    folder = volume / f"..2026_{generations}"
    folder.mkdir(parents=True)
    (folder / name).write_text(content)
    link = volume / "..data_tmp"
    link.symlink_to(folder.name)
    os.replace(link, volume / "..data")
    if not (volume / name).is_symlink():
        (volume / name).symlink_to(f"..data/{name}")


class Volumes:
    """Of the pod, below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made = folder / "made.json"  # where the administrator makes the keys

    def add_key(self, name: str) -> str:
        key = keys.add(self._made, name, None)
        put(self.folder / "keys", "gateway_keys.json", self._made.read_text())
        return key

    def arguments(self) -> list[str]:
        """Those of the Deployment, at a free port of this machine, with paths below the folder."""
        _, *arguments = one("cpu", "Deployment", "slipway-gateway")["spec"]["template"]["spec"]["containers"][0]["args"]
        changed = {"--host": "127.0.0.1", "--upstream": "127.0.0.1:9"}
        given = dict(argument.split("=", 1) for argument in arguments) | changed
        return [f"{name}={re.sub(r'^/', f'{self.folder}/', value)}" for name, value in given.items()]


@pytest.fixture
def volumes(tmp_path: Path, make_card: Callable[..., ModelCard]) -> Volumes:
    card = make_card(inputs={"Age": {"type": "number", "tensor": "Age"}}, example={"Age": 22.0})
    card.write(tmp_path / "models" / "titanic" / "1")
    (config,) = [c["data"]["gateway.toml"] for c in of_kind("cpu", "ConfigMap") if "gateway.toml" in c["data"]]
    put(tmp_path / "config", "gateway.toml", config)
    return Volumes(tmp_path)


@pytest.fixture
def gateway(volumes: Volumes, tmp_path: Path) -> Iterator[tuple[Running, str]]:
    key = volumes.add_key("prometheus")
    running = Running(tmp_path / "run", *volumes.arguments())
    yield running, key
    assert running.stop() == 0


def status(running: Running, path: str, key: str | None = None) -> int:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return running.http.get(path, headers=headers).status_code


def test_probes_need_no_key_and_prometheus_has_one(gateway: tuple[Running, str]) -> None:
    running, key = gateway
    assert status(running, "/healthz") == 200 and status(running, "/readyz") == 503  # no model server
    assert status(running, "/metrics") == 401 and status(running, "/metrics", key) == 200


def test_a_changed_secret_is_read_while_the_gateway_runs(gateway: tuple[Running, str], volumes: Volumes) -> None:
    running, old = gateway
    new = volumes.add_key("ada")
    eventually(lambda: status(running, "/v1/models", new) == 200)
    assert status(running, "/v1/models", old) == 200


def test_a_changed_config_map_is_read_while_the_gateway_runs(gateway: tuple[Running, str], volumes: Volumes) -> None:
    running, key = gateway
    put(volumes.folder / "config", "gateway.toml", '[models.titanic.labels]\nstable = "1.0.0"\n')
    headers = {"Authorization": f"Bearer {key}"}
    eventually(lambda: running.http.get("/v1/models/titanic", headers=headers).json()["labels"] == {"stable": "1.0.0"})

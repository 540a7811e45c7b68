"""HandleReloadConfigRequest: what is refused, what is waited for, and what it says of a model that cannot be loaded."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from tensorflow_serving.apis import model_management_pb2
from tensorflow_serving.config import model_server_config_pb2

from tests.serving.model_server.running import Running
from tests.serving.model_server.test_grpc import refused
from tests.serving.model_server.test_loading import answer, push, wait_for

ATTEMPTS = "/tensorflow/cc/saved_model/load_attempt_count"
TENSORFLOW, OTHER = model_server_config_pb2.TENSORFLOW, model_server_config_pb2.OTHER


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reload")
    push(folder, 1)
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Running]:
    started = Running(folder)
    yield started
    started.stop()


def request(*models: dict[str, Any]) -> model_management_pb2.ReloadConfigRequest:
    found = model_management_pb2.ReloadConfigRequest()
    found.config.model_config_list.SetInParent()
    for model in models:
        found.config.model_config_list.config.add(**model)
    return found


def listed(folder: Path, name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "base_path": str(folder / name)} | (more or {"model_platform": "tensorflow"})


@pytest.mark.parametrize(
    ("name", "more", "text"),
    [
        ("half", {"model_platform": "other"},
         "Illegal to change a model's platform. For model half platform was tensorflow and new platform requested is other"),
        ("new", {"model_platform": "other"}, "Model new requests unsupported platform other"),
        ("new", {"model_type": OTHER}, "ModelServerConfig::model_type choice 2 not supported."),
        ("half", {"model_type": OTHER}, "ModelServerConfig::model_type choice 2 not supported."),
        ("new", {"model_type": TENSORFLOW, "model_platform": "tensorflow"},
         "Illegal setting both ModelServerConfig::model_type (deprecated) and ModelServerConfig::model_platform, "
         "model name is new"),
        ("new", {"model_platform": ""},
         "Illegal setting neither ModelServerConfig::model_type (deprecated) nor ModelServerConfig::model_platform, "
         "model name is new"),
    ],
)  # fmt: skip
def test_platforms(server: Running, folder: Path, name: str, more: dict[str, Any], text: str) -> None:
    code, said = refused(lambda: server.model.HandleReloadConfigRequest(request(listed(folder, name, **more))))
    assert (code.name, said) == ("INVALID_ARGUMENT", text)
    assert answer(server) == (1, 2)  # nothing has changed


def test_the_deprecated_type_still_serves(server: Running, folder: Path) -> None:
    server.model.HandleReloadConfigRequest(request(listed(folder, "half", model_type=TENSORFLOW)))
    assert answer(server) == (1, 2)


def test_a_model_that_cannot_be_loaded_is_named_with_its_version_and_the_reason(server: Running, folder: Path) -> None:
    (folder / "broken" / "5").mkdir(parents=True)
    (folder / "broken" / "5" / "saved_model.pb").write_bytes(b"not a model")
    half = listed(folder, "half")
    before = server.metrics.total(ATTEMPTS)
    for _ in range(2):  # after it was taken out it is tried anew
        code, text = refused(
            lambda: server.model.HandleReloadConfigRequest(request(half, listed(folder, "broken")), timeout=30)
        )
        assert code.name == "UNKNOWN"
        assert text.startswith("1 model(s) did not become available: {{{name: broken version: 5} due to error: ")
        assert "Read less bytes than requested" in text
        server.model.HandleReloadConfigRequest(request(half))
    assert server.metrics.total(ATTEMPTS) == before + 2
    assert answer(server) == (1, 2)


def test_a_folder_that_is_not_there_is_waited_for(server: Running, folder: Path) -> None:
    half, late = listed(folder, "half"), listed(folder, "late")
    waiting = server.model.HandleReloadConfigRequest.future(request(half, late), timeout=60)
    wait_for(lambda: "late" in server.manager.configured)
    (folder / "late").mkdir()
    with pytest.raises(grpc.FutureTimeoutError):
        waiting.result(timeout=0.5)
    push(folder, 3, name="late")
    assert waiting.result().HasField("status")
    assert server.manager.available() == {"half": [1], "late": [3]}


def test_a_client_that_leaves_waits_no_more_and_holds_up_no_other(server: Running, folder: Path) -> None:
    half = listed(folder, "half")
    with pytest.raises(grpc.RpcError) as caught:
        server.model.HandleReloadConfigRequest(request(half, listed(folder, "never")), timeout=0.5)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert server.manager.available()["half"] == [1]  # what is still listed stays, what was taken out has gone
    assert not server.manager.available().get("late")
    server.model.HandleReloadConfigRequest(request(half), timeout=30)
    assert answer(server) == (1, 2)
    assert server.manager.configured == {"half"}

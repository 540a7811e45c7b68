"""Labels of the registry (slipway label), followed by a server that runs."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest

from registry import labels
from schemas.model_card import ModelCard
from serving.model_server import config
from tests.serving.model_server.running import Running
from tests.serving.model_server.test_grpc import predict, refused
from tests.serving.model_server.test_loading import answer, push, running, states, wait_for

Put = Callable[[str, int], None]


@pytest.fixture
def put(models: Path, make_card: Callable[..., ModelCard]) -> Put:
    """Gives a version of ``half`` a label, as `slipway label` does."""

    def put(label: str, number: int) -> None:
        labels.put(models.parent / "registry" / "half", label, make_card(version="1.0.0", serving_version=number), "")

    return put


def loaded(server: Running) -> list[int]:
    return server.manager.available().get("half", [])


def test_a_labelled_version_is_loaded_beside_the_newest_and_answers_by_both_protocols(models: Path, put: Put) -> None:
    push(models, 1, 1.0)
    push(models, 2, 2.0)
    with running(models) as server:
        assert loaded(server) == [2]
        code, text = refused(lambda: answer(server, label="stable"))
        assert (code, text) == (grpc.StatusCode.INVALID_ARGUMENT, "Unrecognized servable version label: stable")
        put("stable", 1)
        wait_for(lambda: loaded(server) == [1, 2])
        assert answer(server, label="stable") == (1, 1.0) and answer(server) == (2, 2.0)
        url = f"http://127.0.0.1:{server.rest_port}/v1/models/half/labels/stable:predict"
        assert httpx.post(url, json={"instances": [[0.0]]}, trust_env=False).json() == {"predictions": [[1.0]]}
        labels.remove(models.parent / "registry" / "half", "stable")
        wait_for(lambda: loaded(server) == [2])
        assert refused(lambda: answer(server, label="stable"))[0] == grpc.StatusCode.INVALID_ARGUMENT


def test_a_label_that_is_there_at_the_start_is_followed_at_once(models: Path, put: Put) -> None:
    push(models, 1, 1.0)
    push(models, 2, 2.0)
    put("stable", 1)
    with running(models) as server:
        assert answer(server, label="stable") == (1, 1.0)


def test_a_label_moves_without_a_lost_request(models: Path, put: Put) -> None:
    for number in (1, 2, 3):
        push(models, number, float(number))
    put("stable", 1)
    with running(models) as server:
        failed: list[Any] = []
        done = threading.Event()

        def send() -> None:
            while not done.is_set():
                try:
                    answer(server, label="stable")
                except grpc.RpcError as error:
                    failed.append(error)

        threads = [threading.Thread(target=send) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            for number in (2, 1, 2, 1, 2):
                put("stable", number)
                wait_for(lambda number=number: answer(server, label="stable")[0] == number)
                wait_for(lambda number=number: loaded(server) == [number, 3])  # what nobody needs any more has gone
        finally:
            done.set()
            for thread in threads:
                thread.join()
        assert failed == []


def test_a_label_stays_where_it_was_while_its_new_version_does_not_load(models: Path, put: Put) -> None:
    push(models, 1, 1.0)
    push(models, 3, 3.0)
    put("stable", 1)
    with running(models) as server:
        (models / "half" / "2").mkdir()
        put("stable", 2)
        wait_for(lambda: states(server).get(2, ("", ""))[0] == "END")
        assert answer(server, label="stable") == (1, 1.0)
        shutil.rmtree(models / "half" / "2")
        put("stable", 9)  # and there is no such folder at all
        push(models, 2, 2.0)
        put("stable", 2)
        wait_for(lambda: answer(server, label="stable") == (2, 2.0))
        wait_for(lambda: loaded(server) == [2, 3])


def test_labels_that_cannot_be_read_keep_nothing_from_being_loaded(models: Path, put: Put) -> None:
    push(models, 1, 1.0)
    put("stable", 1)
    with running(models) as server:
        (models.parent / "registry" / "half" / labels.FILE).write_text("{")
        push(models, 2, 2.0)
        wait_for(lambda: answer(server) == (2, 2.0))
        assert answer(server, label="stable") == (1, 1.0)


def test_of_specific_versions_these_alone_are_served(models: Path, put: Put) -> None:
    for number in (1, 2, 3):
        push(models, number, float(number))
    put("newer", 3)
    put("old", 1)
    with running(models, versions="1,2") as server:
        assert loaded(server) == [1, 2] and answer(server) == (2, 2.0)
        assert answer(server, label="old") == (1, 1.0)
        assert (
            refused(lambda: predict(server, "half", {"x": [0.0]}, label="newer"))[0] == grpc.StatusCode.INVALID_ARGUMENT
        )


def test_a_model_config_file_has_labels_of_its_own(models: Path, put: Put, tmp_path: Path) -> None:
    put("stable", 1)
    file = tmp_path / "models.config"
    file.write_text(
        f"model_config_list {{ config {{ name: 'half' base_path: '{models / 'half'}' model_platform: 'tensorflow' }} }}"
    )
    (found,) = config.of_proto(config.read(file))
    assert found.followed == {} and found.aspired([1, 2]) == {2}

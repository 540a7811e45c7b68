"""Models of any number of classes and of several labels, one of which has a dot and a space, behind the real servers."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from prediction.files import batch
from prediction.files.file_request import FileRequest
from prediction.loaded_model import LoadedModel
from serving.client import GatewayClient, ServingClient
from serving.client.blocking import BlockingClient
from serving.client.remote_model import RemoteModel
from serving.load_test import address
from serving.load_test.http_target import HttpTarget
from tests.prediction import several_models
from tests.serving.client import real
from tests.serving.client.servers import free_port

BOY, WOMAN = {"Age": 8, "Sex": "male"}, {"Age": 40, "Sex": "female"}
FARE = "Fare paid.£"


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[real.Served]:
    home = tmp_path_factory.mktemp("several")
    several_models.several(home / "models" / "people" / "1")
    several_models.labels(home / "models" / "traits" / "1")
    found = real.Served(home, {port: free_port() for port in ("8500", "8501", "8080")})
    ports = ["--grpc-port", f"{found.ports['8500']}", "--rest-port", f"{found.ports['8501']}"]
    with real.running(found, "serve", *ports), real.gateway(found, port=found.ports["8080"]):
        yield found


@pytest.fixture(params=["gateway", "grpc"])
def client(request: pytest.FixtureRequest, people: real.Served) -> BlockingClient:
    if request.param == "gateway":
        return GatewayClient(people.gateway)
    return ServingClient(people.model_server, models=people.home / "models")


def test_each_label_has_a_prediction(client: BlockingClient) -> None:
    with client:
        boy, woman = client.predict_many("people", [BOY, WOMAN])
        (one,) = client.predict_many("people", [BOY], probabilities=True)
        best = client.predict("people", BOY, top=1)
    assert boy.tasks is not None and list(boy.tasks) == ["Survived", FARE, "traits"]
    assert (boy.class_, boy.value, boy.classes) == (None, None, None)
    assert (boy.tasks["Survived"].class_, boy.tasks["Survived"].probabilities) == ("survived", None)
    assert boy.tasks[FARE].interval is not None and boy.tasks[FARE].interval.high == 32.0
    assert boy.tasks["traits"].classes == ("young", "male") and boy.tasks["traits"].version == "1.0.0"
    assert woman.tasks is not None and woman.tasks["traits"].classes == ()
    assert one.tasks is not None and one.tasks["traits"].probabilities == {"young": 0.75, "für €": 0.125, "male": 0.75}
    assert best.tasks is not None and best.tasks["Survived"].probabilities == {"survived": 0.75}
    assert best.tasks[FARE].probabilities is None


def test_both_ways_answer_as_the_model_in_this_process_does(client: BlockingClient, people: real.Served) -> None:
    for name in ("people", "traits"):
        expected = [one.as_json() for one in LoadedModel(people.home / "models" / name / "1").predict([BOY, WOMAN])]
        found = client.predict_many(name, [BOY, WOMAN], probabilities=True)
        assert [one.as_answer()["output"] for one in found] == expected
    client.close()


def test_the_card_of_a_page_has_its_tasks(client: BlockingClient) -> None:
    with client:
        card = client.model("people").card
    assert [(part.label, part.kind) for part in card.parts()] == [
        ("Survived", "class"),
        (FARE, "value"),
        ("traits", "classes"),
    ]


@pytest.mark.parametrize("server", ["gateway", "model_server"])
@pytest.mark.parametrize("name", ["people", "traits"])
def test_a_file_is_answered_by_a_server_as_in_this_process(
    people: real.Served, tmp_path: Path, server: str, name: str
) -> None:
    models = people.home / "models"
    (tmp_path / "rows.csv").write_text("Age,Sex\n8,male\n40,female\n")

    def lines(model: Any, out: str) -> list[dict[str, str]]:
        request = FileRequest(str(tmp_path / "rows.csv"), str(tmp_path / out), probabilities=True)
        batch.run(model.card, request, model.load)
        with (tmp_path / out).open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    with RemoteModel(getattr(people, server), None, models, name, None) as remote:
        by_server = lines(remote, "server.csv")
    loaded = LoadedModel(models / name / "1")
    loaded.load = lambda _: loaded  # type: ignore[attr-defined]
    assert by_server == lines(loaded, "here.csv") and len(by_server) == 2


def test_tensorflow_serving_s_rest_has_the_outputs_by_their_whole_names(people: real.Served) -> None:
    url = f"http://127.0.0.1:{people.ports['8501']}/v1/models/people:predict"
    body = {"signature_name": "predict", "instances": [BOY]}
    answer = httpx.post(url, json=body, trust_env=False)
    (row,) = answer.json()["predictions"]
    assert row["Survived.class"] == "survived" and row[f"{FARE}.high"] == 32.0
    assert row["traits.classes"] == '["young", "male"]' and row["traits.probabilities"] == [0.75, 0.125, 0.75]


def test_the_load_test_knows_the_answers_of_its_model(people: real.Served) -> None:
    body = httpx.post(f"{people.gateway}/v1/models/people/predict", json={"input": BOY}, trust_env=False).content
    right, wrong = (
        HttpTarget(address.parse(people.gateway), card, 5.0, None)
        for card in (several_models.several_card(), several_models.labels_card())
    )
    assert right.problem(body, 1) is None
    assert "traits is a MultiLabel" in str(wrong.problem(body, 1))

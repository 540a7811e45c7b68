"""The same questions in process, over gRPC and over the gateway, to real models behind real servers."""

import subprocess
import sys
from pathlib import Path

import pytest

from serving.client import (
    GatewayClient,
    InvalidInputError,
    Prediction,
    ServingClient,
    UnauthorizedError,
    UnknownModelError,
)
from serving.client.blocking import BlockingClient
from tests.serving.client.real import ROOT, Served, gateway

FOUR = ROOT / "docs" / "images" / "four.png"
PEOPLE = [{"Sex": "female", "Pclass": 1, "Age": 38}, {"Sex": "male", "Pclass": 3, "Age": None}, {}]


@pytest.fixture(params=["gateway", "grpc"])
def client(request: pytest.FixtureRequest, served: Served) -> BlockingClient:
    if request.param == "gateway":
        return GatewayClient(served.gateway)
    return ServingClient(served.model_server, models=served.home / "models")


def test_both_ways_give_equal_predictions(served: Served) -> None:
    def answers(client: BlockingClient) -> list[Prediction]:
        with client:
            people = client.predict_many("titanic", PEOPLE, probabilities=True)
            return [*people, client.predict("digits", FOUR, top=3, version="1.0.0")]

    by_gateway = answers(GatewayClient(served.gateway))
    assert by_gateway == answers(ServingClient(served.model_server, models=served.home / "models"))
    assert by_gateway[0].class_ == "survived" and by_gateway[-1].class_ == "4"


def test_models_and_their_cards(client: BlockingClient) -> None:
    with client:
        assert client.ready()
        digits, titanic = client.models()
        example = client.predict("titanic", titanic.card.example)
        assert client.predict("digits", digits.card.example).class_ in digits.card.classes
    assert (digits.name, titanic.card.classes) == ("digits", ["died", "survived"])
    assert titanic.versions[-1].state == "AVAILABLE" and example.serving_version == titanic.versions[-1].serving_version


def test_mistakes_are_typed_alike(client: BlockingClient) -> None:
    with client:
        with pytest.raises(InvalidInputError) as raised:
            client.predict_many("titanic", [{}, {"Age": "old"}])
        error = raised.value
        assert (error.field, error.received, error.example) == (
            "Age",
            "'old'",
            35.0,
        ) and "finite number" in error.allowed
        assert str(error).startswith("inputs[1]: titanic, field 'Age': received 'old'")
        for wrong in ({"version": "9.9.9"}, {"label": "nope"}, {"name": "nope"}):
            with pytest.raises(UnknownModelError):
                client.predict(**{"name": "titanic", "input": {}, **wrong})
        with pytest.raises(InvalidInputError, match="Invalid PNG"):
            client.predict("digits", FOUR.read_bytes()[:40])


def slipway(served: Served, *arguments: str) -> str:
    command = [sys.executable, str(ROOT / "slipway.py"), *arguments]
    done = subprocess.run(command, env=served.environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done
    return done.stdout


def test_a_file_gets_the_same_answers_to_the_byte(served: Served, data: Path, tmp_path: Path) -> None:
    outputs = []
    for where in ([], ["--url", served.gateway], ["--url", served.model_server]):
        file, out = str(data / "titanic" / "titanic.csv"), tmp_path / f"{len(outputs)}.csv"
        slipway(served, "predict", "titanic", "--file", file, "--out", str(out), "--probabilities", *where)
        outputs.append(out.read_bytes())
    assert outputs[0].count(b"\n") == 892
    assert outputs[0] == outputs[1] == outputs[2]


def test_a_question_gets_the_same_answer_to_the_byte(served: Served) -> None:
    ways = [[], ["--url", served.gateway], ["--url", served.model_server]]
    assert len({slipway(served, "predict", "digits", str(FOUR), *where) for where in ways}) == 1


def test_a_version_has_a_page_of_its_own(client: BlockingClient) -> None:
    with client:
        newest = client.model("digits").card
        assert client.model("digits", version=newest.version) == client.model("digits", version=newest.serving_version)
        with pytest.raises(UnknownModelError):
            client.model("digits", version="9.9.9")


def test_a_gateway_with_keys_requires_one(served: Served, tmp_path: Path) -> None:
    keys = ("--keys", str(tmp_path / "keys.json"))
    key = slipway(served, "keys", "add", "tester", "--models", "digits", *keys).strip()
    with gateway(served, *keys) as url:
        with GatewayClient(url) as client, pytest.raises(UnauthorizedError):
            client.predict("digits", FOUR)
        with GatewayClient(url, api_key=key) as client:
            assert client.predict("digits", FOUR).class_ == "4"
            with pytest.raises(UnauthorizedError, match="titanic"):
                client.predict("titanic", {})
        assert "class:      4" in slipway(served, "predict", "digits", str(FOUR), "--url", url, "--api-key", key)

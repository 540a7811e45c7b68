"""The same questions in process, over gRPC and over the gateway, to real models behind real servers."""

import base64
import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from components.data.sources.pictures import readable
from serving.client import (
    GatewayClient,
    InvalidInputError,
    Prediction,
    ServingClient,
    UnauthorizedError,
    UnknownModelError,
)
from serving.client.blocking import BlockingClient
from tests.pictures import encoded, turned
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
        with pytest.raises(InvalidInputError, match=r"damaged: cut off in its header \(40 bytes\)"):
            client.predict("digits", FOUR.read_bytes()[:40])


def test_a_picture_as_it_comes_gets_one_answer_wherever_it_is_asked(served: Served, tmp_path: Path) -> None:
    """A photograph held sideways, ink in the alpha channel, CMYK, other kinds: predict, gateway, clients, batch, training."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, content in as_they_come(Image.open(FOUR)).items():
        (folder / name).write_bytes(content)
    files = sorted(folder.iterdir())
    (tmp_path / "rows.jsonl").write_text(
        "".join(f'"{base64.b64encode(file.read_bytes()).decode()}"\n' for file in files)
    )
    with GatewayClient(served.gateway) as client:
        by_gateway = [client.predict("digits", file) for file in files]
        trained_on = client.predict_many("digits", [readable(file.read_bytes()) for file in files])
    with ServingClient(served.model_server, models=served.home / "models") as client:
        by_grpc = client.predict_many("digits", files)
    assert {file.name: answer.class_ for file, answer in zip(files, by_gateway, strict=True)} == {
        f.name: "4" for f in files
    }
    expected = [answer.confidence for answer in by_gateway]
    for others in (by_grpc, trained_on):
        assert [answer.confidence for answer in others] == pytest.approx(
            expected, abs=1e-6
        )  # of a batch and of one alone
        assert {answer.class_ for answer in others} == {"4"}
    sideways = json.loads(slipway(served, "predict", "digits", str(folder / "sideways.jpg"), "--json"))
    assert sideways["output"]["class"] == "4"
    for rows in (folder, tmp_path / "rows.jsonl"):
        slipway(served, "predict", "digits", "--file", str(rows), "--out", str(tmp_path / "out.csv"))
        lines = list(csv.DictReader((tmp_path / "out.csv").open()))
        assert [line["class"] for line in lines] == ["4"] * len(files)
        assert [float(line["confidence"]) for line in lines] == pytest.approx(expected, abs=1e-5)


def as_they_come(four: Image.Image) -> dict[str, bytes]:
    """The picture of a four in ways that the graph alone reads as another picture, or not at all."""
    grey = four.convert("L").resize((64, 64), Image.Resampling.NEAREST)
    ink = Image.merge("LA", (Image.new("L", grey.size, 0), ImageChops.invert(grey)))  # black, and how much of it
    sideways = grey.transpose(Image.Transpose.ROTATE_90)
    return {
        "alpha.png": encoded(ink),
        "cmyk.jpg": encoded(grey.convert("RGB").convert("CMYK"), "JPEG", quality=95),
        "four.bmp": encoded(grey, "BMP"),
        "four.gif": encoded(grey, "GIF"),
        "four.webp": encoded(grey, "WEBP", lossless=True),
        "sideways.jpg": encoded(sideways, "JPEG", quality=95, exif=turned(6)),
        "sideways.png": encoded(sideways, exif=turned(6)),
    }


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

"""Every form of an input, and what comes back."""

import base64
from typing import Any

import pytest

from schemas import pictures
from tests.pictures import JPEG, PNG, taken_as_they_come
from tests.serving.gateway.conftest import World
from tests.serving.gateway.running import Running

BASE64 = base64.b64encode(PNG).decode()


def sent(world: World) -> dict[str, Any]:
    """What the model server got in the last request: values by tensor."""
    inputs = world.server.requests[-1].inputs
    return {name: list(tensor.string_val or tensor.float_val) for name, tensor in inputs.items()}


def test_an_object_of_columns_is_answered_with_class_and_confidence(gateway: Running, world: World) -> None:
    answer = gateway.predict("titanic", {"input": {"Sex": "female", "Age": 38}})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == {
        "output": {"class": "female", "confidence": 0.75},
        "model": "titanic",
        "version": "1.0.0",
        "serving_version": 1,
    }
    assert sent(world) == {"Age": [38.0], "Sex": [b"female"]}


def test_many_inputs_are_answered_in_their_order(gateway: Running, world: World) -> None:
    answer = gateway.predict("titanic", {"inputs": [{"Sex": "male"}, {"Sex": "female"}]}).json()
    assert [output["class"] for output in answer["outputs"]] == ["male", "female"]
    assert "output" not in answer
    assert sent(world)["Sex"] == [b"male", b"female"]


def test_a_list_of_one_input_is_answered_with_a_list(gateway: Running) -> None:
    assert len(gateway.predict("titanic", {"inputs": [{}]}).json()["outputs"]) == 1


def test_a_column_whose_name_is_no_tensors_name_reaches_its_tensor(gateway: Running, world: World) -> None:
    assert gateway.predict("mpg", {"input": {"weight": 2000, "model year": 82}}).json()["output"] == {"value": 2000.0}
    assert sent(world)["model_year"] == [82.0]


@pytest.mark.parametrize("body", [{"input": "pos!"}, {"input": {"text": "pos!"}}])
def test_a_text_is_a_string_alone_or_by_name(gateway: Running, world: World, body: Any) -> None:
    assert gateway.predict("reviews", body).json()["output"]["class"] == "pos"


def test_a_text_can_be_the_body(gateway: Running, world: World) -> None:
    text = "ein schöner Film, pos"
    answer = gateway.http.post("/v1/models/reviews/predict", content=text, headers={"content-type": "text/plain"})
    assert answer.json()["output"]["class"] == "pos"
    assert sent(world) == {"text": [text.encode()]}


@pytest.mark.parametrize(
    "value",
    [
        BASE64,
        f"data:image/png;base64,{BASE64}",
        f"DATA:;Base64,{BASE64}",
        {"b64": BASE64},
        {"image": BASE64},
        {"image": {"b64": BASE64}},
        {"image": f"data:image/png;base64,{BASE64}"},
    ],
)
def test_a_picture_is_base64_or_a_data_url(gateway: Running, world: World, value: Any) -> None:
    answer = gateway.predict("digits", {"input": value})
    assert answer.json()["output"] == {"class": "0", "confidence": 0.75}
    assert sent(world) == {"image": [PNG]}


@pytest.mark.parametrize("part", ["file", "image"])
def test_a_picture_can_be_uploaded(gateway: Running, world: World, part: str) -> None:
    answer = gateway.http.post("/v1/models/digits/predict", files={part: ("d.png", PNG, "image/png")})
    assert answer.json()["output"]["class"] == "0"
    assert sent(world) == {"image": [PNG]}


def test_several_uploads_are_many_inputs(gateway: Running, world: World) -> None:
    files = [("file", ("a.png", PNG)), ("file", ("b.jpg", JPEG)), ("image", ("c.png", PNG))]
    answer = gateway.http.post("/v1/models/digits/predict", files=files)
    assert len(answer.json()["outputs"]) == 3
    assert sent(world) == {"image": [PNG, JPEG, PNG]}


def test_a_picture_is_taken_as_it_comes(gateway: Running, world: World) -> None:
    """What the model server gets are the bytes that training and `slipway predict` make of the file."""
    for content in taken_as_they_come().values():
        ready = pictures.prepared(content)
        assert ready != content
        forms = [("file", ("a", content)), ("file", ("b", PNG)), ("file", ("c", content))]
        assert gateway.http.post("/v1/models/digits/predict", files=forms).status_code == 200
        assert sent(world) == {"image": [ready, PNG, ready]}
        assert gateway.predict("digits", {"input": {"b64": base64.b64encode(content).decode()}}).is_success
        assert sent(world) == {"image": [ready]}


@pytest.mark.parametrize(
    "kind", ["image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp", "application/octet-stream"]
)
def test_a_picture_can_be_the_body(gateway: Running, world: World, kind: str) -> None:
    answer = gateway.http.post("/v1/models/digits/predict", content=JPEG, headers={"content-type": kind})
    assert answer.json()["output"]["class"] == "0"
    assert sent(world) == {"image": [JPEG]}


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/vnd.me+json", "APPLICATION/JSON", ""])
def test_json_has_many_names(gateway: Running, kind: str) -> None:
    headers = {"content-type": kind} if kind else {}
    assert gateway.http.post("/v1/models/titanic/predict", content=b'{"input":{}}', headers=headers).status_code == 200


def test_probabilities_are_returned_on_request(gateway: Running) -> None:
    output = gateway.predict("titanic", {"input": {"Sex": "male"}}, params={"probabilities": "true"}).json()["output"]
    assert output == {"class": "male", "confidence": 0.75, "probabilities": {"female": 0.25, "male": 0.75}}


def test_the_most_probable_classes_are_returned_on_request(gateway: Running) -> None:
    output = gateway.predict("digits", {"input": BASE64}, params={"top": 3}).json()["output"]
    assert output.keys() == {"class", "confidence", "top"}
    assert [entry["class"] for entry in output["top"]] == ["0", "1", "2"]
    assert output["top"][0] == {"class": "0", "confidence": 0.75}


def test_more_than_all_classes_are_all_classes(gateway: Running) -> None:
    assert len(gateway.predict("digits", {"input": BASE64}, params={"top": 500}).json()["output"]["top"]) == 10


def test_a_request_body_in_pieces_is_put_together(gateway: Running) -> None:
    answer = gateway.http.post("/v1/models/titanic/predict", content=iter([b'{"inp', b'ut":', b"{}}"]))
    assert answer.status_code == 200

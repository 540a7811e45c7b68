"""Clients of TensorFlow Serving against a real gRPC server that answers as each test defines."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest

from prediction.wire import tensors
from schemas.model_card import ModelCard
from serving.client import (
    AsyncServingClient,
    CallTimeoutError,
    InvalidInputError,
    OverloadedError,
    Prediction,
    ServingCallError,
    ServingClient,
    TooLargeError,
    UnauthorizedError,
    UnavailableError,
    UnexpectedAnswerError,
    UnknownModelError,
    Version,
)
from tests.serving.client.outputs import classification, regression, status
from tests.serving.client.servers import Grpc, free_port, grpc_server

MakeCard = Callable[..., ModelCard]
OLD, NEW = ["died", "survived"], ["survived", "died"]
PERSON = {"Age": 4, "Sex": "female"}


def test_a_question_goes_by_the_newest_card_and_the_answer_by_that_of_its_version(
    model_server: Grpc, models: Path
) -> None:
    with ServingClient(f"grpc://{model_server.address}", models=models) as client:
        model_server.answer = lambda request, context: classification(8, NEW, [[0.75, 0.25]])
        answer = client.predict("titanic", {"Age": None, "Sex": "female"}, probabilities=True)
        assert answer == Prediction("survived", 0.75, {"survived": 0.75, "died": 0.25}, None, "titanic", "1.1.0", 8)
        model_server.answer = lambda request, context: classification(7, OLD, [[0.75, 0.25]])
        answer = client.predict("titanic", PERSON, probabilities=True)
        assert answer == Prediction("died", 0.75, {"died": 0.75, "survived": 0.25}, None, "titanic", "1.0.0", 7)
    first, second = model_server.seen
    assert first.model_spec.signature_name == "predict" and not first.model_spec.HasField("version")
    (age,) = tensors.values(first.inputs["Age_in"])
    assert age != age and tensors.values(first.inputs["Sex"]) == [b"female"]
    assert tensors.values(second.inputs["Age_in"]) == [4.0]


def test_many_inputs_are_one_request(model_server: Grpc, models: Path) -> None:
    model_server.answer = lambda request, context: regression(
        5, [a * 10 for a in tensors.values(request.inputs["Area"])]
    )
    with ServingClient(model_server.address, models=models) as client:
        assert client.predict_many("houses", []) == []
        answers = client.predict_many("houses", [1, {"Area": 2.5}])
        with pytest.raises(
            InvalidInputError, match=r"^inputs\[1\]: houses, field 'Area': received 'x'; a finite number"
        ):
            client.predict_many("houses", [1, "x"])
        with pytest.raises(
            InvalidInputError, match="houses is a regression: it has no classes for probabilities or top"
        ):
            client.predict("houses", 1, top=1)
    assert [answer.value for answer in answers] == [10.0, 25.0] and len(model_server.seen) == 1


@pytest.mark.parametrize("version", ["1.0.0", "7", 7])
def test_a_version_is_selected_by_its_number(model_server: Grpc, models: Path, version: Any) -> None:
    model_server.answer = lambda request, context: classification(request.model_spec.version.value, OLD, [[0.75, 0.25]])
    with ServingClient(model_server.address, models=models) as client:
        assert client.predict("titanic", PERSON, version=version).version == "1.0.0"
        with pytest.raises(UnknownModelError, match=r"no card of version '2\.0\.0'; there are cards of 1\.0\.0 \(7\)"):
            client.predict("titanic", PERSON, version="2.0.0")
    assert model_server.seen[0].model_spec.version.value == 7


def test_a_label_is_resolved_by_the_server(model_server: Grpc, models: Path) -> None:
    model_server.answer = lambda request, context: classification(7, OLD, [[0.75, 0.25]])
    with ServingClient(model_server.address, models=models) as client:
        assert client.predict("titanic", PERSON, label="stable", top=1).probabilities == {"died": 0.75}
    assert model_server.seen[0].model_spec.version_label == "stable"


def test_one_card_pins_its_own_version(model_server: Grpc, models: Path) -> None:
    model_server.answer = lambda request, context: classification(7, OLD, [[0.75, 0.25]])
    with ServingClient(model_server.address, card=ModelCard.read(models / "titanic" / "7")) as client:
        assert client.predict("titanic", PERSON).serving_version == 7
        with pytest.raises(UnknownModelError, match="no model 'houses' in the card given; there are: titanic"):
            client.predict("houses", 1)
        model_server.answer = lambda request, context: classification(8, NEW, [[0.75, 0.25]])
        with pytest.raises(UnexpectedAnswerError, match="answered with version 8: titanic has no card of version 8"):
            client.predict("titanic", PERSON, label="newest")
    assert model_server.seen[0].model_spec.version.value == 7


def test_a_new_version_is_used_as_soon_as_it_is_available(
    model_server: Grpc, models: Path, make_card: MakeCard
) -> None:
    with ServingClient(model_server.address, models=models) as client:
        model_server.answer = lambda request, context: classification(8, NEW, [[0.75, 0.25]])
        client.predict("titanic", PERSON)
        newer = make_card(inputs={"Sex": {"type": "string", "tensor": "Sex"}}, version="2.0.0", serving_version=9)
        newer.write(models / "titanic" / ".9")
        (models / "titanic" / ".9").rename(models / "titanic" / "9")
        # The new version reads other columns. Until the server has it, requests for the old one have the old columns.
        model_server.status = lambda request, context: status((8, "AVAILABLE"), (9, "LOADING"))
        assert client.predict("titanic", PERSON).version == "1.1.0"
        model_server.status = lambda request, context: status((8, "AVAILABLE"), (9, "AVAILABLE"))
        model_server.answer = lambda request, context: classification(9, OLD, [[0.75, 0.25]])
        with pytest.raises(InvalidInputError, match="unknown field 'Age'"):
            client.predict("titanic", PERSON)
        assert client.predict("titanic", {"Sex": "female"}).version == "2.0.0"
    numbers = [request.model_spec.version.value for request in model_server.seen if hasattr(request, "inputs")]
    assert numbers == [0, 8, 9]


CODES = grpc.StatusCode


@pytest.mark.parametrize(
    ("code", "details", "kind"),
    [
        (CODES.INVALID_ARGUMENT, "Invalid PNG.\n\nNode: x", InvalidInputError),
        (CODES.INVALID_ARGUMENT, "Unrecognized servable version label: x", UnknownModelError),
        (CODES.INVALID_ARGUMENT, "Task size 2000 is larger than maximum input batch size 1000", TooLargeError),
        (CODES.NOT_FOUND, "Servable not found for request: Latest(titanic)", UnknownModelError),
        (CODES.UNAUTHENTICATED, "", UnauthorizedError),
        (CODES.PERMISSION_DENIED, "", UnauthorizedError),
        (CODES.RESOURCE_EXHAUSTED, "Run() timeout exceeded while waiting in batching queue", OverloadedError),
        (CODES.CANCELLED, "CANCELLED", OverloadedError),
        (CODES.DEADLINE_EXCEEDED, "", CallTimeoutError),
        (CODES.FAILED_PRECONDITION, 'Serving signature key "predict" not found.', UnexpectedAnswerError),
        (CODES.INTERNAL, "bug", UnexpectedAnswerError),
    ],
)
def test_errors_are_typed_one_line_and_not_repeated(
    model_server: Grpc, models: Path, code: grpc.StatusCode, details: str, kind: type
) -> None:
    model_server.answer = lambda request, context: context.abort(code, details)
    with ServingClient(model_server.address, models=models) as client, pytest.raises(ServingCallError) as raised:
        client.predict("titanic", PERSON)
    assert type(raised.value) is kind and raised.value.status == code.name
    assert details.partition("\n")[0] in str(raised.value) and "\n" not in str(raised.value)
    assert len(model_server.seen) == 1


def test_a_method_that_the_server_does_not_have_is_no_tensorflow_serving(models: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("tests.serving.client.servers.METHODS", {})
    message = r"answered UNIMPLEMENTED: .*; is it TensorFlow Serving"
    with grpc_server() as server, ServingClient(server.address, models=models) as client:  # noqa: SIM117
        with pytest.raises(UnexpectedAnswerError, match=message):
            client.predict("titanic", PERSON)


@pytest.mark.parametrize(
    ("details", "kind"), [("", UnavailableError), ("The batch scheduling queue to which this", OverloadedError)]
)
def test_unavailable_is_retried(model_server: Grpc, models: Path, details: str, kind: type) -> None:
    model_server.answer = lambda request, context: (
        context.abort(CODES.UNAVAILABLE, details)
        if len(model_server.seen) < 3
        else classification(8, NEW, [[0.75, 0.25]])
    )
    with ServingClient(model_server.address, models=models) as client:
        assert client.predict("titanic", PERSON).class_ == "survived"
    assert len(model_server.seen) == 3
    with ServingClient(model_server.address, models=models, retries=0) as client:
        model_server.seen.clear()
        with pytest.raises(kind):
            client.predict("titanic", PERSON)


def test_a_server_that_comes_back_is_found_again(models: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    with ServingClient(address, models=models, retries=0) as client:
        assert not client.ready()
        with pytest.raises(UnavailableError, match=rf"{address} cannot answer .*; start it with: slipway serve"):
            client.predict("titanic", PERSON)
        with grpc_server(address) as server, ServingClient(address, models=models, timeout=20, retries=20) as patient:
            server.answer = lambda request, context: classification(8, NEW, [[0.75, 0.25]])
            assert patient.predict("titanic", PERSON).class_ == "survived"


@pytest.mark.parametrize(
    "answer",
    [
        classification(8, ["a", "b", "c"], [[0.2, 0.3, 0.5]]),
        classification(8, NEW, [[0.75, 0.25], [0.75, 0.25]]),
        classification(8, NEW, []),
        classification(8, NEW, [[float("nan"), 0.25]]),
        regression(8, [1.0]),
    ],
)
def test_an_answer_that_the_card_does_not_describe_is_no_prediction(
    model_server: Grpc, models: Path, answer: Any
) -> None:
    model_server.answer = lambda request, context: answer
    with ServingClient(model_server.address, models=models) as client, pytest.raises(UnexpectedAnswerError):
        client.predict("titanic", PERSON)


def test_models_have_cards_and_the_server_s_states(model_server: Grpc, models: Path) -> None:
    states = {"titanic": status((8, "LOADING"), (7, "AVAILABLE"), (6, "END")), "houses": status((5, "AVAILABLE"))}
    model_server.status = lambda request, context: states[request.model_spec.name]
    with ServingClient(model_server.address, models=models) as client:
        houses, titanic = client.models()
        assert client.ready()
        assert client.model("titanic", version="1.1.0").card.serving_version == 8
        with pytest.raises(UnknownModelError):
            client.model("nope")
        states["houses"] = status((5, "LOADING"))
        assert not client.ready()
    assert houses.card.example == {"Area": 120.0}
    assert titanic.versions == (
        Version(None, 6, "END"),
        Version("1.0.0", 7, "AVAILABLE"),
        Version("1.1.0", 8, "LOADING"),
    )
    assert titanic.card.version == "1.0.0"  # the newest that answers


@pytest.mark.parametrize("address", ["", "host", "host:port", "http://host:1", "host:1/x", "grpc://:1", "[::1:1"])
def test_an_address_that_is_none_is_refused(address: str, models: Path) -> None:
    with pytest.raises(ServingCallError, match=r"received the model server's address .* one such as 127.0.0.1:8500"):
        ServingClient(address, models=models)


def test_models_or_a_card_must_be_given(models: Path, make_card: MakeCard) -> None:
    for both in ({}, {"models": models, "card": make_card()}):
        with pytest.raises(ServingCallError, match=r"give models=FOLDER or card=\.\.\., and not both"):
            ServingClient("127.0.0.1:1", **both)  # type: ignore[arg-type]


def test_a_model_s_name_is_no_path(model_server: Grpc, models: Path) -> None:
    with ServingClient(model_server.address, models=models / "titanic") as client:
        for name in ("../titanic", str(models / "titanic"), "..", "/"):
            with pytest.raises(UnknownModelError):
                client.predict(name, PERSON)


def test_one_asynchronous_client_serves_many_tasks(model_server: Grpc, models: Path) -> None:
    model_server.answer = lambda request, context: regression(5, tensors.values(request.inputs["Area"]))

    async def send() -> list[Prediction]:
        async with AsyncServingClient(model_server.address, models=models) as client:
            return await asyncio.gather(*(client.predict("houses", i) for i in range(50)))

    assert [answer.value for answer in asyncio.run(send())] == list(range(50))

"""The life of a model's versions: refused, forced, labelled, rolled back, compared, removed; with the servers running."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import httpx
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

from schemas.model_card import ModelCard
from tests.e2e.command import Slipway
from tests.e2e.stack import Stack, running, wait_until_served

QUICK = ("run", "titanic", "--set", "ensemble=1")
INPUT = {"Sex": "female", "Age": 38, "Pclass": "1"}


@pytest.fixture
def slipway(tmp_path: Path, data: Path) -> Slipway:
    return Slipway(tmp_path / "home", data)


def eventually(is_so: Callable[[], bool]) -> float:
    """Waits until something is so; the seconds that it took."""
    begun = time.monotonic()
    while not is_so():
        assert time.monotonic() - begun < 60, "it never came"
        time.sleep(0.05)
    return time.monotonic() - begun


def answered(stack: Stack, path: str = "") -> str:
    """The version that the gateway answers with."""
    response = httpx.post(f"{stack.gateway}/v1/models/titanic{path}/predict", json={"input": INPUT}, trust_env=False)
    return str(response.json().get("version", response.text))


def served(stack: Stack, label: str = "") -> int | None:
    """The integer version that the model server answers with by gRPC; None where it knows no such label."""
    request = predict_pb2.PredictRequest()
    request.model_spec.name, request.model_spec.signature_name = "titanic", "predict"
    if label:
        request.model_spec.version_label = label
    newest = max((f for f in (stack.models / "titanic").iterdir() if f.name.isdigit()), key=lambda f: int(f.name))
    for column, spec in ModelCard.read(newest).inputs.items():
        value = np.float32([30.0]) if spec["type"] == "number" else np.array([str(INPUT.get(column, ""))])
        request.inputs[spec["tensor"]].CopyFrom(tf.make_tensor_proto(value))
    with grpc.insecure_channel(stack.grpc) as channel:
        try:
            response = prediction_service_pb2_grpc.PredictionServiceStub(channel).Predict(request, timeout=30)
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, error
            return None
    return int(response.model_spec.version.value)


def shown(slipway: Slipway) -> list[tuple[Any, ...]]:
    found = slipway.json("versions", "titanic")["versions"]
    return [(one["version"], (one["decision"] or {}).get("kind"), one["there"], one["newest"]) for one in found]


def test_versions_from_the_first_to_the_last(slipway: Slipway) -> None:
    first = slipway.json(*QUICK)
    assert first["version"] == "1.0.0"
    poor = slipway.json(*QUICK, "--set", "epochs=1", "--set", "learning_rate=0.00001", expect=3)
    assert slipway.json("bless", "titanic", poor["run_id"], expect=3)["failed"]
    with running(slipway) as stack:
        wait_until_served(stack, "titanic")
        assert (answered(stack), served(stack, "stable")) == ("1.0.0", None)
        slipway("label", "titanic", "1.0.0", "stable", "--why", "The first one.")
        eventually(lambda: answered(stack, "/labels/stable") == "1.0.0")
        forced = slipway.json("bless", "titanic", poor["run_id"], "--force", "--why", "A trial.")
        assert (forced["version"], forced["baseline"]) == ("1.1.0", True)
        eventually(lambda: answered(stack) == "1.1.0")
        assert answered(stack, "/labels/stable") == "1.0.0"
        assert served(stack, "stable") == first["serving_version"] and served(stack) == forced["serving_version"]
        slipway("label", "titanic", "1.1.0", "stable")
        eventually(lambda: answered(stack, "/labels/stable") == "1.1.0")
        eventually(lambda: served(stack, "stable") == forced["serving_version"])
        back = slipway.json("rollback", "titanic", "--why", "The trial is over.")
        assert (back["version"], back["baseline"]) == ("1.0.0", True)
        eventually(lambda: answered(stack) == "1.0.0")
        assert served(stack) == back["serving_version"] > forced["serving_version"]
    assert shown(slipway) == [
        ("1.0.0", None, True, False),
        ("1.1.0", "forced blessing", True, False),
        ("1.0.0", "rollback", True, True),
    ]

    third = slipway.json(*QUICK, "--set", "dropout=0.3")
    assert third["version"] == "1.2.0"
    assert third["baseline"] == first["metrics"]  # that which was rolled back to, and not the forced one
    difference = slipway.json("diff", "titanic", "1.0.0", "1.2.0")
    assert [one["name"] for one in difference["difference"]["parameters"]] == ["model.dropout"]
    assert difference["comparison"]["joined"] == first["examples"]

    slipway("label", "titanic", "--remove", "stable")
    removed = slipway.json("gc", "titanic", "--keep", "1")
    assert removed["versions"] == ["1.0.0", "1.1.0"] and removed["freed_mb"] > 0
    assert [(version, there) for version, _, there, _ in shown(slipway)][-1] == ("1.2.0", True)
    again = slipway.json(*QUICK, "--set", "dropout=0.3")
    assert again["repeated"] and again["version"] == "1.2.0"
    assert slipway.json("predict", "titanic", "--example")  # and what is left can be asked
    # A run that can take little from the cache any more finds nothing in its way.
    fourth = slipway.json(*QUICK)
    assert fourth["version"] == "1.3.0" and fourth["metrics"] == pytest.approx(first["metrics"])

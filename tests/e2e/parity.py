"""The same test rows in process, by gRPC, by REST and through the gateway."""

import base64
import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from components.evaluation.metrics import EXAMPLE_COUNT, state_of
from pipelines.spec import Pipeline
from prediction import split_rows
from prediction.loaded_model import LoadedModel
from registry.pushing import push_model
from schemas.model_card import ModelCard
from serving.client import GatewayClient, ServingClient
from tests.e2e.stack import Stack, wait_until_served

_ROWS = 200  # of one request


def check_served(page: Pipeline, trained: Path, examples: Path, stack: Stack, metrics: dict[str, float]) -> None:
    """Serves a trained model, and asks it about the whole test split in four ways.

    Their answers are the same to 1e-5, and give the metrics that the Evaluator reported.
    """
    card = dataclasses.replace(
        ModelCard.read(trained), version="1.0.0", serving_version=1, data={"examples": str(examples)}
    )
    model = stack.models / page.name / "1"
    push_model(trained, model.parent, card)
    rows = list(split_rows.rows(card))
    inputs = [row.input for row in rows]
    wait_until_served(stack, page.name)
    asked = {
        "in process": [scores(page, answer.as_json()) for answer in LoadedModel(model).predict(inputs)],
        "gRPC": by_client(page, inputs, ServingClient(stack.grpc, models=stack.models, timeout=60)),
        "REST": by_rest(page, card, inputs, stack),
        "gateway": by_client(page, inputs, GatewayClient(stack.gateway, timeout=60)),
    }
    labels = np.asarray([label(page, row.label) for row in rows])
    for way, answers in asked.items():
        found = np.asarray(answers, np.float32)
        np.testing.assert_allclose(found, asked["in process"], rtol=1e-5, atol=1e-5, err_msg=f"{page.name} {way}")
        state = state_of(page.task)
        state.add(labels, found)
        measured = state.metrics()
        assert measured.pop(EXAMPLE_COUNT) == len(rows)
        assert measured == pytest.approx(metrics, rel=1e-4, abs=1e-5), way


def scores(page: Pipeline, answer: dict[str, Any]) -> Any:
    """The probabilities of all classes in order, or the value; the class is that of the highest."""
    if page.task.classes_or_none is None:
        return answer["value"]
    found = [answer["probabilities"][name] for name in page.task.classes_or_none]
    assert answer["class"] == page.task.classes_or_none[int(np.argmax(found))]
    assert math.isclose(answer["confidence"], max(found), rel_tol=1e-5)
    return found


def label(page: Pipeline, name: Any) -> Any:
    return name if page.task.classes_or_none is None else page.task.classes_or_none.index(name)


def chunks(inputs: list[Any]) -> list[list[Any]]:
    return [inputs[start : start + _ROWS] for start in range(0, len(inputs), _ROWS)]


def by_client(page: Pipeline, inputs: list[Any], client: Any) -> list[Any]:
    probabilities = page.task.classes_or_none is not None
    with client:
        return [
            scores(page, prediction.as_answer()["output"])
            for chunk in chunks(inputs)
            for prediction in client.predict_many(page.name, chunk, probabilities=probabilities)
        ]


def by_rest(page: Pipeline, card: ModelCard, inputs: list[Any], stack: Stack) -> list[Any]:
    """TensorFlow Serving's own REST: a missing number is NaN, a missing name is empty, a picture is base64."""

    def cell(kind: str, value: Any) -> Any:
        if kind == "image":
            return {"b64": base64.b64encode(value).decode()}
        return (math.nan if kind == "number" else "") if value is None else value

    found: list[Any] = []
    for chunk in chunks(inputs):
        instances = [
            {spec["tensor"]: cell(spec["type"], row[name]) for name, spec in card.inputs.items()} for row in chunk
        ]
        body = json.dumps({"signature_name": "predict", "instances": instances})
        response = httpx.post(f"{stack.rest}/v1/models/{page.name}:predict", content=body, timeout=60)
        assert response.status_code == 200, response.text
        for answer in response.json()["predictions"]:
            if page.task.classes_or_none is None:
                found.append(answer)  # the only output of a signature has no name
            else:
                assert answer["class"] == page.task.classes_or_none[int(np.argmax(answer["probabilities"]))]
                found.append(answer["probabilities"])
    return found

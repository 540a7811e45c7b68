"""What a call over gRPC refuses before it is sent."""

from collections.abc import Callable

import pytest

from schemas.model_card import ModelCard
from serving.client.async_client import InferenceRequest
from serving.client.errors import InvalidInputError
from serving.client.grpc_messages import predict_request


@pytest.mark.parametrize(("task", "output"), [("Forecast", "values"), ("Regression", "value")])
def test_a_model_without_classes_is_called_what_it_is(
    make_card: Callable[..., ModelCard], task: str, output: str
) -> None:
    card = make_card(task=task, classes=None, outputs=[output], configuration={"task": {"horizon": 7}})
    with pytest.raises(InvalidInputError, match=f"titanic is a {task.lower()}: it has no classes"):
        predict_request(InferenceRequest("titanic", [{}], top=2), card, None)

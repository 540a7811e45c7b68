"""TensorFlow Serving's wire format at the client: requests and answers by the model's card, errors typed."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import grpc

from prediction.answer import Answer, ClassAnswer, ClassesAnswer, NotFiniteError, SeveralAnswer, most_probable
from prediction.wire import tensors
from prediction.wire import tf_serving_pb2 as wire
from schemas import request
from schemas.errors import InputError
from schemas.model_card import ModelCard
from schemas.tasks import SEVERAL
from serving.client import errors
from serving.client.async_client import InferenceRequest
from serving.client.errors import InvalidInputError, ServingCallError, UnexpectedAnswerError
from serving.client.inputs import resolved
from serving.client.prediction import Model, Prediction, Version

_ERRORS: dict[grpc.StatusCode, type[ServingCallError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: errors.InvalidInputError,
    grpc.StatusCode.OUT_OF_RANGE: errors.InvalidInputError,
    grpc.StatusCode.NOT_FOUND: errors.UnknownModelError,
    grpc.StatusCode.UNAUTHENTICATED: errors.UnauthorizedError,
    grpc.StatusCode.PERMISSION_DENIED: errors.UnauthorizedError,
    grpc.StatusCode.RESOURCE_EXHAUSTED: errors.OverloadedError,
    grpc.StatusCode.CANCELLED: errors.OverloadedError,  # gRPC's refusal of a call that its server could not take in
    grpc.StatusCode.UNAVAILABLE: errors.UnavailableError,
    grpc.StatusCode.DEADLINE_EXCEEDED: errors.CallTimeoutError,
}
# Beginnings or parts of TensorFlow Serving's texts, where its code alone is ambiguous.
_UNKNOWN_LABEL = "Unrecognized servable version label"
_TOO_MANY_ROWS = "Task size"
_QUEUE_FULL = "batch scheduling queue"


def predict_request(inference: InferenceRequest, card: ModelCard, version: int | None) -> wire.PredictRequest:
    """A PredictRequest of the inputs as the card's tensors.

    Args:
      version: the integer version to pin; the server's newest for None.

    Raises:
      InvalidInputError: an input does not fit the card, or probabilities of a regression.
    """
    if not card.has_classes and (inference.probabilities or inference.top is not None):
        what = f"is a {card.task.lower()}" if card.kind != SEVERAL else "answers numbers alone"
        raise InvalidInputError(f"{card.name} {what}: it has no classes for probabilities or top")
    rows = [_row(card, value, index if inference.many else None) for index, value in enumerate(inference.inputs)]
    message = tensors.predict_request(card, rows, version)
    if inference.label is not None:
        # Version and label are one oneof: the label replaces the version that was set above.
        message.model_spec.version_label = inference.label
    return message


def _row(card: ModelCard, value: Any, index: int | None) -> request.Columns:
    try:
        return request.parse(card, resolved(value))
    except InvalidInputError:
        raise
    except InputError as error:
        detail = str(error) if index is None else f"inputs[{index}]: {error}"
        parts = {name: getattr(error, name, None) for name in ("field", "received", "allowed", "example")}
        raise InvalidInputError(detail, problem={"detail": detail, "errors": [{**parts, "detail": detail}]}) from None


def read_predictions(
    inference: InferenceRequest, card: ModelCard, outputs: Mapping[str, wire.Tensor]
) -> list[Prediction]:
    """The predictions in a PredictResponse's outputs, one for each input.

    Raises:
      UnexpectedAnswerError: outputs that the card does not describe, or a number that is not finite.
    """
    try:
        answers = tensors.answers(card, outputs)
        if len(answers) != len(inference.inputs):
            raise ValueError(f"{len(answers)} answers to {len(inference.inputs)} inputs")
    except NotFiniteError as error:
        raise UnexpectedAnswerError(str(error)) from None
    except ValueError as error:
        raise UnexpectedAnswerError(
            f"{card.name} {card.version} ({card.serving_version}): the answer is not what the model's card says: {error}; "
            "is it this model that is served?"
        ) from None
    return [Prediction.of(_selected(inference, answer), **card.identity) for answer in answers]


def _selected(inference: InferenceRequest, answer: Answer) -> Answer:
    """The answer with the requested probabilities alone: the server always sends those of all classes."""
    if isinstance(answer, SeveralAnswer):
        parts: Any = {label: _selected(inference, part) for label, part in answer.answers.items()}
        return SeveralAnswer(parts)
    if not isinstance(answer, ClassAnswer | ClassesAnswer):
        return answer
    if inference.top is not None:
        return dataclasses.replace(answer, probabilities=most_probable(answer.probabilities, inference.top))
    return answer if inference.probabilities else dataclasses.replace(answer, probabilities={})


def read_model(cards: list[ModelCard], status: wire.GetModelStatusResponse) -> Model:
    """A model from its cards and the server's status; its card is that of the newest available version.

    Args:
      cards: the model's, the newest last; not empty.
    """
    by_version = {card.serving_version: card for card in cards}
    versions = tuple(
        Version(
            by_version[found.version].version if found.version in by_version else None,
            found.version,
            wire.ModelVersionStatus.State.Name(found.state),
        )
        for found in sorted(status.model_version_status, key=lambda found: found.version)
    )
    available = [version.serving_version for version in versions if version.state == "AVAILABLE"]
    card = by_version.get(available[-1], cards[-1]) if available else cards[-1]
    return Model(card.name, card, versions)


def error_of(where: str, error: grpc.RpcError) -> ServingCallError:
    """The typed error of a call that failed."""
    code, details = error.code(), error.details() or ""
    kind = _ERRORS.get(code, UnexpectedAnswerError)
    if code == grpc.StatusCode.INVALID_ARGUMENT and details.startswith(_UNKNOWN_LABEL):
        kind = errors.UnknownModelError
    if code == grpc.StatusCode.INVALID_ARGUMENT and details.startswith(_TOO_MANY_ROWS):
        kind = errors.TooLargeError
    if code == grpc.StatusCode.UNAVAILABLE and _QUEUE_FULL in details:
        kind = errors.OverloadedError
    reported = " ".join(details.split()) or "no reason given"
    message = {
        errors.UnavailableError: f"{where} cannot answer ({reported}); start it with: slipway serve",
        UnexpectedAnswerError: f"{where} answered {code.name}: {reported}; is it TensorFlow Serving, "
        "with a model of Slipway's?",
    }.get(kind, f"{where}: {reported}")
    return kind(message, status=code.name, may_retry=code == grpc.StatusCode.UNAVAILABLE)

"""What goes between a client and TensorFlow Serving: requests made and answers read by the model's card; errors typed."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import grpc

from prediction.answer import Answer, NotFiniteError, ValueAnswer
from prediction.wire import tensors
from prediction.wire import tf_serving_pb2 as wire
from schemas import request
from schemas.errors import InputError
from schemas.model_card import ModelCard
from serving.client import errors
from serving.client.asking import Question
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
    grpc.StatusCode.CANCELLED: errors.OverloadedError,  # gRPC's own refusal of a call that its server could not take in
    grpc.StatusCode.UNAVAILABLE: errors.UnavailableError,
    grpc.StatusCode.DEADLINE_EXCEEDED: errors.CallTimeoutError,
}
# TensorFlow Serving's words, where its code alone says too little.
_UNKNOWN_LABEL = "Unrecognized servable version label"
_TOO_MANY_ROWS = "Task size"
_QUEUE_FULL = "batch scheduling queue"


def predict_request(question: Question, card: ModelCard, version: int | None) -> wire.PredictRequest:
    """Raises InvalidInputError for an input that does not fit the card, or classes asked of a model that has none."""
    if card.classes is None and (question.probabilities or question.top is not None):
        raise InvalidInputError(f"{card.name} is a regression: it has no classes for probabilities or top")
    rows = [_row(card, value, index if question.many else None) for index, value in enumerate(question.inputs)]
    message = tensors.predict_request(card, rows, version)
    if question.label is not None:
        message.model_spec.version_label = question.label
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


def read_predictions(question: Question, card: ModelCard, outputs: Mapping[str, wire.Tensor]) -> list[Prediction]:
    """Raises UnexpectedAnswerError for outputs that the card does not describe, or a number that is not finite."""
    try:
        answers = tensors.answers(card, outputs)
        if len(answers) != len(question.inputs):
            raise ValueError(f"{len(answers)} answers to {len(question.inputs)} inputs")
    except NotFiniteError as error:
        raise UnexpectedAnswerError(str(error)) from None
    except ValueError as error:
        raise UnexpectedAnswerError(
            f"{card.name} {card.version} ({card.serving_version}): the answer is not what the model's card says: {error}; "
            "is it this model that is served?"
        ) from None
    return [Prediction.of(_asked_for(question, answer), **card.identity) for answer in answers]


def _asked_for(question: Question, answer: Answer) -> Answer:
    """The answer with no other probabilities than those that were asked for."""
    if isinstance(answer, ValueAnswer):
        return answer
    if question.top is not None:
        return dataclasses.replace(answer, probabilities=answer.most_probable(question.top))
    return answer if question.probabilities else dataclasses.replace(answer, probabilities={})


def read_model(cards: list[ModelCard], status: wire.GetModelStatusResponse) -> Model:
    """What cards and server know; the newest version that is available says what inputs are.

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
    said = " ".join(details.split()) or "no reason given"
    message = {
        errors.UnavailableError: f"{where} cannot answer ({said}); start it with: slipway serve",
        UnexpectedAnswerError: f"{where} answered {code.name}: {said}; is it TensorFlow Serving, with a model of Slipway's?",
    }.get(kind, f"{where}: {said}")
    return kind(message, status=code.name, may_retry=code == grpc.StatusCode.UNAVAILABLE)

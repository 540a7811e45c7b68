"""What goes between a client and the gateway: requests as HTTP has them, answers and errors read."""

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from schemas.errors import shown
from schemas.model_card import ModelCard
from serving.client import errors
from serving.client.asking import Question
from serving.client.errors import InvalidInput, ServingCallError, UnexpectedAnswer
from serving.client.inputs import json_of_bytes, resolved
from serving.client.prediction import Model, Prediction, Version, most_probable

_ERRORS: dict[int, type[ServingCallError]] = {
    400: errors.InvalidInput,
    401: errors.Unauthorized,
    403: errors.Unauthorized,
    413: errors.TooLarge,
    422: errors.InvalidInput,
    429: errors.Overloaded,
    503: errors.Unavailable,
    504: errors.CallTimeout,
}
_MODELS = "/v1/models"
READY = "/readyz"


@dataclass(frozen=True)
class Request:
    """An HTTP request: ``path`` below the gateway's URL, and a JSON body or none."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None


def predict_request(question: Question) -> Request:
    """Raises InvalidInput for an input that JSON cannot carry."""
    path = _path(question.name, question.version)
    if question.label is not None:
        path += f"/labels/{quote(question.label, safe='')}"
    query = {"probabilities": "true"} if question.probabilities else {}
    if question.top is not None:
        query["top"] = str(question.top)
    return Request("POST", f"{path}/predict", query, _body(question))


def _path(name: str, version: str | int | None) -> str:
    path = f"{_MODELS}/{quote(name, safe='')}"
    return path if version is None else f"{path}/versions/{quote(str(version), safe='')}"


def _body(question: Question) -> bytes:
    inputs = [resolved(value) for value in question.inputs]
    try:
        body = {"inputs": inputs} if question.many else {"input": inputs[0]}
        return json.dumps(body, allow_nan=False, ensure_ascii=False, default=json_of_bytes).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(
            f"{question.name}: received {shown(question.inputs[0])}, which JSON cannot carry ({error}); "
            "an object of fields, or the value of the only field, is expected"
        ) from None


def models_request() -> Request:
    return Request("GET", _MODELS)


def model_request(name: str, version: str | int | None) -> Request:
    return Request("GET", _path(name, version))


def read_predictions(question: Question, where: str, answer: Any) -> list[Prediction]:
    """The predictions of an answer's JSON. Raises UnexpectedAnswer for one of another form."""
    try:
        outputs = answer["outputs"] if question.many else [answer["output"]]
        if len(outputs) != len(question.inputs):
            raise ValueError(f"{len(outputs)} outputs")
        return [_prediction(question, answer, output) for output in outputs]
    except (KeyError, TypeError, ValueError) as error:
        raise _unexpected(where, answer, error) from None


def _prediction(question: Question, answer: Mapping[str, Any], output: Mapping[str, Any]) -> Prediction:
    value, probabilities = output.get("value"), output.get("probabilities")
    if value is None and not isinstance(output["class"], str):
        raise ValueError("the class is not a string")
    return Prediction(
        class_=None if value is not None else output["class"],
        confidence=None if value is not None else float(output["confidence"]),
        probabilities=None if probabilities is None else most_probable(probabilities, question.top),
        value=None if value is None else float(value),
        model=answer["model"],
        version=answer["version"],
        serving_version=answer["serving_version"],
    )


def read_model(where: str, answer: Any) -> Model:
    """A model's page. Raises UnexpectedAnswer for one of another form."""
    try:
        fields = {field.name for field in dataclasses.fields(ModelCard)}
        known = {name: value for name, value in answer["card"].items() if name in fields}
        return Model(
            name=answer["name"],
            card=ModelCard(**({"configuration": {}, "code": ""} | known)),
            versions=tuple(
                Version(found["version"], found["serving_version"], found.get("state", ""))
                for found in sorted(answer["versions"], key=lambda found: found["serving_version"])
            ),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unexpected(where, answer, error) from None


def read_names(where: str, answer: Any) -> list[str]:
    """The names of the models on the list of models. Raises UnexpectedAnswer for one of another form."""
    try:
        return sorted(found["name"] for found in answer["models"])
    except (KeyError, TypeError) as error:
        raise _unexpected(where, answer, error) from None


def read_json(where: str, content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _unexpected(where, content[:200], error) from None


def _unexpected(where: str, answer: Any, error: Exception) -> UnexpectedAnswer:
    reason = " ".join(f"{type(error).__name__} {error}".split())
    return UnexpectedAnswer(f"{where} answered {shown(answer, 200)} ({reason}); is it a Slipway gateway?")


def error_of(where: str, status: int, headers: Mapping[str, str], content: bytes) -> ServingCallError:
    """The typed error of an answer that is not 200."""
    problem = _problem(headers, content)
    retry_after = seconds(headers.get("retry-after"))
    kind = _ERRORS.get(status, UnexpectedAnswer)
    if status == 404 and problem:
        kind = errors.UnknownModel
    said = problem.get("detail") or problem.get("title")
    text = content[:200].decode(errors="replace")
    message = str(said) if said else f"{where} answered with status {status}: {shown(text, 200)}"
    if kind is UnexpectedAnswer and status < 500:
        message += "; is it a Slipway gateway?"
    return kind(
        " ".join(message.split()),
        status=str(status),
        problem=problem,
        retry_after=retry_after,
        may_retry=status == 429 or (status == 503 and retry_after is not None),
    )


def _problem(headers: Mapping[str, str], content: bytes) -> dict[str, Any]:
    """The RFC 9457 document, or an empty one."""
    if headers.get("content-type", "").partition(";")[0].strip() != "application/problem+json":
        return {}
    try:
        problem = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return problem if isinstance(problem, dict) else {}


def seconds(retry_after: str | None) -> float | None:
    """A Retry-After header, a number of seconds or a date (RFC 9110, 10.2.3), in seconds from now; None for any other."""
    if not retry_after:
        return None
    try:
        found = float(retry_after)
    except ValueError:
        try:
            found = (parsedate_to_datetime(retry_after).astimezone(UTC) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return max(0.0, found) if math.isfinite(found) else None

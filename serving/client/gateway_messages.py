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

from prediction.answer import ClassAnswer, from_json
from schemas.errors import shown
from schemas.model_card import ModelCard
from serving.client import errors
from serving.client.asking import Question
from serving.client.errors import InvalidInputError, ServingCallError, UnexpectedAnswerError
from serving.client.inputs import json_of_bytes, resolved
from serving.client.prediction import Model, Prediction, Version

_ERRORS: dict[int, type[ServingCallError]] = {
    400: errors.InvalidInputError,
    401: errors.UnauthorizedError,
    403: errors.UnauthorizedError,
    408: errors.CallTimeoutError,
    413: errors.TooLargeError,
    422: errors.InvalidInputError,
    429: errors.OverloadedError,
    503: errors.UnavailableError,
    504: errors.CallTimeoutError,
}
_MODELS = "/v1/models"
READY = "/readyz"
_NO_PAGE = "/docs#not-found"  # a problem's type: a path that no gateway has


@dataclass(frozen=True)
class Request:
    """An HTTP request: ``path`` below the gateway's URL, and a JSON body or none."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None


def predict_request(question: Question) -> Request:
    """Raises InvalidInputError for an input that JSON cannot carry."""
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
        raise InvalidInputError(
            f"{question.name}: received {shown(question.inputs[0])}, which JSON cannot carry ({error}); "
            "an object of fields, or the value of the only field, is expected"
        ) from None


def models_request() -> Request:
    return Request("GET", _MODELS)


def model_request(name: str, version: str | int | None = None) -> Request:
    return Request("GET", _path(name, version))


def read_predictions(question: Question, where: str, answer: Any) -> list[Prediction]:
    """The predictions of an answer's JSON. Raises UnexpectedAnswerError for one of another form."""
    try:
        outputs = answer["outputs"] if question.many else [answer["output"]]
        if len(outputs) != len(question.inputs):
            raise ValueError(f"{len(outputs)} outputs")
        return [_prediction(question, answer, output) for output in outputs]
    except (KeyError, TypeError, ValueError) as error:
        raise _unexpected(where, answer, error) from None


def _prediction(question: Question, answer: Mapping[str, Any], output: Mapping[str, Any]) -> Prediction:
    found = from_json(output)
    if question.top is not None and isinstance(found, ClassAnswer):
        best = {entry["class"]: entry["confidence"] for entry in output["top"]}
        found = dataclasses.replace(found, probabilities=best)
    return Prediction.of(found, answer["model"], answer["version"], answer["serving_version"])


def read_model(where: str, page: Any) -> Model:
    """A model's page, which has what of its card a caller needs. Raises UnexpectedAnswerError for one of another form."""
    try:
        fields = {field.name for field in dataclasses.fields(ModelCard)}
        card = {name: value for name, value in page.items() if name in fields}
        card["example"] = _object(page["example"]["body"]["input"], card["inputs"])
        versions = [Version(v["version"], v["serving_version"], v["state"]) for v in page["versions"]]
        versions.sort(key=lambda version: version.serving_version)
        return Model(page["name"], ModelCard(**({"configuration": {}, "code": ""} | card)), tuple(versions))
    except (KeyError, TypeError, AttributeError) as error:
        raise _unexpected(where, page, error) from None


def _object(value: Any, inputs: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """An example as a model's card has it: the page shows the only field's value alone, a picture as base64."""
    if len(inputs) > 1:
        return dict(value)
    ((name, spec),) = inputs.items()
    return {name: {"b64": value} if spec["type"] == "image" else value}


def read_names(where: str, answer: Any) -> list[str]:
    """The names of the models on the list of models. Raises UnexpectedAnswerError for one of another form."""
    try:
        return sorted(found["name"] for found in answer["models"])
    except (KeyError, TypeError) as error:
        raise _unexpected(where, answer, error) from None


def read_json(where: str, content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _unexpected(where, content[:200], error) from None


def _unexpected(where: str, answer: Any, error: Exception) -> UnexpectedAnswerError:
    reason = " ".join(f"{type(error).__name__} {error}".split())
    return UnexpectedAnswerError(f"{where} answered {shown(answer, 200)} ({reason}); is it a Slipway gateway?")


def error_of(where: str, status: int, headers: Mapping[str, str], content: bytes) -> ServingCallError:
    """The typed error of an answer that is not 200."""
    problem = _problem(headers, content)
    retry_after = seconds(headers.get("retry-after"))
    kind = _ERRORS.get(status, UnexpectedAnswerError)
    if status == 404 and problem and problem.get("type") != _NO_PAGE:
        kind = errors.UnknownModelError
    said = problem.get("detail") or problem.get("title")
    text = content[:200].decode(errors="replace")
    message = str(said) if said else f"{where} answered with status {status}: {shown(text, 200)}"
    if kind is UnexpectedAnswerError and status < 500:
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

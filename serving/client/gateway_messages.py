"""The gateway's wire format at the client: requests built, answers and errors parsed. No input or output."""

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from prediction.answer import Answer, ClassAnswer, ClassesAnswer, SeveralAnswer
from prediction.answer_json import from_json
from schemas.errors import shown
from schemas.model_card import ModelCard
from serving.client import errors
from serving.client.async_client import InferenceRequest
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


def predict_request(inference: InferenceRequest) -> Request:
    """``POST .../predict`` with ``input`` or ``inputs``. Raises InvalidInputError for an input that JSON cannot carry."""
    path = _path(inference.name, inference.version)
    if inference.label is not None:
        path += f"/labels/{quote(inference.label, safe='')}"
    query = {"probabilities": "true"} if inference.probabilities else {}
    if inference.top is not None:
        query["top"] = str(inference.top)
    return Request("POST", f"{path}/predict", query, _body(inference))


def _path(name: str, version: str | int | None) -> str:
    # safe="": a slash in a name must not become a part of the path.
    path = f"{_MODELS}/{quote(name, safe='')}"
    return path if version is None else f"{path}/versions/{quote(str(version), safe='')}"


def _body(inference: InferenceRequest) -> bytes:
    inputs = [resolved(value) for value in inference.inputs]
    try:
        body = {"inputs": inputs} if inference.many else {"input": inputs[0]}
        # allow_nan=False: Python would write a bare NaN, which is no JSON and which the gateway refuses without naming it.
        return json.dumps(body, allow_nan=False, ensure_ascii=False, default=json_of_bytes).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInputError(
            f"{inference.name}: received {shown(inference.inputs[0])}, which JSON cannot carry ({error}); "
            "an object of fields, or the value of the only field, is expected"
        ) from None


def models_request() -> Request:
    """``GET /v1/models``, the list of models."""
    return Request("GET", _MODELS)


def model_request(name: str, version: str | int | None = None) -> Request:
    """``GET /v1/models/NAME``, the page of a model or of one of its versions."""
    return Request("GET", _path(name, version))


def read_predictions(inference: InferenceRequest, where: str, answer: Any) -> list[Prediction]:
    """The predictions of an answer's JSON. Raises UnexpectedAnswerError for one of another form."""
    try:
        outputs = answer["outputs"] if inference.many else [answer["output"]]
        # Answers are matched with inputs by position: one too few would shift them.
        if len(outputs) != len(inference.inputs):
            raise ValueError(f"{len(outputs)} outputs")
        return [_prediction(inference, answer, output) for output in outputs]
    except (KeyError, TypeError, ValueError) as error:
        raise _unexpected(where, answer, error) from None


def _prediction(inference: InferenceRequest, answer: Mapping[str, Any], output: Mapping[str, Any]) -> Prediction:
    found = _answer(inference, output)
    return Prediction.of(found, answer["model"], answer["version"], answer["serving_version"])


def _answer(inference: InferenceRequest, output: Mapping[str, Any]) -> Answer:
    found = from_json(output)
    if inference.top is None:
        return found
    if isinstance(found, SeveralAnswer):
        parts: Any = {label: _answer(inference, output[label]) for label in found.answers}
        return SeveralAnswer(parts)
    if isinstance(found, ClassAnswer | ClassesAnswer):
        best = {entry["class"]: entry["confidence"] for entry in output["top"]}
        return dataclasses.replace(found, probabilities=best)
    return found


def read_model(where: str, page: Any) -> Model:
    """A model's page, which has what of its card a caller needs. Raises UnexpectedAnswerError for one of another form."""
    try:
        fields = {field.name for field in dataclasses.fields(ModelCard)}
        # A newer gateway may add members that this client's ModelCard has not.
        card = {name: value for name, value in page.items() if name in fields}
        card["example"] = _object(page["example"]["body"]["input"], card["inputs"])
        versions = [Version(v["version"], v["serving_version"], v["state"]) for v in page["versions"]]
        versions.sort(key=lambda version: version.serving_version)
        # The page leaves out configuration and code, which no caller of a model needs.
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
    """The JSON document of an answer. Raises UnexpectedAnswerError for what is none."""
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
    # A 404 without a problem document, or for the path itself, comes from another server or a wrong URL.
    if status == 404 and problem and problem.get("type") != _NO_PAGE:
        kind = errors.UnknownModelError
    reported = problem.get("detail") or problem.get("title")
    text = content[:200].decode(errors="replace")
    message = str(reported) if reported else f"{where} answered with status {status}: {shown(text, 200)}"
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

"""The OpenAPI document: FastAPI's of the read-only routes, and each model's prediction with its fields and a real example."""

import copy
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI

from schemas.model_card import ModelCard
from schemas.request_schema import input_schema
from schemas.tasks import CLASSES, SEVERAL
from serving.gateway import problems
from serving.gateway.inputs import example_body, media_types
from serving.gateway.negotiation import MOST_CLASSES

JsonObject = dict[str, Any]  # a part of an OpenAPI document or a JSON Schema: free in its keys
PROBLEM = {"$ref": "#/components/schemas/Problem"}
# No operation promises a bug, and a documented one never answers 405.
_STATUSES = sorted({status for status, _, _ in problems.KINDS.values()} - {500, 405})
_GENERAL = {
    "/v1/models/{name}/predict": "Ask the newest version of a model",
    "/v1/models/{name}/versions/{version}/predict": "Ask one version of a model",
    "/v1/models/{name}/labels/{label}/predict": "Ask the version that has a label",
}
_PATH_PARAMETERS = {
    "name": "The model, as GET /v1/models lists it.",
    "version": "A semantic version, such as 1.0.0, or the integer that TensorFlow Serving knows it by.",
    "label": "A label of the gateway's configuration, of the registry or of TensorFlow Serving's, such as stable.",
}
STATUS = {"type": "object", "properties": {"status": {"type": "string"}}, "required": ["status"]}
_SUMMARY = {
    "name": {"type": "string"},
    "task": {"type": "string"},
    "version": {"type": "string"},
    "serving_version": {"type": "integer"},
    "ready": {"type": "boolean"},
    "url": {"type": "string"},
}
_ONE = {"type": "object", "properties": _SUMMARY, "required": list(_SUMMARY)}
MODELS = {"type": "object", "properties": {"models": {"type": "array", "items": _ONE}}, "required": ["models"]}
_OBJECTS = {"type": "array", "items": {"type": "object"}}
MODEL = {
    "type": "object",
    "properties": {**_SUMMARY, "inputs": {"type": "object"}, "versions": _OBJECTS, "example": {"type": "object"}},
    "required": [*_SUMMARY, "inputs", "outputs", "classes", "versions", "labels", "example"],
}


def good(of: JsonObject) -> dict[int | str, JsonObject]:
    """FastAPI's ``responses`` of a route that answers with this schema."""
    return {200: {"content": {"application/json": {"schema": of}}}}


def schema(app: FastAPI, cards: Mapping[str, ModelCard], max_batch: int, keys: bool) -> JsonObject:
    """The OpenAPI 3.1 document.

    Args:
      cards: the newest card of each model, by name.
      max_batch: inputs of one request.
      keys: whether API keys are needed.
    """
    # FastAPI caches its document and returns the same object each time; models and keys differ from call to call.
    document = copy.deepcopy(FastAPI.openapi(app))
    paths = document["paths"]
    for name, card in cards.items():
        paths[f"/v1/models/{name}/predict"] = {"post": _of_model(card, max_batch)}
    for path, summary in _GENERAL.items():
        paths[path] = {"post": _general(path, summary, cards)}
    components = document.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = _problem()
    if keys:
        components["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer"},
            "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        }
        document["security"] = [{"bearer": []}, {"header": []}]
        for path in ("/healthz", "/readyz"):
            paths[path]["get"]["security"] = []
    return document


def _of_model(card: ModelCard, max_batch: int) -> JsonObject:
    """The prediction of one model."""
    one = input_schema(card)
    body = {
        "type": "object",
        "properties": {
            "input": one,
            "inputs": {"type": "array", "items": one, "minItems": 1, "maxItems": max_batch},
        },
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
    }
    content: JsonObject = {"application/json": {"schema": body, "examples": _examples({card.name: card})}}
    for kind in media_types(card)[1:]:
        content[kind] = {"schema": _bare(kind)}
    what = f"Predict {', '.join(part.label for part in card.parts())} with {card.name}"
    return _operation(f"predict_{card.name}", what, _query(card), content, _answer(card))


def _general(path: str, summary: str, cards: Mapping[str, ModelCard]) -> JsonObject:
    """A prediction of any model: its input is described at the model's own path."""
    first = dict(list(cards.items())[:1])
    known = {"name": next(iter(first), None), "version": next((card.version for card in first.values()), None)}
    parameters = []
    for parameter, description in _PATH_PARAMETERS.items():
        if f"{{{parameter}}}" in path:
            entry = {"name": parameter, "in": "path", "required": True, "description": description}
            example = {"example": known[parameter]} if known.get(parameter) else {}
            parameters.append({**entry, "schema": {"type": "string", "minLength": 1}, **example})
    either = {"type": "object", "properties": {"input": {}, "inputs": {"type": "array", "minItems": 1}}}
    body = {**either, "minProperties": 1, "maxProperties": 1, "additionalProperties": False}
    content = {"application/json": {"schema": body, "examples": _examples(first)}}
    operation = path.strip("/").replace("/", "_").replace("{", "").replace("}", "")
    return _operation(operation, summary, [*parameters, *_query(None)], content, {"type": "object"})


def _operation(
    name: str, summary: str, parameters: list[JsonObject], content: JsonObject, answer: JsonObject
) -> JsonObject:
    responses: JsonObject = {
        str(status): {
            "description": "; ".join(title for code, title, _ in problems.KINDS.values() if code == status),
            "content": {problems.MEDIA_TYPE: {"schema": PROBLEM}},
        }
        for status in _STATUSES
    }
    good = {"description": "The answer", "content": {"application/json": {"schema": answer}}}
    return {
        "tags": ["predictions"],
        "operationId": name,
        "summary": summary,
        "parameters": parameters,
        "requestBody": {"required": True, "content": content},
        "responses": {"200": good, **responses},
    }


def _bare(kind: str) -> JsonObject:
    """The schema of a body that is no JSON."""
    if kind == "text/plain":
        return {"type": "string"}
    picture = {"type": "string", "format": "binary"}
    if kind != "multipart/form-data":
        return picture
    return {"type": "object", "properties": {"file": picture}, "required": ["file"], "additionalProperties": False}


def _query(card: ModelCard | None) -> list[JsonObject]:
    if card is not None and not card.has_classes:
        return []
    flag = {"type": "boolean", "default": False}
    top = {"type": "integer", "minimum": 1, "maximum": MOST_CLASSES}
    return [
        {"name": "probabilities", "in": "query", "description": "Every class's probability.", "schema": flag},
        {"name": "top", "in": "query", "description": "So many of the likeliest classes.", "schema": top},
    ]


def _answer(card: ModelCard) -> JsonObject:
    one = _output(card)
    model = {"model": {"const": card.name}, "version": {"type": "string"}, "serving_version": {"type": "integer"}}
    return {
        "type": "object",
        "properties": {"output": one, "outputs": {"type": "array", "items": one}, **model},
        "required": list(model),
        "oneOf": [{"required": ["output"]}, {"required": ["outputs"]}],
    }


def _output(card: ModelCard) -> JsonObject:
    if card.kind == SEVERAL:
        parts = {part.label: _output(part) for part in card.parts()}
        return {"type": "object", "properties": parts, "required": list(parts), "additionalProperties": False}
    if card.horizon is not None:
        size = {"minItems": card.horizon, "maxItems": card.horizon}
        values = {"type": "array", "items": {"type": "number"}, **size}
        return {"type": "object", "properties": {"values": values}, "required": ["values"]}
    if card.classes is None:
        value: JsonObject = {"value": {"type": "number"}}
        if card.share is not None:
            ends = {"low": {"type": "number"}, "high": {"type": "number"}, "share": {"const": card.share}}
            value["interval"] = {"type": "object", "properties": ends, "required": list(ends)}
        return {"type": "object", "properties": value, "required": list(value)}
    # float32 rounding can lift a probability above 1.
    share = {"type": "number", "minimum": 0, "maximum": 1.000001}
    name = {"type": "string", "enum": card.classes}
    pair = {"type": "object", "properties": {"class": name, "confidence": share}, "required": ["class", "confidence"]}
    by_class = {"type": "object", "additionalProperties": share}
    more = {"probabilities": by_class, "top": {"type": "array", "items": pair}}
    if card.kind == CLASSES:
        names = {"type": "array", "items": name, "uniqueItems": True}
        return {"type": "object", "properties": {"classes": names, **more}, "required": ["classes"]}
    return {**pair, "properties": {**pair["properties"], **more}}  # type: ignore[dict-item]


def _examples(cards: Mapping[str, ModelCard]) -> JsonObject:
    return {name: {"summary": f"an input of {name}", "value": example_body(card)} for name, card in cards.items()}


def _problem() -> JsonObject:
    texts = {name: {"type": "string"} for name in ("type", "title", "detail", "instance", "request_id")}
    return {
        "type": "object",
        "description": "RFC 9457; `errors` names the fields of an input, `example` is an input that works.",
        "properties": {**texts, "status": {"type": "integer"}, "errors": {"type": "array"}, "example": {}},
        "required": ["type", "title", "status", "detail"],
    }

"""The read-only routes: models, health, metrics, documentation."""

import shlex
from typing import Any, NotRequired, TypedDict

import orjson
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from schemas.model_card import ModelCard
from serving.gateway import metrics, state
from serving.gateway.cards import label, number_of
from serving.gateway.docs_page import page
from serving.gateway.exchange import Exchange, exchange_of
from serving.gateway.inputs import ExampleBody, example_body
from serving.gateway.negotiation import check_accept
from serving.gateway.openapi import MODEL, MODELS, PROBLEM, STATUS, JsonObject, good, schema
from serving.gateway.problems import MEDIA_TYPE, HttpProblem

_PROBLEM = {"default": {"description": "A problem document", "content": {MEDIA_TYPE: {"schema": PROBLEM}}}}
router = APIRouter(responses=_PROBLEM)  # type: ignore[arg-type]
# The page loads no other file, and its script calls the gateway alone.
_PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'"


class ModelSummary(TypedDict):
    """A model in the list of models; ``version`` is the public name of its newest version."""

    name: str
    task: str
    version: str
    serving_version: int
    ready: bool
    url: str


class VersionEntry(TypedDict):
    """A version on a model's page.

    Attributes:
      version: its public name; None without a card.
      state: TensorFlow Serving's, or NOT_LOADED where it has never seen the version.
      error: why it could not be loaded.
      weight: its share of the requests, where the configuration has one.
    """

    version: str | None
    serving_version: int
    state: str
    error: NotRequired[str]
    weight: NotRequired[float]


class ExampleRequest(TypedDict):
    """A request that works: ``body`` as JSON, and all of it as a line for curl."""

    method: str
    url: str
    body: ExampleBody
    curl: str


@router.get("/healthz", tags=["operation"], summary="Whether the gateway runs", responses=good(STATUS))
async def healthz() -> Response:
    """Liveness: 200 while the process answers."""
    # Independent of the model server: restarting the gateway would not bring that back.
    return _json({"status": "ok"})


@router.get(
    "/readyz", tags=["operation"], summary="Whether every model with a card can be asked", responses=good(STATUS)
)
async def readyz(request: Request) -> Response:
    """Readiness: 200, or 503 with all ``reasons`` while a model that has a card cannot be asked."""
    reasons = state.of(request).reasons()
    if not reasons:
        return _json({"status": "ready"})
    return HttpProblem("model-not-ready", reasons[0], retry_after=1, reasons=reasons).response(
        exchange_of(request).id, request.url.path
    )


@router.get("/metrics", tags=["operation"], summary="Counters for Prometheus", response_class=PlainTextResponse)
async def metrics_text(request: Request) -> Response:
    """The metrics. Raises HttpProblem (403) for a key of some models only: they are counted for all."""
    key = exchange_of(request).key
    if key is not None and key.models is not None:
        raise HttpProblem(
            "not-allowed", f"the key {key.name!r} is for {', '.join(key.models)}; metrics are of all models"
        )
    return Response(state.of(request).metrics.text(), media_type=metrics.CONTENT_TYPE)


@router.get("/v1/models", tags=["models"], summary="All models that the key may ask", responses=good(MODELS))
async def models(request: Request) -> Response:
    """The models that the key allows, by name, each with its newest version."""
    check_accept(request.headers.get("accept"))
    gateway, exchange = state.of(request), exchange_of(request)
    names = [name for name in sorted(gateway.cards.models) if exchange.may_see(name)]
    return _json({"models": [_summary(gateway, name, newest(gateway, name)) for name in names]})


@router.get(
    "/v1/models/{name}",
    tags=["models"],
    summary="A model's card, its versions and an example request",
    responses=good(MODEL),
)
async def model(request: Request, name: str) -> Response:
    """The page of a model's newest version. Raises HttpProblem (403, 404, 406)."""
    return _page(request, name)


@router.get(
    "/v1/models/{name}/versions/{version}",
    tags=["models"],
    summary="The same of one version, semantic or integer",
    responses=good(MODEL),
)
async def one_version(request: Request, name: str, version: str) -> Response:
    """The page of one version, semantic or integer. Raises HttpProblem (403, 404, 406)."""
    return _page(request, name, version)


def _page(request: Request, name: str, version: str | None = None) -> Response:
    check_accept(request.headers.get("accept"))
    gateway, exchange = state.of(request), exchange_of(request)
    # Before the lookup: a 404 would reveal which models exist outside the key's scope.
    if not exchange.may_see(name):
        raise not_allowed(exchange, name)
    if name not in gateway.cards.models:
        raise gateway.versions.unknown_model(name)
    exchange.model = name
    cards = gateway.cards.models[name]
    number = newest(gateway, name) if version is None else number_of(cards, version)
    if number is None:
        raise gateway.versions.unknown_version(name, str(version))
    card = cards[number]
    return _json(
        {
            **_summary(gateway, name, number),
            "label": card.label,
            "inputs": {column: {"type": spec["type"]} for column, spec in card.inputs.items()},
            "outputs": card.outputs,
            "classes": card.classes,
            "share": card.share,
            **({"tasks": card.tasks} if card.tasks else {}),
            "metrics": card.metrics,
            "pushed_at": card.pushed_at,
            "data": {
                key: value for key, value in card.data.items() if key != "examples"
            },  # a path on the training machine
            "reading": card.reading,
            "submission": card.submission,
            "versions": _versions(gateway, name),
            "labels": labels(gateway, name),
            "example": _example(request, card),
        }
    )


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> Response:
    """The HTML page of the OpenAPI document."""
    html = page(_schema(request))
    return HTMLResponse(html, headers={"Content-Security-Policy": _PAGE_POLICY})


@router.get("/openapi.json", include_in_schema=False)
async def openapi_json(request: Request) -> Response:
    """The OpenAPI document, with the models that the key allows."""
    return _json(_schema(request))


def _schema(request: Request) -> JsonObject:
    """The OpenAPI document with the models in the scope of the caller's key."""
    gateway, exchange = state.of(request), exchange_of(request)
    cards = {name: gateway.cards.models[name][newest(gateway, name)] for name in sorted(gateway.cards.models)}
    seen = {name: card for name, card in cards.items() if exchange.may_see(name)}
    return schema(request.app, seen, gateway.settings.max_batch, gateway.keys.value is not None)


def not_allowed(exchange: Exchange, name: str) -> HttpProblem:
    """The 403 of a key whose scope does not contain the model."""
    assert exchange.key is not None and exchange.key.models is not None
    return HttpProblem(
        "not-allowed", f"the key {exchange.key.name!r} is for {', '.join(exchange.key.models)}, not for {name!r}"
    )


def newest(gateway: state.Gateway, name: str) -> int:
    """The newest integer version that is loaded and has a card; where there is none, the newest card's."""
    return next(iter(gateway.statuses.available(name)), max(gateway.cards.models[name]))


def labels(gateway: state.Gateway, name: str) -> dict[str, str]:
    """Version by label, of the registry and the gateway's configuration, which wins; the model server's own are not listed."""
    routing = gateway.routings.get(name)
    declared = {label: found.version for label, found in gateway.labels.of(name).items()}
    return declared | (routing.labels if routing else {})


def _summary(gateway: state.Gateway, name: str, number: int) -> ModelSummary:
    card = gateway.cards.models[name][number]
    return {
        "name": name,
        "task": card.task,
        "version": label(card, number),
        "serving_version": number,
        "ready": gateway.statuses.error is None and number in gateway.statuses.available(name),
        "url": f"/v1/models/{name}",
    }


def _versions(gateway: state.Gateway, name: str) -> list[VersionEntry]:
    """Every version that has a card or that the model server has seen, newest first."""
    cards = gateway.cards.models[name]
    states = gateway.statuses.of(name) or {}
    routing = gateway.routings.get(name)
    weights = routing.weights if routing else {}
    found = []
    for number in sorted(cards.keys() | states.keys(), reverse=True):
        version = label(cards[number], number) if number in cards else None
        seen = states.get(number)
        entry: VersionEntry = {
            "version": version,
            "serving_version": number,
            "state": seen.state if seen else "NOT_LOADED",
        }
        if seen and seen.error:
            entry["error"] = seen.error
        if version in weights:
            entry["weight"] = weights[version]
        found.append(entry)
    return found


def _example(request: Request, card: ModelCard) -> ExampleRequest:
    base = str(request.base_url).rstrip("/")
    url = f"{base}{request.url.path}/predict"
    body = example_body(card)
    data = orjson.dumps(body).decode()
    key = " -H 'Authorization: Bearer KEY'" if exchange_of(request).key else ""
    curl = f"curl {shlex.quote(url)}{key} -H 'Content-Type: application/json' -d {shlex.quote(data)}"
    return {"method": "POST", "url": url, "body": body, "curl": curl}


def _json(content: Any) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")

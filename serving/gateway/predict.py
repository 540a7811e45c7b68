"""POST .../predict: the hot route, a plain Starlette endpoint without FastAPI's validation around it."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from prediction.answer import Answer, ClassAnswer, ClassesAnswer, SeveralAnswer, most_probable
from schemas.model_card import ModelCard
from schemas.tasks import SEVERAL
from serving.gateway import inputs, state
from serving.gateway.exchange import Exchange, exchange_of
from serving.gateway.limits import read_body
from serving.gateway.negotiation import Options, check_accept, options
from serving.gateway.prediction import ModelAnswers, RequestContext
from serving.gateway.problems import HttpProblem
from serving.gateway.routes import not_allowed
from serving.gateway.sampling import RequestFields
from serving.gateway.versions import VersionSelector

PATHS = (
    "/v1/models/{name}/predict",
    "/v1/models/{name}/versions/{version}/predict",
    "/v1/models/{name}/labels/{label}/predict",
)


def routes() -> list[BaseRoute]:
    """The three POST routes: the newest version, one version, the version of a label."""
    return [Route(path, _endpoint(path), methods=["POST"], name=path) for path in PATHS]


def _endpoint(path: str) -> Any:
    async def predict(request: Request) -> Response:
        exchange_of(request).route = path
        return await _predict(request)

    return predict


async def _predict(request: Request) -> Response:
    gateway, exchange = state.of(request), exchange_of(request)
    headers, where = request.headers, request.path_params
    name = where["name"]
    # Before the name is looked up: a 404 would reveal which models exist outside the key's scope.
    if not exchange.may_see(name):
        raise not_allowed(exchange, name)
    if name not in gateway.cards.models:
        raise gateway.versions.unknown_model(name)
    # Only now: a name of the client's choice must not become a label of the metrics.
    exchange.model = name
    # Whatever can be refused without the body is refused before it is read.
    check_accept(headers.get("accept"))
    chosen = options(request.scope["query_string"])
    sent = inputs.media(headers.get("content-type"), headers.get("content-encoding"))
    deadline = exchange.begun + gateway.settings.timeout
    body = await read_body(request.receive, headers.get("content-length"), gateway.settings.max_body, deadline)

    async def read(card: ModelCard) -> inputs.Inputs:
        _check_options(card, chosen)
        found = inputs.read(card, sent, body, gateway.settings.max_batch, gateway.pictures.look)
        return await gateway.pictures.prepared(card, found, deadline)

    selector = VersionSelector(where.get("version"), where.get("label"))
    found = await gateway.predictor.predict(name, selector, read, RequestContext(exchange.id, deadline))
    served = found.served
    exchange.version, exchange.inputs = served.version, len(found.answers)
    if gateway.sampling is not None:
        gateway.sampling.take(_sampled_fields(exchange, found), found.inputs.rows, found.answers)
    return Response(_document(found, chosen), media_type="application/json")


def _check_options(card: ModelCard, chosen: Options) -> None:
    if chosen != Options() and not card.has_classes:
        # "several" is no task that a reader of the page knows.
        what = f"is a {card.task.lower()}" if card.kind != SEVERAL else "answers numbers alone"
        raise HttpProblem("invalid-parameter", f"{card.name} {what}: it has no classes for probabilities or top")


def _document(found: ModelAnswers, chosen: Options) -> bytes:
    served = found.served
    outputs = [_output(answer, chosen) for answer in found.answers]
    document: dict[str, Any] = {"outputs": outputs} if found.inputs.many else {"output": outputs[0]}
    document |= {"model": served.card.name, "version": served.version, "serving_version": served.number}
    return orjson.dumps(document)


def _output(answer: Answer, chosen: Options) -> dict[str, Any]:
    """An answer in the requested form: class and confidence, classes, or value, without more; of several tasks each so."""
    if isinstance(answer, SeveralAnswer):
        return {label: _output(part, chosen) for label, part in answer.answers.items()}
    output: dict[str, Any] = {**answer.as_json(probabilities=chosen.probabilities)}
    if chosen.top and isinstance(answer, ClassAnswer | ClassesAnswer):
        best = most_probable(answer.probabilities, chosen.top)
        output["top"] = [{"class": name, "confidence": confidence} for name, confidence in best.items()]
    return output


def _sampled_fields(exchange: Exchange, found: ModelAnswers) -> RequestFields:
    served = found.served
    return {
        "request_id": exchange.id,
        "key": exchange.key.name if exchange.key else None,
        "model": served.card.name,
        "version": served.version,
        "serving_version": served.number,
    }

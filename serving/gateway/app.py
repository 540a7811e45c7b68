"""The application: routes in FastAPI, and the gate around them."""

import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp

from serving.gateway import predict, routes
from serving.gateway.exchange import exchange_of
from serving.gateway.gate import Gate
from serving.gateway.problems import KINDS, HttpProblem
from serving.gateway.state import Gateway

_KINDS = {404: "not-found", 405: "method-not-allowed"}


def application(gateway: Gateway) -> ASGIApp:
    """The whole gateway as an ASGI application.

    Its lifespan connects to the model server and keeps the gateway refreshed; so its server has to support
    ASGI's lifespan protocol.
    """

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with gateway.running():
            yield

    # Its own documentation pages load scripts from another server; ours do not.
    app = FastAPI(
        title="Slipway gateway",
        version="1",
        lifespan=lifespan,
        routes=predict.routes(),
        # An unknown path gets a problem document; Starlette would answer 307 without one.
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        exception_handlers={HttpProblem: _problem, HTTPException: _http, Exception: _bug},
    )
    app.state.gateway = gateway
    app.include_router(routes.router)
    # Not a middleware of the application: Starlette sends the 500 of a bug outside those, without the request id.
    gate: ASGIApp = Gate(app, gateway)
    if gateway.settings.cors_origin:
        # Outermost: a preflight carries no key, and a page can read a refusal of the gate only with CORS headers on it.
        gate = CORSMiddleware(
            gate,
            allow_origins=gateway.settings.cors_origin,
            allow_methods=("GET", "POST"),
            allow_headers=("Authorization", "Content-Type", "X-API-Key", "X-Request-ID"),
            expose_headers=("X-Request-ID", "Retry-After"),
        )
    return gate


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HttpProblem)
    exchange = exchange_of(request)
    exchange.problem = error.kind
    return error.response(exchange.id, request.scope["path"])


async def _http(request: Request, error: Exception) -> Response:
    """What the router itself refuses: a path or a method."""
    assert isinstance(error, HTTPException)
    path = request.scope["path"][:200]
    kind = _KINDS.get(error.status_code, "bug")
    _, _, advice = KINDS[kind]
    detail = f"{request.method} {path}: {error.detail}. {advice}"
    return await _problem(request, HttpProblem(kind, detail, error.headers))


async def _bug(request: Request, error: Exception) -> Response:
    """Starlette sends this answer and raises the error again, so that the gate logs it."""
    detail = "the gateway failed; the log has the place under this request_id"
    return await _problem(request, HttpProblem("bug", detail))

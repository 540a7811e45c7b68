"""The application: routes in FastAPI, and the gate around them."""

import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp

from serving.gateway import call, predict, routes
from serving.gateway.gate import Gate
from serving.gateway.problems import KINDS, HttpProblem
from serving.gateway.state import Gateway

_KINDS = {404: "not-found", 405: "method-not-allowed"}


def application(gateway: Gateway) -> ASGIApp:
    """The whole gateway as an ASGI application."""

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
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        exception_handlers={HttpProblem: _problem, HTTPException: _http, Exception: _bug},
    )
    app.state.gateway = gateway
    app.include_router(routes.router)
    gate: ASGIApp = Gate(app, gateway)
    if gateway.settings.cors_origin:
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
    asking = call.of(request)
    asking.problem = error.kind
    return error.response(asking.id, request.scope["path"])


async def _http(request: Request, error: Exception) -> Response:
    """What the router itself refuses: a path or a method."""
    assert isinstance(error, HTTPException)
    path = request.scope["path"][:200]
    kind = _KINDS.get(error.status_code, "bug")
    _, _, advice = KINDS[kind]
    detail = f"{request.method} {path}: {error.detail}. {advice}"
    return await _problem(request, HttpProblem(kind, detail, error.headers))


async def _bug(request: Request, error: Exception) -> Response:
    """The error is logged where it arrives after this, at the gate."""
    detail = "the gateway failed; the log has the place under this request_id"
    return await _problem(request, HttpProblem("bug", detail))

"""The application: routes, errors, and the built page."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

from schemas.version import VERSION
from studio.messages.message import ProblemDocument
from studio.routes import asking, datasets, documents, drafts, graphs, jobs, state, versions
from studio.server import problems
from studio.server.context import Studio
from studio.server.page import Page
from studio.server.safety import Safety

_ROUTERS = (state, datasets, graphs, documents, jobs, versions, asking, drafts)
_COMPRESSED_FROM = 1000  # bytes


class _Application(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """The document, with the form of the errors that problems.RESPONSES names."""
        document = super().openapi()
        document["components"]["schemas"]["ProblemDocument"] = ProblemDocument.model_json_schema()
        return document


def make(studio: Studio) -> FastAPI:
    """The routes of a studio; its lifespan starts and ends the studio's processes."""

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with studio.running():
            yield

    app = _Application(
        title="Slipway studio",
        version=VERSION,
        lifespan=lifespan,
        # An unknown path gets a problem document; Starlette would answer 307 without one.
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        separate_input_output_schemas=False,  # one type of a graph for the page
    )
    app.state.studio = studio
    problems.handle(app)
    for module in _ROUTERS:
        app.include_router(module.router, responses=problems.RESPONSES)
    return app


def application(studio: Studio, page: Path) -> ASGIApp:
    """The whole studio as an ASGI application.

    Args:
      page: the folder of the built page.
    """
    app = make(studio)
    app.mount("/", Page(directory=page))
    # Not middlewares of the application: Starlette sends the 500 of a bug outside of those.
    compressed = GZipMiddleware(app, minimum_size=_COMPRESSED_FROM, compresslevel=6)
    return Safety(compressed, studio.token, studio.settings.max_upload_mb * 1_000_000)

"""The application: routes, errors, and the built page."""

from importlib import metadata

from fastapi import FastAPI

from studio.routes import asking, datasets, documents, drafts, graphs, jobs, state, versions
from studio.server.context import Studio

_ROUTERS = (state, datasets, graphs, documents, jobs, versions, asking, drafts)


def make(studio: Studio) -> FastAPI:
    """The application of a studio."""
    app = FastAPI(
        title="Slipway studio",
        version=metadata.version("slipway"),
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,  # one type of a graph for the page
    )
    app.state.studio = studio
    for module in _ROUTERS:
        app.include_router(module.router)
    return app

"""Versions, reports, and two of them side by side."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from studio.messages.graphs import Graph
from studio.messages.versions import Comparison, Latencies, SearchTrials, Versions
from studio.server.context import TheStudio

router = APIRouter(prefix="/api/datasets/{name}", tags=["versions"])


@router.get("/versions", operation_id="versions")
async def versions(studio: TheStudio, name: str) -> Versions:
    """The version map, refused models among them, newest first."""
    raise NotImplementedError


@router.get("/versions/{id}/graph", operation_id="versionGraph")
async def version_graph(studio: TheStudio, name: str, id: str) -> Graph:
    """The Keras model of a version as a drawing."""
    raise NotImplementedError


@router.get("/versions/{id}/report", operation_id="versionReport", response_class=HTMLResponse)
async def report(studio: TheStudio, name: str, id: str) -> HTMLResponse:
    """The report, written where it is not there; for a sandboxed frame."""
    raise NotImplementedError


@router.get("/compare", operation_id="compare")
async def compare(studio: TheStudio, name: str, left: str, right: str) -> Comparison:
    """Two versions side by side."""
    raise NotImplementedError


@router.post("/compare/latency", operation_id="latency")
async def latency(studio: TheStudio, name: str, left: str, right: str, requests: int = 50) -> Latencies:
    """Asks both in turn, through gateway and model server."""
    raise NotImplementedError


@router.get("/workflow", operation_id="workflow")
async def workflow(studio: TheStudio, name: str) -> SearchTrials:
    """The last workflow of the dataset."""
    raise NotImplementedError

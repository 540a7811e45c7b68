"""Versions, reports, and two of them side by side."""

from collections.abc import Callable
from typing import Annotated, TypeVar

import anyio.to_thread
from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from schemas.errors import InputError
from studio.messages.graphs import Graph
from studio.messages.versions import Comparison, Latencies, SearchTrials, Versions
from studio.routes.asking import answered, check_name
from studio.server.context import TheStudio
from studio.server.problems import HttpProblem
from studio.versions import comparison, drawings, report_file, rows, workflow
from studio.versions import latency as latencies

router = APIRouter(prefix="/api/datasets/{name}", tags=["versions"])
# A report has texts of the data: it may run its own script, and neither load anything nor reach the studio that shows it.
_REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-scripts"
)
_MOST_REQUESTS = 500  # of each version: some seconds
_Found = TypeVar("_Found")


@router.get("/versions", operation_id="versions")
async def versions(studio: TheStudio, name: str) -> Versions:
    """The version map, refused models among them, newest first."""
    check_name(name)
    return await _in_thread(rows.versions_of, studio.home, name)


@router.get("/versions/{id}/graph", operation_id="versionGraph")
async def version_graph(studio: TheStudio, name: str, id: str) -> Graph:
    """The Keras model of a version as a drawing; 503 while Keras loads."""
    check_name(name)
    await _in_thread(comparison.side_of, studio.home, name, id)
    with answered():
        return await drawings.of_version(studio.home, studio.keras, name, id)


@router.get("/versions/{id}/report", operation_id="versionReport", response_class=HTMLResponse)
async def report(studio: TheStudio, name: str, id: str) -> HTMLResponse:
    """The report, written where it is not there; for a sandboxed frame."""
    check_name(name)
    async with studio.writing_reports:  # two writers of one report would use the same part file
        content = await _in_thread(report_file.content_of, studio.home, name, id)
    return HTMLResponse(content, headers={"content-security-policy": _REPORT_POLICY})


@router.get("/compare", operation_id="compare")
async def compare(studio: TheStudio, name: str, left: str, right: str) -> Comparison:
    """Two versions side by side."""
    check_name(name)
    one, other = [await _in_thread(comparison.side_of, studio.home, name, id) for id in (left, right)]
    found = await anyio.to_thread.run_sync(comparison.compare, name, one, other)
    rows_of_both = [await _in_thread(rows.row_of, studio.home, name, id) for id in (left, right)]
    graphs = await drawings.of_both(studio.home, studio.keras, name, left, right)
    return Comparison(
        left=rows_of_both[0],
        right=rows_of_both[1],
        metrics=found.metrics,
        settings=found.settings,
        left_graph=graphs.left,
        right_graph=graphs.right,
        difference=graphs.difference,
        notes=[*found.notes, *graphs.notes],
    )


@router.post("/compare/latency", operation_id="latency")
async def latency(
    studio: TheStudio,
    name: str,
    left: str,
    right: str,
    requests: Annotated[int, Query(ge=1, le=_MOST_REQUESTS)] = 50,
) -> Latencies:
    """Asks both in turn, through gateway and model server; 409 for a version that is not there to be asked."""
    check_name(name)
    for id in (left, right):
        row = await _in_thread(rows.row_of, studio.home, name, id)
        if row.version is None or row.removed:
            why = "its folder was removed" if row.removed else "it was refused, and no refused model is served"
            raise HttpProblem(409, f"{name} {id} cannot be asked: {why}; choose a version that is there")
    with answered():
        return await latencies.measure(studio.serving, studio.questions, name, (left, right), requests)


@router.get("/workflow", operation_id="workflow")
async def last_workflow(studio: TheStudio, name: str) -> SearchTrials:
    """The last workflow of the dataset."""
    check_name(name)
    return await anyio.to_thread.run_sync(workflow.last_of, studio.home, name)


async def _in_thread(function: Callable[..., _Found], *arguments: object) -> _Found:
    """What a function that reads files finds; 404 where there is no such version."""
    try:
        return await anyio.to_thread.run_sync(function, *arguments)
    except InputError as error:
        raise HttpProblem(404, str(error)) from None

"""Jobs: queued, watched and cancelled."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from studio.jobs import watching
from studio.jobs.admission import Graphs, RefusedError, admitted
from studio.jobs.progress import Lines
from studio.jobs.queue import OverError, UnknownJobError
from studio.jobs.records import Record
from studio.messages.graphs import CheckRequest, ExportRequest, Graph, GraphReport
from studio.messages.jobs import Job, JobRow, NewJob
from studio.routes import graphs
from studio.server.context import Studio, TheStudio
from studio.server.problems import HttpProblem

router = APIRouter(prefix="/api/jobs", tags=["jobs"])
_LINES = 1000  # of the log in one answer
LastEventId = Annotated[str | None, Header()]


def existing(studio: TheStudio, id: str) -> Record:
    """The job of the path. Raises HttpProblem (404)."""
    try:
        return studio.jobs.record(id)
    except UnknownJobError as error:
        raise HttpProblem(404, str(error)) from None


def unread(studio: TheStudio, id: str, last_event_id: LastEventId = None) -> str:
    """The job of the path, of which the reader has not all: 204 tells an EventSource that has to ask no more."""
    record = existing(studio, id)
    if watching.has_read_all(studio.jobs, record, last_event_id):
        raise HttpProblem(204, "")
    return record.id


ThisJob = Annotated[Record, Depends(existing)]


@router.get("", operation_id="jobs")
async def jobs(studio: TheStudio) -> list[JobRow]:
    """All jobs, newest first."""
    return [watching.row(studio.jobs, record) for record in studio.jobs.records()]


@router.post("", status_code=201, operation_id="createJob")
async def create(studio: TheStudio, job: NewJob) -> Job:
    """Queues a job; 422 with the problem where its graph, settings or limits do not allow it."""
    dataset = await studio.datasets.one(job.dataset)
    try:
        record, graph = await admitted(job, dataset, studio.settings, _graphs(studio))
    except RefusedError as error:
        problems = [problem.model_dump(mode="json") for problem in error.problems]
        raise HttpProblem(422, str(error), "The job is not queued", problems=problems) from None
    return watching.job(studio.jobs, studio.jobs.add(record, graph))


@router.get("/{id}", operation_id="job")
async def job(studio: TheStudio, record: ThisJob) -> Job:
    """A job with all that it published so far."""
    return watching.job(studio.jobs, record)


@router.post("/{id}/cancel", operation_id="cancelJob")
async def cancel(studio: TheStudio, record: ThisJob) -> Job:
    """Stops a job, or takes it out of the queue; 409 for one that is over."""
    try:
        return watching.job(studio.jobs, studio.jobs.cancel(record.id))
    except OverError as error:
        raise HttpProblem(409, str(error)) from None


@router.get("/{id}/log", operation_id="jobLog")
async def log(
    studio: TheStudio, record: ThisJob, after: Annotated[int, Query(ge=0, le=1_000_000_000)] = 0
) -> list[str]:
    """Lines of the log from a number on, at most 1,000."""
    return Lines(studio.jobs.folder(record.id).log).from_number(after, _LINES)


@router.get("/{id}/events", operation_id="jobEvents", response_class=EventSourceResponse)
async def events(
    studio: TheStudio, id: Annotated[str, Depends(unread)], last_event_id: LastEventId = None
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events, with ids from which a reader goes on.

    ``job``: the Job, at first and on every change of its state; ``event``: a line of docs/events.md that follows; ``log``: a
    line of the log as a JSON string. The stream ends with the ``job`` that is over; 204 for a reader that has had it.
    """
    async for each in watching.events(studio.jobs, id, last_event_id):
        yield each


def _graphs(studio: Studio) -> Graphs:
    async def check(graph: Graph, batch_size: int) -> GraphReport:
        return await graphs.check(studio, CheckRequest(graph=graph, batch_size=batch_size))

    async def written(graph: Graph) -> str:
        return (await graphs.export_graph(studio, ExportRequest(graph=graph, form="json"))).text

    return Graphs(check, written)

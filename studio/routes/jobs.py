"""Jobs: queued, watched and cancelled."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

from studio.messages.jobs import Job, JobRow, NewJob
from studio.server.context import TheStudio

router = APIRouter(prefix="/api/jobs", tags=["jobs"])


@router.get("", operation_id="jobs")
async def jobs(studio: TheStudio) -> list[JobRow]:
    """All jobs, newest first."""
    raise NotImplementedError


@router.post("", status_code=201, operation_id="createJob")
async def create(studio: TheStudio, job: NewJob) -> Job:
    """Queues a job; 422 with the problem where its graph, settings or limits do not allow it."""
    raise NotImplementedError


@router.get("/{id}", operation_id="job")
async def job(studio: TheStudio, id: str) -> Job:
    """A job with all that it published so far."""
    raise NotImplementedError


@router.post("/{id}/cancel", operation_id="cancelJob")
async def cancel(studio: TheStudio, id: str) -> Job:
    """Stops a job, or takes it out of the queue."""
    raise NotImplementedError


@router.get("/{id}/log", operation_id="jobLog")
async def log(studio: TheStudio, id: str, after: int = 0) -> list[str]:
    """Lines of the log from a number on, at most 1,000."""
    raise NotImplementedError


@router.get("/{id}/events", operation_id="jobEvents", response_class=EventSourceResponse)
async def events(
    studio: TheStudio, id: str, last_event_id: Annotated[str | None, Header()] = None
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events, with ids from which a reader goes on.

    ``event``: a line of docs/events.md; ``log``: a line of the log; ``job``: the Job, on every change of its state.
    """
    raise NotImplementedError
    yield

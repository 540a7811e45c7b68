"""Trying a model."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import APIRouter

from schemas.errors import shown
from schemas.request import RequestError
from serving.client import (
    CallTimeoutError,
    InvalidInputError,
    OverloadedError,
    ServingCallError,
    UnauthorizedError,
    UnavailableError,
    UnknownModelError,
)
from studio.asking.questions import UnknownVersionError
from studio.asking.serving import NotServingError
from studio.keras_worker.client import WorkerUnavailableError
from studio.messages.asking import Explanation, Form, Question, Reply, ServingState
from studio.server.context import TheStudio
from studio.server.problems import HttpProblem, not_ready

router = APIRouter(prefix="/api", tags=["asking"])
_NAME = re.compile(r"[a-z][a-z0-9_]*")  # of a dataset (pipelines.spec); anything else could be a path


@router.get("/serving", operation_id="serving")
async def serving(studio: TheStudio) -> ServingState:
    """The model server and the gateway."""
    return await studio.serving.state()


@router.post("/serving", operation_id="startServing")
async def start(studio: TheStudio) -> ServingState:
    """Starts them where they are not there; answers at once."""
    studio.serving.start()
    return await studio.serving.state()


@router.get("/datasets/{name}/form", operation_id="form")
async def form(studio: TheStudio, name: str, version: str | None = None) -> Form:
    """The form of a version, the newest without it."""
    check_name(name)
    with answered():
        return await studio.questions.form(name, version)


@router.post("/datasets/{name}/ask", operation_id="ask")
async def ask(studio: TheStudio, name: str, question: Question) -> Reply:
    """The answer of the gateway; 422 with ``field`` and ``errors`` for an input that does not fit."""
    check_name(name)
    with answered():
        return await studio.questions.ask(name, question)


@router.post("/datasets/{name}/explain", operation_id="explain")
async def explain(studio: TheStudio, name: str, question: Question) -> Explanation:
    """Why the model answers so."""
    check_name(name)
    with answered():
        return await studio.explanations.explain(name, question)


def check_name(name: str) -> None:
    """Raises HttpProblem (404) for what cannot be a dataset's name."""
    if not _NAME.fullmatch(name):
        raise HttpProblem(404, f"there is no dataset {shown(name)}")


@contextmanager
def answered() -> Iterator[None]:
    """The errors of questions as problem documents."""
    try:
        yield
    except UnknownVersionError as error:
        raise HttpProblem(404, str(error)) from None
    except (NotServingError, WorkerUnavailableError) as error:
        raise not_ready(str(error)) from None
    except RequestError as error:
        one = {"field": error.field, "received": error.received, "allowed": error.allowed, "example": error.example}
        errors = [{**one, "detail": str(error)}]
        raise HttpProblem(422, str(error), _DOES_NOT_FIT, field=error.field, errors=errors) from None
    except ServingCallError as error:
        raise _of_gateway(error) from None


_DOES_NOT_FIT = "The input does not fit the model"


def _of_gateway(error: ServingCallError) -> HttpProblem:
    detail = str(error)
    if isinstance(error, InvalidInputError):
        return HttpProblem(422, detail, _DOES_NOT_FIT, field=error.field, errors=error.errors)
    if isinstance(error, UnknownModelError):
        return HttpProblem(404, detail)
    if isinstance(error, OverloadedError | UnavailableError | CallTimeoutError):
        return not_ready(detail, max(1, round(error.retry_after or 1)))
    if isinstance(error, UnauthorizedError):
        detail += "; start the studio with the key in $SLIPWAY_API_KEY"
    return HttpProblem(502, detail, "The gateway did not answer the question")

"""Errors as RFC 9457 problem documents: each has one line for people, and none is a bare status."""

import errno
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from schemas.errors import InputError, shown
from studio.datasets.catalogue import UnknownDatasetError
from studio.keras_worker.client import WorkerUnavailableError

MEDIA_TYPE = "application/problem+json"
# For the OpenAPI document, where each route says that it may answer with one.
RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "description": "What is wrong with the request",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
    },
    "503": {
        "description": "Not ready yet",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
    },
}
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES)
_log = logging.getLogger("slipway.studio")


class HttpProblem(HTTPException):
    """An answer that is an error.

    Attributes:
      more: further fields of the document.

    Args:
      detail: one line: what was wrong, where, what is allowed, what to do next.
      title: the kind of error; the status's own name without it.
    """

    # An HTTPException, as FastAPI lets only those pass that are raised while it reads a body.
    def __init__(
        self, status: int, detail: str, title: str = "", headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.title = title
        self.more = more

    def response(self) -> Response:
        """The answer."""
        return _document(self.status_code, self.detail, self.title, self.headers, **self.more)


def not_found(what: str, name: str) -> HttpProblem:
    """404 for something that is not there, such as a job."""
    return HttpProblem(404, f"there is no {what} {shown(name)}")


def not_ready(detail: str, seconds: int = 2) -> HttpProblem:
    """503 for what is there in a moment; the header Retry-After says when to ask again."""
    return HttpProblem(503, detail, "Not ready", {"Retry-After": str(seconds)})


def handle(app: FastAPI) -> None:
    """Makes every error of the application a problem document."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(InputError, _input)
    app.add_exception_handler(UnknownDatasetError, _unknown)
    app.add_exception_handler(WorkerUnavailableError, _unavailable)
    app.add_exception_handler(OSError, _storage)
    app.add_exception_handler(Exception, _bug)


def _document(
    status: int, detail: str, title: str = "", headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    content = {"type": "about:blank", "title": title or HTTPStatus(status).phrase, "status": status, "detail": detail}
    return JSONResponse(content | more, status, dict(headers or {}), MEDIA_TYPE)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.NO_CONTENT:  # no error, and no document
        return Response(status_code=error.status_code)
    if isinstance(error, HttpProblem):
        return error.response()
    path = request.scope["path"][:200]
    return _document(error.status_code, f"{request.method} {path}: {error.detail}", headers=error.headers)


async def _validation(request: Request, error: Exception) -> Response:
    """A request that is not of its declared form: the first mistake in the one line, all of them in ``errors``."""
    assert isinstance(error, RequestValidationError)
    mistakes = [{"field": _field(one["loc"]), "message": one["msg"]} for one in error.errors()[:100]]
    first = mistakes[0]
    more = f" (and {len(mistakes) - 1} more)" if len(mistakes) > 1 else ""
    return _document(422, f"{first['field']}: {first['message']}{more}", "The request is not valid", errors=mistakes)


def _field(place: Sequence[int | str]) -> str:
    return ".".join(str(part) for part in place if part != "body") or "the body"


async def _input(request: Request, error: Exception) -> Response:
    return _document(422, " ".join(str(error).split()), "The input is not valid")


async def _unknown(request: Request, error: Exception) -> Response:
    return HttpProblem(404, str(error)).response()


async def _unavailable(request: Request, error: Exception) -> Response:
    return not_ready(str(error)).response()


async def _storage(request: Request, error: Exception) -> Response:
    """A disk that takes no more; any other error of the system is a bug."""
    assert isinstance(error, OSError)
    if error.errno not in _FULL:
        raise error
    what = f"the studio cannot keep this: {error.filename or 'its home'}: {error.strerror}"
    return HttpProblem(507, f"{what}; make room, or the folder writable, and try again").response()


async def _bug(request: Request, error: Exception) -> Response:
    """Starlette sends this answer and raises the error again, whose traceback uvicorn logs."""
    detail = f"a bug of ours: {type(error).__name__}; the studio's log has the traceback"
    _log.error("a bug of ours: %s %s: %s", request.method, request.scope["path"], type(error).__name__)
    return _document(500, detail, "A bug of ours")

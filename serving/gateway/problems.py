"""Errors as RFC 9457 problem documents. A problem's ``type`` is the place in /docs that explains it."""

import math
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"

# slug: (status, title, what to do). /docs shows these, and OpenAPI lists the statuses.
KINDS: dict[str, tuple[int, str, str]] = {
    "invalid-input": (422, "The input does not fit the model", "Mend the fields that `errors` names; `example` works."),
    "invalid-parameter": (
        422,
        "A query parameter is not allowed",
        "Use probabilities=true or false, and top=1 to 1000.",
    ),
    "no-finite-answer": (
        422,
        "The model has no finite answer to this input",
        "Are the numbers like those of the training data? If so, ask another version.",
    ),
    "key-missing": (401, "An API key is needed", "Send the header `Authorization: Bearer KEY` or `X-API-Key: KEY`."),
    "key-unknown": (401, "The API key is not known", "Ask the operator for a key (`slipway keys add NAME`)."),
    "not-allowed": (403, "The API key does not allow this", "Ask the operator for a key with this scope."),
    "host-not-local": (
        403,
        "Without API keys only names of this machine are answered",
        "Ask http://127.0.0.1, or let the operator make a key (`slipway keys add NAME`).",
    ),
    "not-found": (404, "There is no such page", "The routes are listed in /docs."),
    "unknown-model": (404, "There is no such model", "GET /v1/models lists the models."),
    "unknown-version": (404, "There is no such version or label", "GET /v1/models/NAME lists the versions."),
    "method-not-allowed": (405, "The page does not take this method", "The header Allow lists the methods."),
    "not-acceptable": (406, "Answers are JSON", "Send `Accept: application/json`, or no Accept header."),
    "body-too-slow": (408, "The body did not arrive in time", "Send it again; the limit is in `detail`."),
    "too-large": (413, "The request is too large", "Send fewer inputs or a smaller file."),
    "unsupported-media-type": (
        415,
        "The body's type is not read",
        "Send JSON with `Content-Type: application/json`, or a file with `curl -F file=@FILE`.",
    ),
    "too-many-requests": (429, "Too many requests", "Wait as long as Retry-After says."),
    "bug": (500, "A bug of ours", "Tell the operator the request_id: the log has it."),
    "bad-upstream": (502, "The model server gave an answer that is not understood", "Tell the operator."),
    "overloaded": (503, "Too much is being asked at the moment", "Wait as long as Retry-After says."),
    "model-not-ready": (503, "The model is not loaded", "Wait as long as Retry-After says; /readyz has the reasons."),
    "upstream-unavailable": (503, "The model server does not answer", "Wait as long as Retry-After says."),
    "too-slow": (504, "The model server did not answer in time", "Send fewer inputs, or try again later."),
}


class HttpProblem(Exception):  # noqa: N818
    """An answer that is an error.

    Attributes:
      kind: a slug of ``KINDS``.
      detail: a sentence about this occurrence.
      headers: of the answer, Retry-After among them.
      more: extension members of the document (RFC 9457, 3.2).

    Args:
      retry_after: seconds; rounded up to whole ones.
    """

    def __init__(
        self, kind: str, detail: str, headers: Mapping[str, str] | None = None, retry_after: float = 0, **more: Any
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.status, self.title, _ = KINDS[kind]
        self.detail = detail
        self.headers = dict(headers or {})
        if retry_after:
            # RFC 9110, 10.2.3 allows whole seconds alone; rounded up, as 0 would invite a retry at once.
            self.headers["Retry-After"] = str(math.ceil(retry_after))
        self.more = more

    def response(self, request_id: str, instance: str) -> Response:
        """The answer: an ``application/problem+json`` document.

        Args:
          request_id: the exchange's, so that the log can be searched for it.
          instance: the request's path.
        """
        document = {
            "type": f"/docs#{self.kind}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
            "request_id": request_id,
            **self.more,
        }
        return Response(orjson.dumps(document), self.status, self.headers, MEDIA_TYPE)

"""What a connection sends back: a response of the API, or one of libevent's error pages."""

from dataclasses import dataclass

from serving.model_server.errors import ServingError
from serving.model_server.rest.json_text import quoted, raw

Headers = tuple[tuple[bytes, bytes], ...]

_PHRASES = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    417: "Expectation Failed",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    504: "Gateway Time-out",
}
_CLASSES = {4: "Client Error", 5: "Server Error"}


def phrase(status: int) -> str:
    """What stands behind a status code; for one that libevent has no phrase for, the name of its class."""
    return _PHRASES.get(status) or _CLASSES[status // 100]


@dataclass(frozen=True)
class Response:
    """A response without what the connection adds; ``close`` ends the connection behind it."""

    status: int
    body: bytes
    headers: Headers
    close: bool = False


def refusal(status: int) -> Response:
    """The page that libevent sends, with the connection closed, for what never reaches a handler."""
    text = phrase(status)
    page = f"<HTML><HEAD>\n<TITLE>{status} {text}</TITLE>\n</HEAD><BODY>\n<H1>{text}</H1>\n</BODY></HTML>\n"
    return Response(status, page.encode(), ((b"Content-Type", b"text/html"),), close=True)


def error_body(error: ServingError) -> bytes:
    """The body of every failed call: the bare message, without the code."""
    text = raw(error.message).decode("latin-1")  # one character per byte, as the message may quote what is no UTF-8
    return f'{{\n    "error": {quoted(text)}\n}}'.encode("latin-1")

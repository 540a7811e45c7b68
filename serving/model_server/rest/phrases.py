"""libevent's reason phrases and its error pages."""

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


def error_page(status: int) -> bytes:
    """The page that libevent sends, with the connection closed, for what never reaches a handler."""
    text = phrase(status)
    return (
        f"<HTML><HEAD>\n<TITLE>{status} {text}</TITLE>\n</HEAD><BODY>\n<H1>{text}</H1>\n</BODY></HTML>\n"
    ).encode()

"""What went wrong at a remote, in one line: the libraries of the protocols each have errors of their own."""

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from registry.remotes.address import Address
from schemas.errors import InputError

_LIBRARIES = {
    "aiobotocore", "aiohttp", "asyncssh", "botocore", "fsspec", "gcsfs", "google", "googleapiclient", "httpcore", "http",
    "httplib2", "httpx", "oauth2client", "pydrive2", "s3fs", "sshfs", "webdav4",
}  # fmt: skip
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_INSUFFICIENT_STORAGE = 507  # RFC 4918
_REFUSED = (401, 403)
_KNOWN = {  # by the name of the exception: the libraries that define them may not be installed
    "HostKeyNotVerifiable": "the host's key is not in known_hosts; connect once with ssh, and compare its fingerprint",
    "NoCredentialsError": "there are no credentials; docs/remotes.md says how they are made",
    "PartialCredentialsError": "the credentials are not whole; docs/remotes.md says how they are made",
    "GDriveAuthError": "the credentials were refused",
    "HttpAccessTokenRefreshError": "the credentials were refused",
    "RefreshError": "the credentials were refused",
    "InsufficientStorage": "there is no space left",
    "ServerNotFoundError": "the host was not found: is there a network?",
    "EndpointConnectionError": "there is no connection to the server",
    "ConnectTimeoutError": "the server does not answer",
    "ConnectTimeout": "the server does not answer",
    "FSTimeoutError": "the server does not answer",
}


@contextmanager
def translated(address: Address) -> Iterator[None]:
    """Raises an InputError for an error of the remote, of the network or of the libraries between."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        if not isinstance(error, OSError | EOFError) and type(error).__module__.split(".")[0] not in _LIBRARIES:
            raise  # a mistake of ours
        raise InputError(f"{address.shown}: {_masked(_reason(error), address)}") from error


def _reason(error: BaseException) -> str:
    chain = list(_chain(error))
    for one in chain:
        status = _status(one)
        if isinstance(one, socket.gaierror):
            return "the host was not found: is there a network?"
        if _is_full(one):
            return "there is no space left"
        if isinstance(one, ConnectionRefusedError) or getattr(one, "errno", None) == errno.ECONNREFUSED:
            return "no server answers at this host and port"
        if isinstance(one, TimeoutError):
            return "the server does not answer"
        if type(one).__name__ in _KNOWN:
            return _KNOWN[type(one).__name__]
        if isinstance(one, PermissionError) or status in _REFUSED:
            return f"access was refused: {_text(one)}"
    if isinstance(error, FileNotFoundError):
        return "there is no such bucket or folder"
    return _text(error)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, and those that it came of."""
    seen: BaseException | None = error
    for _ in range(20):  # a chain may be a circle
        if seen is None:
            return
        yield seen
        seen = seen.__cause__ or seen.__context__


def _is_full(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    return _status(error) == _INSUFFICIENT_STORAGE or "storageQuotaExceeded" in str(getattr(error, "error", ""))


def _status(error: BaseException) -> int | None:
    """The HTTP status of an error of any of the libraries."""
    for name in ("status_code", "code", "status"):
        if isinstance(found := getattr(error, name, None), int):
            return found
    body = getattr(error, "error", None)  # PyDrive2's ApiRequestError
    return body.get("code") if isinstance(body, dict) else None


def _text(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


def _masked(text: str, address: Address) -> str:
    return text.replace(address.password, "***") if address.password else text

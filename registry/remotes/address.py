"""The address of a remote, as it is typed: a folder, or a URL of one of ``PROTOCOLS``."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from schemas.errors import InputError

FOLDER = "file"
_ALIASES = {"gcs": "gs", "ssh": "sftp"}
BUCKETS = ("s3", "gs", "gdrive")
SERVERS = ("sftp", "webdav", "webdavs")
PROTOCOLS = (FOLDER, *BUCKETS, *SERVERS)
_FORMS = "a folder, s3://BUCKET/PATH, gs://BUCKET/PATH, sftp://USER@HOST/PATH, webdavs://HOST/PATH or gdrive://FOLDER_ID/PATH"


@dataclass(frozen=True)
class Address:
    """Where a remote is.

    Attributes:
      protocol: one of ``PROTOCOLS``.
      path: of a folder, the absolute path; of a bucket and of Google Drive, ``BUCKET/PATH``; of a server, what follows its
        name, with the first "/".
      host: of a server.
      port: of a server; None for the protocol's own.
      user, password: of a server; empty where there is none.
      shown: the address as messages show it, without the password.
    """

    protocol: str
    path: str
    shown: str
    host: str = ""
    port: int | None = None
    user: str = ""
    password: str = field(default="", repr=False)


def parse(text: str) -> Address:
    """The address of a text that a person typed. Raises InputError for one of no known form."""
    scheme, separator, rest = text.partition("://")
    if not separator:
        if not text or "\0" in text:
            raise InputError(f"remote: received {text!r}; {_FORMS} is expected")
        try:
            folder = str(Path(text).expanduser().absolute())
        except RuntimeError:
            raise InputError(f"remote: received {text!r}; there is no user of this name") from None
        return Address(FOLDER, folder, folder)
    protocol = _ALIASES.get(scheme.lower(), scheme.lower())
    if protocol not in PROTOCOLS:
        raise InputError(f"remote: received the protocol {scheme!r}; {_FORMS} is expected")
    if protocol == FOLDER:
        if not rest.startswith("/"):
            raise InputError(f"remote: received {text!r}; file:///PATH with an absolute path is expected")
        return Address(FOLDER, unquote(rest), unquote(rest))
    return _bucket(protocol, rest) if protocol in BUCKETS else _server(protocol, rest)


def _bucket(protocol: str, rest: str) -> Address:
    path = "/".join(part for part in rest.split("/") if part)
    if "@" in rest.split("/")[0]:
        raise InputError(f"remote: a {protocol}:// URL has no room for credentials; docs/remotes.md says where they go")
    if not path or rest.startswith("/") or ".." in path.split("/"):
        raise InputError(f"remote: received {protocol}://{rest}; {protocol}://BUCKET/PATH is expected")
    return Address(protocol, path, f"{protocol}://{path}")


def _server(protocol: str, rest: str) -> Address:
    if re.search(r"\s|[\x00-\x1f\x7f]", rest):
        raise InputError(f"remote: a {protocol}:// URL has a space or another character that must be written as %20")
    try:
        parts = urlsplit(f"{protocol}://{rest}")
        port = parts.port
    except ValueError as error:  # its message has the port or the host alone
        raise InputError(f"remote: the {protocol}:// URL cannot be read: {error}") from None
    if not parts.hostname or ".." in parts.path.split("/") or parts.query or parts.fragment:
        raise InputError(f"remote: received {_masked(parts)}; {protocol}://USER@HOST:PORT/PATH is expected")
    return Address(
        protocol,
        unquote(parts.path).rstrip("/") or "/",
        _masked(parts),
        parts.hostname,
        port,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )


def _masked(parts: SplitResult) -> str:
    """The URL without its password."""
    user, separator, place = parts.netloc.rpartition("@")
    name, colon, _ = user.partition(":")
    return f"{parts.scheme}://{name}{':***' if colon else ''}{separator}{place}{parts.path.rstrip('/')}"

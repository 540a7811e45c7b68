"""One HTTP transfer into a partial file: it goes on where an interrupted one ended (RFC 9110, Range and If-Range)."""

import contextlib
import errno
import http.client
import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from io import FileIO
from pathlib import Path

OnProgress = Callable[[int, int | None], None]

_CHUNK = 1 << 16
_TIMEOUT_SECONDS = 30
_PARTIAL_CONTENT = 206
_RANGE_NOT_SATISFIABLE = 416
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(?:\d+|\*)")


class BrokenOff(http.client.HTTPException):
    """The connection ended before the file did."""


class Validator:
    """Which version of which file the partial bytes are of, in a small file beside them.

    It is an ETag, or a Last-Modified date where the server gives no strong ETag.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def of(self, url: str) -> str | None:
        """The validator of the partial bytes, if they came from ``url``."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):  # none, or half written: start again
            known = json.loads(self.path.read_text(encoding="utf-8"))
            if known["url"] == url:
                return str(known["validator"])
        return None

    def keep(self, url: str, headers: http.client.HTTPMessage) -> None:
        """Notes the version that is about to be received; without one, the bytes cannot be carried on with."""
        self.forget()
        if (found := _validator(headers)) is not None:
            self.path.write_text(json.dumps({"url": url, "validator": found}), encoding="utf-8")

    def forget(self) -> None:
        """Removes the note of the version, where there is one."""
        self.path.unlink(missing_ok=True)


def receive(url: str, part: FileIO, validator: Validator, on_progress: OnProgress) -> int:
    """Sends one request and appends what it gives to ``part``, or writes ``part`` anew where that is not possible.

    Args:
      part: unbuffered, open for reading and writing.
      on_progress: called with the bytes that are there and, if it is known, the size of the file.

    Returns:
      How many bytes of ``part`` were kept.

    Raises:
      OSError, http.client.HTTPException: no connection, an error status, a full disk (ENOSPC). What was received
        stays in ``part``.
      ValueError: ``url`` is no address.
    """
    have, known = part.seek(0, os.SEEK_END), validator.of(url)
    if not have or known is None:
        return _receive_from(url, part, validator, on_progress, 0, {})
    try:
        return _receive_from(url, part, validator, on_progress, have, {"Range": f"bytes={have}-", "If-Range": known})
    except urllib.error.HTTPError as error:
        if error.code != _RANGE_NOT_SATISFIABLE:
            raise
    return _receive_from(url, part, validator, on_progress, 0, {})


def _receive_from(
    url: str, part: FileIO, validator: Validator, on_progress: OnProgress, have: int, headers: dict[str, str]
) -> int:
    request = urllib.request.Request(url, headers={"Accept-Encoding": "identity", **headers})
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as response:
        if response.status == _PARTIAL_CONTENT:
            if not _continues(response.headers, have, validator.of(url)):
                return _receive_from(url, part, validator, on_progress, 0, {})
        else:
            have = 0
            part.truncate(0)
            validator.keep(url, response.headers)
        _append(response, part, have, on_progress)
    return have


def _append(response: http.client.HTTPResponse, part: FileIO, have: int, on_progress: OnProgress) -> None:
    length = response.headers.get("Content-Length", "")
    total = have + int(length) if length.isdigit() else None
    if total is not None:
        _check_room(part, total - have)
    part.seek(have)
    while chunk := response.read(_CHUNK):
        have += len(chunk)
        while chunk:  # an unbuffered write may take a part of it
            chunk = chunk[part.write(chunk) :]
        on_progress(have, total)
    if total is not None and have < total:
        raise BrokenOff(f"the connection ended after {have:,} of {total:,} bytes")


def _check_room(part: FileIO, needed: int) -> None:
    disk = os.statvfs(part.fileno())
    free = disk.f_bavail * disk.f_frsize
    if free < needed:
        raise OSError(errno.ENOSPC, f"{needed / 1e6:.1f} MB more are needed, and {free / 1e6:.1f} MB are free")


def _continues(headers: http.client.HTTPMessage, have: int, known: str | None) -> bool:
    """Whether a partial answer begins where our bytes end, and is of the version that they are of."""
    begins = _CONTENT_RANGE.fullmatch(headers.get("Content-Range", ""))
    return begins is not None and int(begins[1]) == have and _validator(headers) in (known, None)


def _validator(headers: http.client.HTTPMessage) -> str | None:
    tag = headers.get("ETag", "")
    return tag if tag.startswith('"') else headers.get("Last-Modified")  # If-Range takes no weak ETag (W/"...")

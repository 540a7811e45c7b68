"""Files of web servers: fetched, and asked for whether they have changed."""

import urllib.error
import urllib.request
from pathlib import Path

from components.data.sources import origins
from components.data.sources.download import locked, receive_whole

_SECONDS = 30
_NOT_MODIFIED = 304  # RFC 9110


def is_of_web(address: str) -> bool:
    """Whether it is an http:// or https:// address."""
    return address.startswith(("http://", "https://"))


def fetch(url: str, path: Path) -> None:
    """Writes the file of ``url`` to ``path`` where it is not there, or the server has another version of it by now.

    Raises OSError and http.client.HTTPException: no network, an error of the server, a full disk.
    """
    if _is_newest(url, path):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with locked(path) as partial:
        receive_whole(url, partial)
        origins.finish(partial, partial.validator.of(url) or "")


def _is_newest(url: str, path: Path) -> bool:
    """Whether the server says that the copy is of the version it has. Without a version it is fetched each time."""
    version = origins.version_of(path)
    if not version:
        return False
    condition = "If-None-Match" if version.startswith('"') else "If-Modified-Since"
    request = urllib.request.Request(url, headers={"Accept-Encoding": "identity", condition: version})
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # of a server that knows no conditions
            return version in (answer.headers.get("ETag"), answer.headers.get("Last-Modified"))
    except urllib.error.HTTPError as error:
        if error.code == _NOT_MODIFIED:
            return True
        raise

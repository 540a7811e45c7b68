"""Downloads a dataset file: checked by sha256, and under its own name only when it is whole."""

import hashlib
import os
import urllib.error
import urllib.request
from pathlib import Path

from schemas.errors import InputError

_CHUNK = 1 << 20
_TIMEOUT_SECONDS = 30


def download(url: str | None, sha256: str | None, path: Path, dataset: str) -> None:
    """Fetches ``url`` to ``path``. Raises InputError where there is no url, no network or the wrong checksum."""
    place = f"put {path.name} into {path.parent}, or set SLIPWAY_DATA to the folder that holds {dataset}/{path.name}"
    if url is None:
        raise InputError(f"{path} is missing; {place}")
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        received = _fetch(url, partial)
        if received != sha256:
            raise InputError(f"{url} gave a file with sha256 {received}, not {sha256}; {place}")
        partial.rename(path)
    except (OSError, urllib.error.URLError) as error:
        reason = getattr(error, "reason", None) or error
        raise InputError(f"{path} is missing, and {url} could not be downloaded ({reason}); {place}") from error
    finally:
        partial.unlink(missing_ok=True)


def _fetch(url: str, partial: Path) -> str:
    digest = hashlib.sha256()
    with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as response, partial.open("wb") as file:
        while chunk := response.read(_CHUNK):
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()

"""Downloads a dataset file: checked by sha256, and under its own name only when it is whole."""

import contextlib
import hashlib
import http.client
import os
import urllib.request
from pathlib import Path

from schemas.errors import InputError

_CHUNK = 1 << 20
_TIMEOUT_SECONDS = 30


def download(url: str | None, sha256: str | None, path: Path, dataset: str) -> None:
    """Fetches ``url`` to ``path``. Raises InputError where there is no url, no network or the wrong checksum.

    A download that fails leaves neither a partial file nor the folders that were made for it.
    """
    place = f"put {path.name} into {path.parent}, or set SLIPWAY_DATA to the folder that holds {dataset}/{path.name}"
    if url is None:
        raise InputError(f"{path} is missing; {place}")
    partial = path.with_name(f".{path.name}.part")  # one name: the next download writes over what a killed one left
    made = [folder for folder in path.parents if not os.path.lexists(folder)]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        received = _fetch(url, partial)
        if received != sha256:
            raise InputError(f"{url} gave a file with sha256 {received}, not {sha256}; {place}")
        partial.rename(path)
    except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: url is no address
        reason = _reason(error)
        raise InputError(f"{path} is missing, and {url} could not be downloaded ({reason}); {place}") from error
    finally:
        _clean(partial, made)


def _reason(error: Exception) -> str:
    reason = getattr(error, "reason", None) or error  # URLError has the error that it stands for
    return repr(reason) if isinstance(reason, http.client.HTTPException) else str(reason)


def _clean(partial: Path, made: list[Path]) -> None:
    """Removes the partial file and the folders that are empty, the innermost first."""
    for remove in (partial.unlink, *(folder.rmdir for folder in made)):
        with contextlib.suppress(OSError):  # not there, or not empty
            remove()


def _fetch(url: str, partial: Path) -> str:
    digest = hashlib.sha256()
    with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as response, partial.open("wb") as file:
        while chunk := response.read(_CHUNK):
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()

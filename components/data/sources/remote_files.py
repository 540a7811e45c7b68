"""Files in buckets and on servers: fetched into the dataset's folder, and again when they have changed.

They are fetched and not streamed, as a run reads its source several times: for its header, its fingerprint and its rows. A
copy lies at ``File.place``, with ``.<name>.origin.json`` beside it, which says what it is a copy of.
"""

import hashlib
import http.client
from collections.abc import Callable, Collection
from pathlib import Path

from components.data.sources import origins, web_files
from components.data.sources.download import locked, reason_of
from components.data.sources.matching import matching
from registry.remotes import address as addresses
from registry.remotes.reading import Found, Reading
from schemas import events
from schemas.errors import InputError
from schemas.sources import File
from schemas.sources.addresses import is_remote, shown_address


def at_hand(file: File, folder: Path, suffixes: tuple[str, ...] = ()) -> File:
    """The file itself; or the copy of what its address names, in the dataset's ``folder``, fetched where it is not the newest.

    Args:
      suffixes: endings of the files of a folder in a bucket that are fetched; (): a folder is none.

    Raises:
      InputError: it is not there, may not be read or is another one than ``sha256`` says; no network; a full disk.
    """
    if not is_remote(file.name):
        return file
    target = folder / file.place
    of_web = web_files.is_of_web(file.name)
    try:
        # By its checksum there is one such file: nobody is asked for it once it is there.
        if file.sha256 and (_sha256_of(target) == file.sha256 if target.is_file() else of_web):
            return File(file.place, file.name, file.sha256)  # what is not there, files.find has downloaded
        if of_web:
            web_files.fetch(file.name, target)
        else:
            _fetch_all(file, folder, suffixes)
        _check(file, target)
    except (OSError, http.client.HTTPException) as error:
        raise InputError(f"{shown_address(file.name)}: {reason_of(error, file.name)}") from error
    return File(file.place, sha256=file.sha256)


def _fetch_all(file: File, folder: Path, suffixes: tuple[str, ...]) -> None:
    address = addresses.parse(file.name)
    reading = Reading(address)
    found = reading.files(_wanted(suffixes))
    places = {folder / address.protocol / one.path: one for one in found}
    _forget(folder / file.place, suffixes, places.keys())
    absent = {path: one for path, one in places.items() if not _is_copy(path, one)}
    if absent:
        size = sum(one.size for one in absent.values()) / 1e6
        files = f"{len(absent):,} file{'s' * (len(absent) != 1)}"
        events.publish(
            events.Note(f"{address.shown}: {files} ({size:,.1f} MB) fetched into {folder}, and again when they change")
        )
    for path, one in absent.items():
        _fetch(reading, one, path)


def _check(file: File, path: Path) -> None:
    """Removes a copy that is not of the file's sha256, and raises InputError."""
    if file.sha256 is None or not path.is_file() or (received := _sha256_of(path)) == file.sha256:
        return
    origins.forget(path)
    raise InputError(
        f"{shown_address(file.name)} has sha256 {received}, not {file.sha256}, so it was thrown away; mend the page's sha256"
    )


def _sha256_of(path: Path) -> str:
    with path.open("rb") as copy:
        return hashlib.file_digest(copy, "sha256").hexdigest()


def _wanted(suffixes: tuple[str, ...]) -> Callable[[str], bool]:
    return lambda name: bool(suffixes) and name.lower().endswith(suffixes)


def _fetch(reading: Reading, one: Found, path: Path) -> None:
    def received(done: int, total: int | None) -> None:
        events.publish(events.Bytes(path.name, done, total or one.size))

    path.parent.mkdir(parents=True, exist_ok=True)
    with locked(path) as partial:
        if _is_copy(path, one):  # another process was at it
            return
        reading.fetch(one, partial.at, received)
        origins.finish(partial, one.version)


def _is_copy(path: Path, one: Found) -> bool:
    return bool(one.version) and origins.version_of(path) == one.version


def _forget(place: Path, suffixes: tuple[str, ...], kept: Collection[Path]) -> None:
    """Removes the copies of files that are there no longer: a pattern or a folder would still mean them."""
    for path in list(matching(place, suffixes)):
        if path not in kept and origins.origin_of(path).exists():
            events.publish(events.Note(f"{path}: the copy is removed, as its file is there no longer"))
            origins.forget(path)

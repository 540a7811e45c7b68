"""Folders, or zips of one, with a folder for each class that holds its pictures."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from components.data.sources import Block, Located, files, labelled_pictures
from components.data.sources.limits import Quotas
from components.data.sources.naming import counted, left_out, named
from components.data.sources.picture_files import Listing, PictureFiles
from components.data.sources.pictures import readable
from components.data.sources.rows import Row, blocks_of
from schemas import events
from schemas.errors import InputError
from schemas.pictures import PictureError
from schemas.sources import ImageFolder


def prepare(source: ImageFolder, dataset: str, data: Path, columns: tuple[str, ...]) -> Located:
    """Finds the pictures, and says what is left out. Raises InputError if there is none, or a column is lacking."""
    if source.labels is not None:
        return labelled_pictures.prepare(source, dataset, data, columns)
    path = data / dataset / source.files[0].place
    files.check_columns(path, dataset, columns, source.columns)
    zipped = None if path.is_dir() else files.find(source.files, dataset, data, "a zip of pictures is expected")
    listing = _listing(path)
    for reason, names in listing.left_out.items():
        events.publish(events.Note(left_out(path, reason, names)))
    if zipped:
        return zipped
    return Located(str(path), fingerprint(str(path)), sum(picture.bytes for picture in listing.pictures))


def fingerprint(path: str) -> str:
    """sha256 of the zip, in hex; of a folder that of its pictures' names and sha256s."""
    if labelled_pictures.is_labelled(path):
        return labelled_pictures.fingerprint(path)
    if not Path(path).is_dir():
        return files.fingerprint(path)
    whole = hashlib.sha256()
    for picture in _listing(Path(path)).pictures:
        file = Path(path, picture.name)
        with files.readable(file):
            whole.update(f"{picture.name}\0{files.fingerprint(str(file))}\n".encode())
    return whole.hexdigest()


def blocks(
    source: ImageFolder, path: str, columns: tuple[str, ...], key: tuple[str, ...] = (), limit: int = 0
) -> Iterator[Block]:
    """The pictures, by name; without ``key`` a row's key is its picture. A limit is shared among the classes of each split.

    Damaged pictures are left out and named in a note; raises InputError where no picture is left.
    """
    if source.labels is not None:
        yield from labelled_pictures.blocks(source, path, columns, key, limit)
        return
    listing = _listing(Path(path))
    yield from blocks_of(_rows(listing, path, limit), columns, key, official=listing.official, content="image")


def _listing(path: Path) -> Listing:
    with PictureFiles(path) as found:
        listing = found.listing()
    if not listing.pictures:
        reasons = "; ".join(left_out(path, reason, names) for reason, names in listing.left_out.items())
        raise InputError(f"{path} has no folder with pictures; a folder for each class is expected. {reasons}".strip())
    return listing


def _rows(listing: Listing, path: str, limit: int) -> Iterator[Row]:
    quotas = Quotas(Counter((picture.split, picture.label) for picture in listing.pictures), limit) if limit else None
    damaged: dict[str, str] = {}
    rows = 0
    with PictureFiles(Path(path)) as found:
        found.listing()  # of a zip: what it may read
        for picture in listing.pictures:
            if quotas and not quotas.take((picture.split, picture.label)):
                continue
            try:
                content = readable(found.read(picture.name))
            except PictureError as error:
                damaged[picture.name] = str(error)
                continue
            rows += 1
            cells = {"image": content, "label": picture.label.encode(), "file": picture.name.encode()}
            yield Row(cells, picture.split)
    if not rows:
        raise InputError(f"{path}: not one picture can be read: {named(damaged)}")
    if damaged:
        events.publish(events.Note(f"{path}: {counted(len(damaged), 'picture')} left out: {named(damaged)}"))

"""Tar archives with one text file a row."""

import posixpath
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from components.data.sources import Block, Located, files
from components.data.sources.limits import Quotas
from components.data.sources.rows import Row, blocks_of
from schemas.errors import InputError
from schemas.sources import TEXT, TextTar
from schemas.splits import TEST, TRAIN

fingerprint = files.fingerprint
_SPLIT = "split"  # the group that says in which split a member is


def prepare(source: TextTar, dataset: str, data: Path, columns: tuple[str, ...]) -> Located:
    """Finds the archive and reads its first row. Raises InputError if it is missing, damaged or lacks a column."""
    located = files.find(source.files, dataset, data, "a tar archive is expected")
    files.check_columns(located.path, dataset, columns, source.columns)
    next(_rows(source, located.path, 0))
    return located


def blocks(
    source: TextTar, path: str, columns: tuple[str, ...], key: tuple[str, ...] = (), limit: int = 0
) -> Iterator[Block]:
    """The members that match; without ``key`` a row's key is its text. A limit is shared among the archive's folders.

    Raises InputError for an archive that is damaged, a text in another encoding, and if no member matches.
    """
    official = _SPLIT in re.compile(source.pattern).groupindex
    yield from blocks_of(_rows(source, path, limit), columns, key, official=official)


def _rows(source: TextTar, path: str, limit: int) -> Iterator[Row]:
    pattern = re.compile(source.pattern)
    quotas = Quotas(_folders(pattern, path), limit) if limit else None
    found = False

    def wanted(name: str) -> bool:
        return pattern.fullmatch(name) is not None and (quotas is None or quotas.take(posixpath.dirname(name)))

    for name, content in files.contents(path, wanted):
        found = True
        yield _row(source, pattern, path, name, content)
        if quotas and quotas.done:
            return
    if not found:
        raise InputError(f"{path} has no member that matches the pattern {source.pattern!r}; correct the pattern")


def _folders(pattern: re.Pattern[str], path: str) -> Counter[str]:
    """How many matching members each folder has."""
    return Counter(posixpath.dirname(name) for name in files.names(path) if pattern.fullmatch(name))


def _row(source: TextTar, pattern: re.Pattern[str], path: str, name: str, content: bytes) -> Row:
    match = pattern.fullmatch(name)
    groups = match.groupdict() if match else {}
    split = groups.get(_SPLIT)
    if split not in (TRAIN, TEST, None):
        raise InputError(
            f"{path}, {name}: the pattern's group {_SPLIT!r} received {split!r}; {TRAIN} or {TEST} is expected"
        )
    try:
        text = content.decode(source.encoding)
    except UnicodeDecodeError as error:
        raise InputError(f"{path}, {name}: {error}; correct the encoding {source.encoding!r}") from error
    cells = {column: None if cell is None else cell.encode() for column, cell in groups.items()}
    return Row({**cells, TEXT: text.encode()}, split)

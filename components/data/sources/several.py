"""A source's files where its name is a file, a folder or a pattern."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from components.data.sources import Located, files
from components.data.sources.download import download
from schemas.errors import InputError
from schemas.sources import File

_WILD = "*?["
_HIDDEN = (".", "_")  # _SUCCESS, _metadata, .crc: what Spark and Hive put beside the files


def find(file: File, dataset: str, data: Path, suffixes: tuple[str, ...], expected: str) -> Located:
    """The files of ``listed``, a single one downloaded where it is not there. Raises InputError where there is none."""
    path = data / dataset / file.name
    with files.readable(path):
        if not path.exists() and not _is_pattern(file.name):
            download(file.url, file.sha256, path, dataset)
        found = listed(str(path), suffixes, expected)
        return Located(str(path), fingerprint(str(path), found), sum(one.stat().st_size for one in found))


def listed(path: str, suffixes: tuple[str, ...], expected: str) -> list[Path]:
    """The files that a path means, by name: itself, those below a folder that end in a suffix, or those of a pattern.

    Raises InputError for no file, and an empty one.
    """
    found = sorted(_matching(Path(path), suffixes))
    if not found:
        raise InputError(f"{path}: there is no such file; {expected}")
    for one in found:
        if one.stat().st_size == 0:
            raise InputError(f"{one} is empty; {expected}")
    return found


def fingerprint(path: str, found: list[Path]) -> str:
    """sha256 of the only file, in hex; of several that of their names below ``path`` and sha256s."""
    if found == [Path(path)]:
        return files.fingerprint(path)
    root = _root(Path(path))
    whole = hashlib.sha256()
    for one in found:
        with files.readable(one):
            whole.update(f"{one.relative_to(root).as_posix()}\0{files.fingerprint(str(one))}\n".encode())
    return whole.hexdigest()


def below(path: str, file: Path) -> tuple[str, ...]:
    """The folders between a source's own folder and a file, and the file's name."""
    return file.relative_to(_root(Path(path))).parts


def _is_pattern(name: str) -> bool:
    return any(character in name for character in _WILD)


def _root(path: Path) -> Path:
    """The folder from which a pattern is looked for; a folder itself, and the folder of a file."""
    if path.is_dir():
        return path
    while not path.parent.is_dir():
        path = path.parent
    return path.parent


def _matching(path: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    if path.is_dir():
        yield from _in_folder(path, suffixes)
        return
    root = _root(path)
    # From the folder that is there: a bracket in the name of $SLIPWAY_DATA is none of the pattern's.
    for match in root.glob(str(path.relative_to(root))) if _is_pattern(str(path.relative_to(root))) else ():
        if match.is_file():
            yield match
        elif match.is_dir():
            yield from _in_folder(match, suffixes)


def _in_folder(folder: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    for file in folder.rglob("*"):
        hidden = any(part.startswith(_HIDDEN) for part in file.relative_to(folder).parts)
        if not hidden and file.name.lower().endswith(suffixes) and file.is_file():
            yield file

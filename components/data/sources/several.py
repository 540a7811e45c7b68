"""A source of a file, of a folder with folders in it that say something of its rows, or of a pattern."""

import hashlib
from pathlib import Path

from components.data.sources import Located, files, remote_files
from components.data.sources.download import download
from components.data.sources.matching import is_pattern, listed, root_of
from schemas.sources import File

__all__ = ["below", "find", "fingerprint", "listed"]


def find(file: File, dataset: str, data: Path, suffixes: tuple[str, ...], expected: str) -> Located:
    """The files of ``listed``, a single one downloaded where it is not there. Raises InputError where there is none."""
    file = remote_files.at_hand(file, data / dataset, suffixes)
    path = data / dataset / file.name
    with files.readable(path):
        if not path.exists() and not is_pattern(file.name):
            download(file.url, file.sha256, path, dataset)
        found = listed(str(path), suffixes, expected)
        return Located(str(path), fingerprint(str(path), found), sum(one.stat().st_size for one in found))


def fingerprint(path: str, found: list[Path]) -> str:
    """sha256 of the only file, in hex; of several that of their names below ``path`` and sha256s."""
    if found == [Path(path)]:
        return files.fingerprint(path)
    root = root_of(Path(path))
    whole = hashlib.sha256()
    for one in found:
        with files.readable(one):
            whole.update(f"{one.relative_to(root).as_posix()}\0{files.fingerprint(str(one))}\n".encode())
    return whole.hexdigest()


def below(path: str, file: Path) -> tuple[str, ...]:
    """The folders between a source's own folder and a file, and the file's name."""
    return file.relative_to(root_of(Path(path))).parts

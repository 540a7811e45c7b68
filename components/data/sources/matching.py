"""The files that a name means: itself, those of a folder, or those of a pattern."""

from collections.abc import Iterator
from pathlib import Path

from schemas.csv_files.endings import PACKED
from schemas.errors import InputError

_WILD = "*?["
_HIDDEN = (".", "_")  # _SUCCESS, _metadata, .crc: what Spark and Hive put beside the files


def listed(path: str, suffixes: tuple[str, ...], expected: str) -> list[Path]:
    """The files that a path means, by name: itself, those below a folder that end in a suffix, or those of a pattern.

    Raises InputError for no file, and an empty one.
    """
    found = sorted(matching(Path(path), suffixes))
    if not found and Path(path).is_dir():
        endings = ", ".join(suffix for suffix in suffixes if not suffix.endswith(PACKED))
        raise InputError(f"{path} is a folder without a file that ends in {endings}; {expected}")
    if not found:
        raise InputError(f"{path}: there is no such file; {expected}")
    for one in found:
        if one.stat().st_size == 0:
            raise InputError(f"{one} is empty; {expected}")
    return found


def is_there(path: Path) -> bool:
    """Whether a file, a folder, or any file of a pattern is there."""
    return path.exists() or next(matching(path, ("",)), None) is not None


def is_pattern(name: str) -> bool:
    """Whether a name has characters of a pattern."""
    return any(character in name for character in _WILD)


def root_of(path: Path) -> Path:
    """The folder from which a pattern is looked for; a folder itself, and the folder of a file."""
    if path.is_dir():
        return path
    while not path.parent.is_dir():
        path = path.parent
    return path.parent


def matching(path: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    """The files of ``listed`` in any order, and none where there is none."""
    if path.is_file():
        yield path
        return
    if path.is_dir():
        yield from _in_folder(path, suffixes)
        return
    root = root_of(path)
    # From the folder that is there: a bracket in the name of $SLIPWAY_DATA is none of the pattern's.
    for match in root.glob(str(path.relative_to(root))) if is_pattern(str(path.relative_to(root))) else ():
        if match.is_file() and not match.name.startswith("."):
            yield match
        elif match.is_dir():
            yield from _in_folder(match, suffixes)


def _in_folder(folder: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    for file in folder.rglob("*"):
        hidden = any(part.startswith(_HIDDEN) for part in file.relative_to(folder).parts)
        if not hidden and file.name.lower().endswith(suffixes) and file.is_file():
            yield file

"""What the folders and names of a source's files say: Hive's partitions, and the official split."""

from pathlib import Path
from urllib.parse import unquote

from components.data.sources import several
from components.data.sources.naming import counted, named
from schemas import events
from schemas.splits import TEST, TRAIN

_NULL = "__HIVE_DEFAULT_PARTITION__"
_SPLITS = {"train": TRAIN, "test": TEST} | dict.fromkeys(("val", "valid", "validation", "dev"), TRAIN)


def partitions(path: str, file: Path) -> dict[str, str | None]:
    """Column and value of each folder ``column=value`` above a file, below the source's own folder; None for no value."""
    found = {}
    for part in several.below(path, file)[:-1]:
        name, is_partition, value = part.partition("=")
        if is_partition and name:
            found[unquote(name)] = None if value == _NULL else unquote(value)
    return found


def splits_of(path: str, found: list[Path]) -> dict[Path, str]:
    """``train`` or ``test`` by file, where there is an official test set; else {}.

    A file's folder says it, or its own name up to the first "-", "_" or "."; all files must say one, and some of each. Those
    that say none beside others of both are named in a note.
    """
    splits = {file: _split(several.below(path, file)) for file in found}
    said = set(splits.values())
    if said == {TRAIN, TEST, None}:
        silent = [Path(*several.below(path, file)).as_posix() for file, split in splits.items() if split is None]
        text = f"{counted(len(silent), 'file')} in no folder of a split, so there is no official one: "
        events.publish(events.Note(f"{path}: {text}{named(dict.fromkeys(silent, ''))}"))
    return {file: split for file, split in splits.items() if split} if said == {TRAIN, TEST} else {}


def _split(parts: tuple[str, ...]) -> str | None:
    for folder in parts[:-1]:
        if folder.lower() in _SPLITS:
            return _SPLITS[folder.lower()]
    name = parts[-1].lower()
    beginning = min((name.partition(mark)[0] for mark in "-_."), key=len)
    return _SPLITS.get(beginning)

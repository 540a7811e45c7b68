"""Labels, such as ``stable``: names that a person gives to versions; ``registry/<dataset>/labels.json``.

Servers follow them: a label that is moved to another version answers with that one within a second.
"""

import json
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from registry.decisions import now, user
from schemas.errors import InputError, shown
from schemas.files import write_whole
from schemas.json_record import JsonRecord
from schemas.model_card import ModelCard

FILE = "labels.json"
# It begins with a letter: a version begins with a digit, so that one is never taken for the other.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,62}")
_Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class Label(JsonRecord):
    """What a label stands for.

    Attributes:
      version, serving_version: the semantic and the integer version.
      by, at: who put it there, and when (ISO 8601, UTC).
      why: the reason, "" where none was given.
    """

    version: str
    serving_version: int
    by: str
    at: str
    why: str = ""


def check_name(name: str) -> None:
    """Raises InputError for what cannot be the name of a label."""
    if not _NAME.fullmatch(name):
        raise InputError(
            f"the label {shown(name)}: a letter and then up to 62 letters, digits, points, hyphens or underscores are "
            "expected, such as stable"
        )


def read(registry: Path) -> dict[str, Label]:
    """The labels of a dataset by name; empty where there are none. Raises InputError for a file that cannot be read."""
    path = registry / FILE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise ValueError("an object with a label by name is expected")
        return {name: Label.from_json(label) for name, label in sorted(found.items())}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InputError(
            f"cannot read the labels {path} ({error}); correct it, or delete it and label again"
        ) from error


def put(registry: Path, name: str, card: ModelCard, why: str) -> Label:
    """Gives a pushed version a label, or moves the label to it. The caller has the lock (registry.exclusive.changing).

    Args:
      name: the label.
      card: the version's.

    Raises:
      InputError: the name is not allowed, or the labels cannot be read.
    """
    check_name(name)
    label = Label(card.version or "", card.serving_version or 0, user(), now(), why)
    _write(registry, read(registry) | {name: label})
    return label


def remove(registry: Path, name: str) -> Label:
    """Takes a label away, and returns what it stood for. The caller has the lock. Raises InputError for an unknown one."""
    found = read(registry)
    if name not in found:
        raise InputError(f"there is no label {shown(name)}; there are {', '.join(found) or 'none'}")
    label = found.pop(name)
    _write(registry, found)
    return label


def _write(registry: Path, found: dict[str, Label]) -> None:
    text = {name: label.to_json() for name, label in sorted(found.items())}
    write_whole(registry / FILE, json.dumps(text, indent=1, ensure_ascii=False))


def registry_beside(models: Path) -> Path:
    """The folder of all registries that belongs to a folder of all models: both are in the home."""
    return models.absolute().parent / "registry"


class Followed:
    """The labels of many datasets as a server follows them: a file that cannot be read is reported once, and changes nothing.

    Args:
      root: the folder of all registries, ``$SLIPWAY_HOME/registry``; it may be missing.
      report: called with one line.
    """

    def __init__(self, root: Path, report: Callable[[str], None]) -> None:
        self._root = root
        self._report = report
        self._stamps: dict[str, _Stamp | None] = {}
        self._labels: dict[str, dict[str, Label]] = {}

    def of(self, dataset: str) -> dict[str, Label]:
        """The labels of a dataset, as they were at the last ``refresh``."""
        return self._labels.get(dataset, {})

    def refresh(self, datasets: Iterable[str]) -> None:
        """Reads the files that have changed."""
        for dataset in datasets:
            stamp = _stamp(self._root / dataset / FILE)
            if stamp == self._stamps.get(dataset):
                continue
            self._stamps[dataset] = stamp  # before it is read: a bad file is reported once
            try:
                # A dict is replaced and never changed: requests read it while this runs in a thread.
                self._labels[dataset] = read(self._root / dataset)
            except InputError as error:
                self._report(str(error))


def _stamp(file: Path) -> _Stamp | None:
    try:
        found = os.stat(file)
    except OSError:
        return None
    # The inode too: two files that are written within the clock's resolution can have the same time and size.
    return found.st_mtime_ns, found.st_size, found.st_ino

"""Spans of a dataset: the same files again, of another time, in ``<dataset>/span-N/``; span 0 is the dataset's own folder."""

import dataclasses
import re
from pathlib import Path
from typing import Any

from components.data.sources.matching import is_there
from schemas.errors import InputError
from schemas.sources import File, ImageFolder, Source, Sql
from schemas.sources.addresses import is_remote

_FOLDER = "span-"


def of_span(source: Source, dataset: str, data: Path, span: int) -> Source:
    """The source with the files of a span, which are not downloaded as those of span 0 are.

    Raises InputError if the span is not there; it lists those that are.
    """
    if span == 0:
        return source
    if not source.files:
        origin = "is read by a query" if isinstance(source, Sql) else "comes with a library"
        raise InputError(f"--span {span}: {dataset} {origin} and has no spans; leave --span out")
    if any(is_remote(file.name) for file in source.files):
        raise InputError(
            f"--span {span}: the files of {dataset} are at an address, which has no spans; leave --span out"
        )
    if not (data / dataset / f"{_FOLDER}{span}").is_dir():
        found = ", ".join(map(str, present(source, dataset, data))) or "none"
        wanted = ", ".join(file.name for file in source.files)
        raise InputError(
            f"--span {span}: {data / dataset} has no such span (spans there: {found}); "
            f"put {wanted} into {data / dataset / f'{_FOLDER}{span}'}"
        )
    return dataclasses.replace(source, **_moved(source, f"{_FOLDER}{span}/"))


def of_window(span: int, window: int) -> range:
    """The spans that are read together: the last ``window`` ones up to ``span``, oldest first.

    Raises InputError for a window of the dataset's own folder, which is no span, or one that begins before span 1.
    """
    if window > 1 and span == 0:
        raise InputError(f"--window {window}: give the last span of the window, too, with --span N")
    if window > max(span, 1):
        raise InputError(f"--window {window}: spans begin with 1; at most {span} is expected with --span {span}")
    return range(span - window + 1, span + 1)


def present(source: Source, dataset: str, data: Path) -> list[int]:
    """The spans that have a folder, and 0 if the dataset's own files are there."""
    own = all(is_there(data / dataset / file.place) for file in source.files)
    folders = (re.fullmatch(rf"{_FOLDER}([1-9]\d*)", path.name) for path in (data / dataset).glob(f"{_FOLDER}*"))
    return [0] * own + sorted(int(match[1]) for match in folders if match)


def _moved(source: Source, prefix: str) -> dict[str, Any]:
    """The fields of a source that name its files, with these below ``prefix`` and without an address."""
    values = {field.name: getattr(source, field.name) for field in dataclasses.fields(source)}
    if "file" in values:
        moved = {"file": prefix + values["file"], "url": None, "sha256": None}
        labels = source.labels if isinstance(source, ImageFolder) else None
        return moved if labels is None else moved | {"labels": prefix + labels}
    return {name: File(prefix + value.name) for name, value in values.items() if isinstance(value, File)}

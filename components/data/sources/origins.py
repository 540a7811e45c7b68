"""Which version of a remote file a copy is of: in ``.<name>.origin.json`` beside it."""

import contextlib
import json
from pathlib import Path

from components.data.sources.download import Partial
from schemas.files import write_whole


def version_of(path: Path) -> str:
    """The version of the copy at ``path``, such as an ETag; "" of a file that is not there, or was changed by hand."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        known = json.loads(origin_of(path).read_text(encoding="utf-8"))
        if path.stat().st_size == known["size"]:
            return str(known["version"])
    return ""


def finish(partial: Partial, version: str) -> None:
    """Gives a file that was fetched its name, and notes its version."""
    origin = origin_of(partial.path)
    origin.unlink(missing_ok=True)  # a process that is killed between the two leaves a file of no version
    partial.finish()
    write_whole(origin, json.dumps({"size": partial.path.stat().st_size, "version": version}))


def forget(path: Path) -> None:
    """Removes a copy."""
    path.unlink()
    origin_of(path).unlink()


def origin_of(path: Path) -> Path:
    """The file that says what ``path`` is a copy of."""
    return path.with_name(f".{path.name}.origin.json")

"""What is looked at before anything heavy is imported: the page's cases, the source, the disk, the version map."""

import errno
import shutil

from components.data import sources
from pipelines.page import handpicked
from pipelines.spec import Pipeline
from registry import version_map
from schemas.errors import InputError
from schemas.home import Home

_SPACE_FOR_ARTIFACTS = 64 << 20  # models, statistics, logs
_SPACE_PER_SOURCE_BYTE = 3
_UNUSABLE = ("readonly database", "file is not a database", "database disk image is malformed", "Read-only file system")
_FULL = ("No space left on device", "disk is full", "Disk quota exceeded")


def located(pipeline: Pipeline, home: Home, span: int, window: int = 1) -> sources.Located:
    """Finds or downloads the source, and makes sure that the run that reads it will not fail late.

    Raises:
      InputError: a case that does not fit the page, no source, no space, or a version map or a pushed model that cannot be
        read.
    """
    handpicked.of_page(pipeline)
    needed = pipeline.source_columns()
    found = sources.prepare(pipeline.source, pipeline.name, home.data, needed, span, window)
    _check_space(home, found.bytes)
    version_map.entries(home.registry(pipeline.name))
    version_map.cards(home.models(pipeline.name))
    return found


def explained(error: Exception, home: Home) -> InputError | None:
    """The error as one that a user can mend, if it is: a full disk, or a home that cannot be written to."""
    number, text = getattr(error, "errno", None), str(error)
    if number in (errno.ENOSPC, errno.EDQUOT) or any(words in text for words in _FULL):
        free = shutil.disk_usage(home.root).free >> 20
        return InputError(
            f"the disk of {home.root} is full ({free} MB free); free some space, or set SLIPWAY_HOME elsewhere"
        )
    if number in (errno.EACCES, errno.EPERM, errno.EROFS) or any(words in text for words in _UNUSABLE):
        reason = " ".join(text.split())[:200]
        return InputError(f"cannot use {home.root} ({reason}); set SLIPWAY_HOME to a folder that is whole and writable")
    return None


def _check_space(home: Home, source_bytes: int) -> None:
    free = shutil.disk_usage(home.root).free
    needed = _SPACE_FOR_ARTIFACTS + _SPACE_PER_SOURCE_BYTE * source_bytes
    if free < needed:
        raise InputError(
            f"{home.root} has {free >> 20} MB free, and this run needs about {needed >> 20} MB; "
            "free some space, or set SLIPWAY_HOME elsewhere"
        )

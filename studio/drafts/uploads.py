"""Uploaded files: each in a folder of its own, ``uploads/<id>/``, beside its draft, for a week."""

import re
import secrets
import shutil
import time
from pathlib import Path
from typing import BinaryIO

from schemas.errors import InputError, shown
from schemas.files import write_whole
from studio.messages.drafts import Draft

_ID = re.compile(r"[0-9a-f]{16}")
_DRAFT = "draft.json"
_SECONDS = 7 * 86_400
_ENDINGS = (
    ".csv",
    ".tsv",
    ".txt",
    ".parquet",
    ".jsonl",
    ".ndjson",
    ".zip",
    ".tar",
    ".tgz",
    ".gz",
    ".xz",
    ".zst",
    ".bz2",
)
_CHUNK = 1 << 20
_MOST_LETTERS = 100


class MissingDraftError(Exception):
    """There is no such draft; its text says so."""


class Uploads:
    """The files of a home.

    Args:
      folder: where they are; made when the first one is kept.
      most_bytes: of a file.
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder = folder
        self._most_bytes = most_bytes

    def keep(self, name: str, content: BinaryIO) -> tuple[str, Path]:
        """Writes a file to the disk piece by piece; removes those of more than a week ago.

        Returns:
          The id of its draft, and its path.

        Raises:
          InputError: a name without a known ending, a file that is too large, or a disk that is full.
        """
        safe = _safe(name)
        self.clean()
        id = secrets.token_hex(8)
        path = self._folder / id / safe
        size = 0
        try:
            path.parent.mkdir(parents=True)
            with path.open("xb") as out:
                while part := content.read(_CHUNK):
                    size += len(part)
                    if size > self._most_bytes:
                        raise InputError(
                            f"{safe} is too large: up to {self._most_bytes:,} bytes are taken (slipway studio --max-upload-mb)"
                        )
                    out.write(part)
        except BaseException as error:
            self.remove(id)
            if isinstance(error, OSError):
                raise InputError(f"{safe} cannot be kept in {self._folder}: {error.strerror}") from error
            raise
        return id, path

    def remove(self, id: str) -> None:
        """Removes a file with its draft."""
        shutil.rmtree(self._folder / id, ignore_errors=True)

    def draft(self, id: str) -> Draft:
        """The draft as it was saved last. Raises MissingDraftError."""
        file = self._folder / id / _DRAFT
        if not _ID.fullmatch(id) or not file.is_file():
            raise MissingDraftError(
                f"there is no upload {shown(id)}; it may be older than a week: upload the file again"
            )
        return Draft.model_validate_json(file.read_bytes())

    def save(self, draft: Draft) -> Path:
        """Keeps a draft; returns its file."""
        file = self._folder / draft.id / _DRAFT
        write_whole(file, draft.model_dump_json())
        return file

    def file(self, draft: Draft) -> Path:
        """The uploaded file of a draft."""
        return self._folder / draft.id / draft.file

    def clean(self) -> None:
        """Removes the files whose draft nobody has changed for a week."""
        if not self._folder.is_dir():
            return
        for folder in self._folder.iterdir():
            changed = max((file.stat().st_mtime for file in (folder, *folder.glob("*"))), default=0.0)
            if _ID.fullmatch(folder.name) and changed < time.time() - _SECONDS:
                self.remove(folder.name)


def _safe(name: str) -> str:
    """The last part of a name that a browser sent, as a file may be called anywhere. Raises InputError."""
    last = re.split(r"[/\\]", name)[-1]
    stem, dot, ending = last.rpartition(".")
    if f".{ending.lower()}" not in _ENDINGS or not dot:
        raise InputError(
            f"{shown(last)} is not taken; {', '.join(_ENDINGS)} are: a table, pictures in a zip, or texts in a tar"
        )
    plain = re.sub(r"[^\w.() -]", "_", stem).strip(" .")[:_MOST_LETTERS]
    return f"{plain or 'data'}.{ending.lower()}"

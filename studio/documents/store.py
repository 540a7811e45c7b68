"""Documents in a folder: ``<id>/<revision>.json``, each revision a file that is written once.

A save makes the file of the next revision, so a second one on the same revision finds that file there and is a conflict: no
save takes the place of another. Earlier revisions are thinned out as they grow old.
"""

import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from schemas.files import write_whole
from studio.messages.documents import Document, DocumentRow, NewDocument, SaveDocument
from studio.messages.graphs import Graph

_ID = re.compile(r"[0-9a-f]{16}")
_RECENT = 20  # revisions that are all kept
_OLDER_MINUTES = 10  # of those before, the last one of so many minutes
_MOST = 200  # revisions of a document


class MissingDocumentError(Exception):
    """There is no such document or revision; its text says which."""


class ConflictError(Exception):
    """Somebody saved since the revision that a change was made on.

    Attributes:
      current: what is kept now.
    """

    def __init__(self, current: Document) -> None:
        super().__init__(f"revision {current.revision}")
        self.current = current


class Documents:
    """The documents of a home.

    Args:
      folder: where they are; made when the first one is kept.
      removed: where removed ones go, beside their earlier revisions.
    """

    def __init__(self, folder: Path, removed: Path) -> None:
        self._folder = folder
        self._bin = removed
        self._rows: dict[Path, DocumentRow] = {}  # by file, which never changes

    def rows(self) -> list[DocumentRow]:
        """All documents, the last edited first."""
        found = [self._row(_newest(folder)) for folder in self._folders() if _revisions(folder)]
        return sorted((row for row in found if row is not None), key=lambda row: row.modified, reverse=True)

    def create(self, new: NewDocument) -> Document:
        """Keeps a new document."""
        return self._write(secrets.token_hex(8), 1, new.name, new.graph)

    def read(self, id: str, revision: int | None = None) -> Document:
        """A document as it is now, or was at a revision. Raises MissingDocumentError."""
        folder = self._existing(id)
        file = _newest(folder) if revision is None else _file(folder, revision)
        try:
            return Document.model_validate_json(file.read_bytes())
        except FileNotFoundError:
            raise MissingDocumentError(f"there is no revision {revision} of drawing {id!r}") from None

    def save(self, id: str, change: SaveDocument) -> Document:
        """Keeps the next revision.

        Raises:
          MissingDocumentError: there is no such document.
          ConflictError: ``change.revision`` is not the newest one; nothing was changed.
        """
        folder = self._existing(id)
        if change.revision != int(_newest(folder).stem):
            raise ConflictError(self.read(id))
        saved = self._write(id, change.revision + 1, change.name, change.graph)
        for file in _superfluous(_revisions(folder), self._times(folder)):
            file.unlink()
            self._rows.pop(file, None)
        return saved

    def remove(self, id: str) -> None:
        """Moves a document to the bin. Raises MissingDocumentError."""
        folder = self._existing(id)
        self._bin.mkdir(parents=True, exist_ok=True)
        folder.rename(self._bin / f"{id}-{secrets.token_hex(4)}")  # one of this id may be there, put back by hand

    def revisions(self, id: str) -> list[DocumentRow]:
        """The states of a document, newest first. Raises MissingDocumentError."""
        rows = [self._row(file) for file in reversed(_revisions(self._existing(id)))]
        return [row for row in rows if row is not None]

    def _write(self, id: str, revision: int, name: str, graph: Graph) -> Document:
        modified = datetime.now(UTC).isoformat(timespec="milliseconds")
        document = Document(id=id, name=name, revision=revision, modified=modified, graph=graph)
        write_whole(_file(self._folder / id, revision), document.model_dump_json())
        return document

    def _row(self, file: Path) -> DocumentRow | None:
        """A document's row; None for a file that is none, which somebody else put there."""
        if file not in self._rows:
            try:
                found = Document.model_validate_json(file.read_bytes())
            except ValidationError:
                return None
            self._rows[file] = DocumentRow(
                id=found.id,
                name=found.name,
                dataset=found.graph.dataset,
                revision=found.revision,
                modified=found.modified,
                layers=sum(node.shares is None for node in found.graph.nodes),
            )
        return self._rows[file]

    def _times(self, folder: Path) -> dict[Path, datetime]:
        rows = {file: self._row(file) for file in _revisions(folder)}
        return {file: datetime.fromisoformat(row.modified) for file, row in rows.items() if row is not None}

    def _folders(self) -> Iterator[Path]:
        if self._folder.is_dir():
            yield from (folder for folder in self._folder.iterdir() if _ID.fullmatch(folder.name))

    def _existing(self, id: str) -> Path:
        folder = self._folder / id
        if not _ID.fullmatch(id) or not _revisions(folder):
            raise MissingDocumentError(f"there is no drawing {id[:100]!r}; it may have been removed")
        return folder


def _file(folder: Path, revision: int) -> Path:
    return folder / f"{revision:08}.json"


def _revisions(folder: Path) -> list[Path]:
    """A document's files, oldest first; none where the folder is not there."""
    return sorted(folder.glob("[0-9]*.json"))


def _newest(folder: Path) -> Path:
    return _revisions(folder)[-1]


def _superfluous(files: list[Path], times: dict[Path, datetime]) -> list[Path]:
    """Of old revisions those that another one of the same few minutes follows, and all beyond the most."""
    older = [file for file in files[:-_RECENT] if file in times]
    spans = {file: int(times[file].timestamp() // (60 * _OLDER_MINUTES)) for file in older}
    last = {span: file for file, span in spans.items()}  # the last of each span: files are in order
    kept = [file for file in older if last[spans[file]] == file][-(_MOST - _RECENT) :]
    return [file for file in older if file not in kept]

"""Drafts of uploaded files: made, changed and written by the command `slipway new`, a child process."""

import asyncio
import tempfile
from pathlib import Path
from typing import BinaryIO
from weakref import WeakValueDictionary

import anyio.to_thread

from schemas.errors import InputError
from schemas.home import Home
from studio import commands
from studio.drafts.uploads import Uploads
from studio.messages.drafts import Draft, SaveDraft, WrittenPage

_SECONDS = 600  # that the reading of a file may take


class Drafts:
    """The drafts of a home."""

    def __init__(self, home: Home, most_bytes: int) -> None:
        self._home = home
        self._uploads = Uploads(home.root / "studio" / "uploads", most_bytes)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def upload(self, name: str, content: BinaryIO, label: str | None) -> Draft:
        """Keeps a file and infers its page.

        Raises:
          InputError: it is no file that can be read, or has no column ``label``; it is not kept then.
        """
        id, path = await anyio.to_thread.run_sync(self._uploads.keep, name, content)
        try:
            wanted = [f"--label={label}"] if label else []
            found = await self._new(path, "--json", *wanted)
            draft = Draft.model_validate_json(found).model_copy(update={"id": id})
            self._uploads.save(draft)
        except BaseException:
            self._uploads.remove(id)
            raise
        return draft

    def read(self, id: str) -> Draft:
        """A draft. Raises MissingDraftError."""
        return self._uploads.draft(id)

    async def save(self, id: str, change: SaveDraft) -> Draft:
        """Takes changes in; what is wrong with them is said in the draft. Raises MissingDraftError."""
        async with self._turn(id):
            draft = _changed(self._uploads.draft(id), change)
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder, "draft.json")
                file.write_text(draft.model_dump_json(), encoding="utf-8")
                found = await self._new(self._uploads.file(draft), "--draft", str(file), "--json")
            checked = Draft.model_validate_json(found)
            self._uploads.save(checked)
        return checked

    async def write(self, id: str) -> WrittenPage:
        """Writes the page, and copies the data to its place.

        Raises:
          MissingDraftError: there is no such draft.
          InputError: a problem of the draft, or a name that is taken.
        """
        async with self._turn(id):
            draft = self._uploads.draft(id)
            pages = self._home.pages
            await self._new(self._uploads.file(draft), "--draft", str(self._uploads.save(draft)), "--into", str(pages))
        return WrittenPage(dataset=draft.name, path=str(pages / f"{draft.name}.py"))

    def clean(self) -> None:
        """Removes what nobody has changed for a week."""
        self._uploads.clean()

    def _turn(self, id: str) -> asyncio.Lock:
        """Held while a draft is changed: one change after the other. Nothing is kept of an id that nobody works on."""
        return self._turns.setdefault(id, asyncio.Lock())

    async def _new(self, path: Path, *options: str) -> bytes:
        try:
            async with asyncio.timeout(_SECONDS):
                return await commands.output(self._home, "new", *options, "--", str(path))
        except InputError as error:  # its message names a folder that the user does not know
            raise InputError(str(error).replace(str(path), path.name)) from None
        except TimeoutError:
            raise InputError(
                f"{path.name} took more than {_SECONDS // 60} minutes to read; take fewer rows, or `slipway new` in a shell"
            ) from None


def _changed(draft: Draft, change: SaveDraft) -> Draft:
    columns = [
        column.model_copy(
            update={
                "kind": change.kinds.get(column.name, column.kind),
                "options": change.options.get(column.name, {}),
            }
        )
        for column in draft.columns
    ]
    fields = ("name", "summary", "label", "task", "train", "eval", "test")
    return draft.model_copy(update={name: getattr(change, name) for name in fields} | {"columns": columns})

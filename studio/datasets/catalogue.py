"""The datasets, as ``slipway describe --json`` says them; asked for again when a page, a version or a preparation changed."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from schemas import page_folders
from schemas.home import Home
from studio import commands
from studio.messages.datasets import Dataset

_OF_A_PAGE = ("*.py", "*.pbtxt")  # a page, its helpers, and its curated schema


class UnknownDatasetError(Exception):
    """There is no such dataset."""


class Catalogue:
    """The datasets of a home."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._found: dict[str, Dataset] = {}
        self._state: frozenset[tuple[str, int]] | None = None
        self._turn = asyncio.Lock()  # two requests at once are one child

    async def all(self) -> list[Dataset]:
        """All datasets, by name.

        Raises:
          InputError: the folders of pages are not named rightly.
        """
        async with self._turn:
            # Before the child reads: a change meanwhile is a change.
            state = frozenset(_changes(self._home))
            if state != self._state:
                answer = await commands.answer(self._home, "describe", "--json")
                found = [Dataset.model_validate(one) for one in answer["datasets"]]
                self._found = {one.name: one for one in found}
                self._state = state
        return list(self._found.values())

    async def one(self, name: str) -> Dataset:
        """A dataset. Raises UnknownDatasetError."""
        await self.all()
        if name not in self._found:
            raise UnknownDatasetError(f"there is no dataset {name[:100]!r}; these are there: {', '.join(self._found)}")
        return self._found[name]


def _changes(home: Home) -> Iterator[tuple[str, int]]:
    """The files that a description follows from, with their times."""
    for folder in (page_folders.PACKAGE, *page_folders.outside()):
        for pattern in _OF_A_PAGE:
            for file in folder.glob(pattern):
                yield str(file), _time(file)
    for file in (home.root / "registry").glob("*/versions.json"):
        yield str(file), _time(file)
    for made in (home.root / "pipelines").glob("*/Transform/transform_graph"):  # a folder for each execution
        yield str(made), _time(made)


def _time(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:  # removed meanwhile
        return 0

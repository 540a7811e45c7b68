"""What the routes work with: one object for each application."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

import anyio.to_thread
from fastapi import Depends, Request

from schemas.home import Home
from studio.asking.explanations import Explanations
from studio.asking.questions import Questions
from studio.asking.serving import Serving
from studio.datasets.catalogue import Catalogue
from studio.documents.store import Documents
from studio.drafts.drafting import Drafts
from studio.jobs.queue import Queue
from studio.keras_worker import tables
from studio.keras_worker.client import KerasWorker
from studio.settings import Settings


@dataclass(frozen=True)
class Studio:
    """The parts of a running studio.

    A part is a ``functools.cached_property``: made when a route first needs it. What has a process or a task is started and
    ended in ``running``.

    Attributes:
      home: where datasets, models and the studio's own files (``studio/``) are kept.
      settings: of `slipway studio`.
      token: that a request needs; empty on this machine's own addresses.
    """

    home: Home
    settings: Settings
    token: str = ""

    @property
    def folder(self) -> Path:
        """The studio's own files."""
        return self.home.root / "studio"

    @cached_property
    def documents(self) -> Documents:
        """The drawings."""
        return Documents(self.folder / "documents", self.folder / "bin")

    @cached_property
    def datasets(self) -> Catalogue:
        """The datasets."""
        return Catalogue(self.home)

    @cached_property
    def drafts(self) -> Drafts:
        """The user's own data."""
        return Drafts(self.home, self.settings.max_upload_mb * 1_000_000)

    @cached_property
    def jobs(self) -> Queue:
        """The jobs."""
        return Queue(self.home, self.settings.jobs)

    @cached_property
    def serving(self) -> Serving:
        """The model server and the gateway."""
        return Serving(self.home, self.settings.gateway)

    @cached_property
    def questions(self) -> Questions:
        """What is asked of them."""
        return Questions(self.home, self.serving)

    @cached_property
    def explanations(self) -> Explanations:
        """Why models answer so."""
        return Explanations(self.home)

    @cached_property
    def keras(self) -> KerasWorker:
        """The process that knows graphs."""
        return KerasWorker(tables.GRAPHS, warm_up=tables.WARM_UP)

    @cached_property
    def writing_reports(self) -> asyncio.Lock:
        """Held while a report is written."""
        return asyncio.Lock()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keeps the studio's processes while the context is open."""
        async with contextlib.AsyncExitStack() as stack:
            await self.keras.start()  # it loads while the page is opened
            stack.push_async_callback(self.keras.close)
            stack.push_async_callback(self.serving.aclose)
            stack.push_async_callback(self.explanations.aclose)
            await stack.enter_async_context(self.jobs.running())
            await anyio.to_thread.run_sync(self.drafts.clean)
            yield

    def stop(self) -> None:
        """Called at the signal to stop: streams that never end by themselves end now."""
        self.jobs.is_closing = True


def _studio_of(request: Request) -> Studio:
    return request.app.state.studio


TheStudio = Annotated[Studio, Depends(_studio_of)]

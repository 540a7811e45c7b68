"""The user's own data."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile

from studio.drafts.uploads import MissingDraftError
from studio.messages.drafts import Draft, SaveDraft, WrittenPage
from studio.server.context import TheStudio
from studio.server.problems import HttpProblem

router = APIRouter(prefix="/api/drafts", tags=["drafts"])


@router.post("", status_code=201, operation_id="upload")
async def upload(
    studio: TheStudio, file: Annotated[UploadFile, File()], label: Annotated[str | None, Form()] = None
) -> Draft:
    """Takes a CSV, or a zip of pictures in a folder for each class, and infers a page."""
    return await studio.drafts.upload(file.filename or "", file.file, label)


@router.get("/{id}", operation_id="draft")
async def draft(studio: TheStudio, id: str) -> Draft:
    """A draft."""
    with _answered():
        return studio.drafts.read(id)


@router.put("/{id}", operation_id="saveDraft")
async def save(studio: TheStudio, id: str, change: SaveDraft) -> Draft:
    """The draft with changes taken in, and what is wrong with it."""
    with _answered():
        return await studio.drafts.save(id, change)


@router.post("/{id}/page", status_code=201, operation_id="writePage")
async def write_page(studio: TheStudio, id: str) -> WrittenPage:
    """Writes the page and puts the data in its place."""
    with _answered():
        return await studio.drafts.write(id)


@contextmanager
def _answered() -> Iterator[None]:
    try:
        yield
    except MissingDraftError as error:
        raise HttpProblem(404, str(error)) from None

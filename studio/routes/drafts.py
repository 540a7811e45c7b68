"""The user's own data."""

from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile

from studio.messages.drafts import Draft, SaveDraft, WrittenPage
from studio.server.context import TheStudio

router = APIRouter(prefix="/api/drafts", tags=["drafts"])


@router.post("", status_code=201, operation_id="upload")
async def upload(
    studio: TheStudio, file: Annotated[UploadFile, File()], label: Annotated[str | None, Form()] = None
) -> Draft:
    """Takes a CSV, or a zip of pictures in a folder for each class, and infers a page."""
    raise NotImplementedError


@router.get("/{id}", operation_id="draft")
async def draft(studio: TheStudio, id: str) -> Draft:
    """A draft."""
    raise NotImplementedError


@router.put("/{id}", operation_id="saveDraft")
async def save(studio: TheStudio, id: str, change: SaveDraft) -> Draft:
    """The draft with changes taken in, and what is wrong with it."""
    raise NotImplementedError


@router.post("/{id}/page", status_code=201, operation_id="writePage")
async def write_page(studio: TheStudio, id: str) -> WrittenPage:
    """Writes the page and puts the data in its place."""
    raise NotImplementedError

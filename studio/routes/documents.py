"""Drawings that are kept."""

from fastapi import APIRouter

from studio.messages.documents import Conflict, Document, DocumentRow, NewDocument, SaveDocument
from studio.server.context import TheStudio

router = APIRouter(prefix="/api/documents", tags=["documents"])


@router.get("", operation_id="documents")
async def documents(studio: TheStudio) -> list[DocumentRow]:
    """All drawings, the last edited first."""
    raise NotImplementedError


@router.post("", status_code=201, operation_id="createDocument")
async def create(studio: TheStudio, document: NewDocument) -> Document:
    """Keeps a new drawing."""
    raise NotImplementedError


@router.get("/{id}", operation_id="document")
async def document(studio: TheStudio, id: str) -> Document:
    """A drawing."""
    raise NotImplementedError


@router.put("/{id}", operation_id="saveDocument", responses={409: {"model": Conflict}})
async def save(studio: TheStudio, id: str, change: SaveDocument) -> Document:
    """Saves a change; 409 where somebody saved since its revision."""
    raise NotImplementedError


@router.delete("/{id}", status_code=204, operation_id="removeDocument")
async def remove(studio: TheStudio, id: str) -> None:
    """Moves a drawing to the bin (``studio/bin`` of the home)."""
    raise NotImplementedError


@router.get("/{id}/revisions", operation_id="revisions")
async def revisions(studio: TheStudio, id: str) -> list[DocumentRow]:
    """Earlier states of a drawing, newest first."""
    raise NotImplementedError


@router.get("/{id}/revisions/{revision}", operation_id="revision")
async def revision(studio: TheStudio, id: str, revision: int) -> Document:
    """An earlier state."""
    raise NotImplementedError

"""Drawings that are kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Path

from studio.documents.store import ConflictError, MissingDocumentError
from studio.messages.documents import Conflict, Document, DocumentRow, NewDocument, SaveDocument
from studio.messages.graphs import Graph
from studio.server.context import Studio, TheStudio
from studio.server.problems import HttpProblem

router = APIRouter(prefix="/api/documents", tags=["documents"])


@router.get("", operation_id="documents")
async def documents(studio: TheStudio) -> list[DocumentRow]:
    """All drawings, the last edited first."""
    return studio.documents.rows()


@router.post("", status_code=201, operation_id="createDocument")
async def create(studio: TheStudio, document: NewDocument) -> Document:
    """Keeps a new drawing."""
    _check_size(studio, document.graph)
    return studio.documents.create(document)


@router.get("/{id}", operation_id="document")
async def document(studio: TheStudio, id: str) -> Document:
    """A drawing."""
    with _answered():
        return studio.documents.read(id)


@router.put("/{id}", operation_id="saveDocument", responses={409: {"model": Conflict}})
async def save(studio: TheStudio, id: str, change: SaveDocument) -> Document:
    """Saves a change; 409 where somebody saved since its revision."""
    _check_size(studio, change.graph)
    with _answered():
        return studio.documents.save(id, change)


@router.delete("/{id}", status_code=204, operation_id="removeDocument")
async def remove(studio: TheStudio, id: str) -> None:
    """Moves a drawing to the bin (``studio/bin`` of the home)."""
    with _answered():
        studio.documents.remove(id)


@router.get("/{id}/revisions", operation_id="revisions")
async def revisions(studio: TheStudio, id: str) -> list[DocumentRow]:
    """The states of a drawing that are kept, newest first."""
    with _answered():
        return studio.documents.revisions(id)


@router.get("/{id}/revisions/{revision}", operation_id="revision")
async def revision(studio: TheStudio, id: str, revision: Annotated[int, Path(ge=1, lt=10**8)]) -> Document:
    """An earlier state."""
    with _answered():
        return studio.documents.read(id, revision)


@contextmanager
def _answered() -> Iterator[None]:
    """What the store raises as problem documents."""
    try:
        yield
    except MissingDocumentError as error:
        raise HttpProblem(404, str(error)) from None
    except ConflictError as error:
        current = error.current
        detail = f"somebody saved this drawing meanwhile: it is at revision {current.revision} now; yours was not saved"
        raise HttpProblem(409, detail, "Conflict", current=current.model_dump(mode="json")) from None


def _check_size(studio: Studio, graph: Graph) -> None:
    """Raises HttpProblem (422) for a drawing with more nodes than the studio takes, nested ones among them."""
    count = _nodes(graph)
    if count > studio.settings.max_nodes:
        detail = f"the drawing has {count:,} nodes; up to {studio.settings.max_nodes:,} are taken (slipway studio --max-nodes)"
        raise HttpProblem(422, detail)


def _nodes(graph: Graph) -> int:
    return len(graph.nodes) + sum(_nodes(node.graph) for node in graph.nodes if node.graph is not None)

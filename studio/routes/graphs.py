"""Checking, reading and writing graphs; the palette."""

from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, File, UploadFile

from studio.messages.graphs import (
    CheckRequest,
    Difference,
    DifferenceRequest,
    Exported,
    ExportRequest,
    GraphReport,
    Imported,
)
from studio.messages.palette import Palette
from studio.server.context import TheStudio
from studio.versions import difference as differences

router = APIRouter(prefix="/api", tags=["graphs"])


@router.get("/palette", operation_id="palette")
async def palette(studio: TheStudio) -> Palette:
    """Every layer that can be drawn; 503 while Keras loads."""
    return Palette.model_validate(await studio.keras.call("palette", None))


@router.post("/graphs/check", operation_id="check")
async def check(studio: TheStudio, request: CheckRequest) -> GraphReport:
    """Shapes, parameters and problems of a drawing, node by node; nothing is built."""
    raise NotImplementedError


@router.post("/graphs/export", operation_id="exportGraph")
async def export_graph(studio: TheStudio, request: ExportRequest) -> Exported:
    """A complete graph as Keras' JSON or as Python."""
    raise NotImplementedError


@router.post("/graphs/import", operation_id="importGraph")
async def import_graph(studio: TheStudio, file: Annotated[UploadFile, File()]) -> Imported:
    """A graph from Keras' JSON or a ``.keras`` archive; no code of the file is run."""
    raise NotImplementedError


@router.post("/graphs/difference", operation_id="difference")
async def difference(studio: TheStudio, request: DifferenceRequest) -> Difference:
    """Two graphs, layer by layer."""
    return await anyio.to_thread.run_sync(differences.difference, request.left, request.right)

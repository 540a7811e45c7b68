"""Checking, reading and writing graphs; the palette."""

import re
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, File, UploadFile

from schemas import graphs
from studio.datasets.catalogue import UnknownDatasetError
from studio.messages.graphs import (
    CheckRequest,
    Difference,
    DifferenceRequest,
    Exported,
    ExportRequest,
    Graph,
    GraphReport,
    Imported,
)
from studio.messages.palette import Palette
from studio.server.context import Studio, TheStudio
from studio.versions import difference as differences

router = APIRouter(prefix="/api", tags=["graphs"])
_WITHOUT_WEIGHTS = "its weights were left out: a training begins anew"


@router.get("/palette", operation_id="palette")
async def palette(studio: TheStudio) -> Palette:
    """Every layer that can be drawn; 503 while Keras loads."""
    return Palette.model_validate(await studio.keras.call("palette", None))


@router.post("/graphs/check", operation_id="check")
async def check(studio: TheStudio, request: CheckRequest) -> GraphReport:
    """Shapes, parameters and problems of a drawing, node by node; nothing is built."""
    payload = {
        "graph": request.graph.model_dump(),
        "batch_size": request.batch_size,
        "max_nodes": studio.settings.max_nodes,
        "max_parameters": studio.settings.max_parameters,
        "dataset": await _dataset(studio, request.graph.dataset),
    }
    return GraphReport.model_validate(await studio.keras.call("check", payload))


async def _dataset(studio: Studio, name: str | None) -> dict[str, Any] | None:
    if name is None:
        return None
    try:
        return (await studio.datasets.one(name)).model_dump()
    except UnknownDatasetError as error:  # a problem of the drawing, and none of the request
        return {"name": name, "problem": str(error)}


@router.post("/graphs/export", operation_id="exportGraph")
async def export_graph(studio: TheStudio, request: ExportRequest) -> Exported:
    """A complete graph as Keras' JSON or as Python."""
    name = re.sub(r"\W+", "_", request.graph.name) or "model"
    function, ending = {"json": ("write_json", "json"), "python": ("write_python", "py")}[request.form]
    return Exported(file=f"{name}.{ending}", text=await studio.keras.call(function, request.graph.model_dump()))


@router.post("/graphs/import", operation_id="importGraph")
async def import_graph(studio: TheStudio, file: Annotated[UploadFile, File()]) -> Imported:
    """A graph from Keras' JSON or a ``.keras`` archive; no code of the file is run."""
    # Not read into memory: the weights of an archive may be as large as an upload may be.
    config, archived = await to_thread.run_sync(graphs.read_open, file.file, file.filename or "the file")
    drawn = Graph.model_validate(await studio.keras.call("read", config))
    return Imported(graph=drawn, notes=[_WITHOUT_WEIGHTS] if archived else [])


@router.post("/graphs/difference", operation_id="difference")
async def difference(studio: TheStudio, request: DifferenceRequest) -> Difference:
    """Two graphs, layer by layer."""
    return await to_thread.run_sync(differences.difference, request.left, request.right)

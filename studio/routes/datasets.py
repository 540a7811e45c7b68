"""The datasets, and graphs to begin with."""

from io import BytesIO
from typing import Literal

from fastapi import APIRouter, UploadFile

from schemas.errors import InputError
from studio.datasets import starting
from studio.messages.datasets import Dataset, StartGraph
from studio.messages.graphs import Graph
from studio.routes import graphs
from studio.server.context import Studio, TheStudio
from studio.server.problems import HttpProblem

router = APIRouter(prefix="/api/datasets", tags=["datasets"])


@router.get("", operation_id="datasets")
async def datasets(studio: TheStudio) -> list[Dataset]:
    """All datasets that have a page."""
    return await studio.datasets.all()


@router.get("/{name}", operation_id="dataset")
async def dataset(studio: TheStudio, name: str) -> Dataset:
    """One of them."""
    return await studio.datasets.one(name)


@router.get("/{name}/graph", operation_id="startGraph")
async def start_graph(studio: TheStudio, name: str, of: Literal["empty", "page"] = "empty") -> StartGraph:
    """Inputs and output alone, or the page's own model; 409 where the dataset has to be prepared first."""
    found = await studio.datasets.one(name)
    if found.problem is not None:
        raise InputError(f"{name}: {found.problem}")
    if of == "empty":
        return StartGraph(graph=starting.empty(found))
    return StartGraph(graph=starting.of_dataset(await _page_graph(studio, name), found))


async def _page_graph(studio: Studio, name: str) -> Graph:
    """The model of a page, as a ``prepare`` job wrote it. Raises HttpProblem (409)."""
    file = starting.page_graph(studio.home, name)
    if not starting.is_current(file, name):
        raise HttpProblem(
            409, f"the model of {name}'s page is not known yet: prepare the dataset first", "Not prepared"
        )
    upload = UploadFile(BytesIO(file.read_bytes()), filename=file.name)
    return (await graphs.import_graph(studio, upload)).graph

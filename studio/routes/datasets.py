"""The datasets, and graphs to begin with."""

from typing import Literal

from fastapi import APIRouter

from studio.messages.datasets import Dataset, StartGraph
from studio.server.context import TheStudio

router = APIRouter(prefix="/api/datasets", tags=["datasets"])


@router.get("", operation_id="datasets")
async def datasets(studio: TheStudio) -> list[Dataset]:
    """All datasets that have a page."""
    raise NotImplementedError


@router.get("/{name}", operation_id="dataset")
async def dataset(studio: TheStudio, name: str) -> Dataset:
    """One of them."""
    raise NotImplementedError


@router.get("/{name}/graph", operation_id="startGraph")
async def start_graph(studio: TheStudio, name: str, of: Literal["empty", "page"] = "empty") -> StartGraph:
    """Inputs and output alone, or the page's own model; 409 where the dataset has to be prepared first."""
    raise NotImplementedError

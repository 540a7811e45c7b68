"""Trying a model."""

from fastapi import APIRouter

from studio.messages.asking import Explanation, Form, Question, Reply, ServingState
from studio.server.context import TheStudio

router = APIRouter(prefix="/api", tags=["asking"])


@router.get("/serving", operation_id="serving")
async def serving(studio: TheStudio) -> ServingState:
    """The model server and the gateway."""
    raise NotImplementedError


@router.post("/serving", operation_id="startServing")
async def start(studio: TheStudio) -> ServingState:
    """Starts them where they are not there; answers at once."""
    raise NotImplementedError


@router.get("/datasets/{name}/form", operation_id="form")
async def form(studio: TheStudio, name: str, version: str | None = None) -> Form:
    """The form of a version, the newest without it."""
    raise NotImplementedError


@router.post("/datasets/{name}/ask", operation_id="ask")
async def ask(studio: TheStudio, name: str, question: Question) -> Reply:
    """The answer of the gateway."""
    raise NotImplementedError


@router.post("/datasets/{name}/explain", operation_id="explain")
async def explain(studio: TheStudio, name: str, question: Question) -> Explanation:
    """Why the model answers so."""
    raise NotImplementedError

"""What the studio itself is doing."""

from fastapi import APIRouter

from studio.messages.state import State
from studio.server.context import TheStudio

router = APIRouter(prefix="/api", tags=["state"])


@router.get("/state", operation_id="state")
async def state(studio: TheStudio) -> State:
    """Keras, serving, limits and jobs."""
    raise NotImplementedError

"""What the studio itself is doing."""

from fastapi import APIRouter

from schemas.version import VERSION
from studio.messages.state import Limits, State
from studio.server.context import TheStudio

router = APIRouter(prefix="/api", tags=["state"])


@router.get("/state", operation_id="state")
async def state(studio: TheStudio) -> State:
    """Keras, serving, limits and jobs."""
    chosen = studio.settings
    return State(
        version=VERSION,
        keras=studio.keras.state,
        serving=await studio.serving.state(),
        limits=Limits(
            nodes=chosen.max_nodes,
            parameters=chosen.max_parameters,
            upload_mb=chosen.max_upload_mb,
            minutes=chosen.minutes,
            memory_mb=chosen.memory_mb,
        ),
        jobs=studio.jobs.open_jobs(),
        home=str(studio.home.root),
    )

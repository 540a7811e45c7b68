"""The graphs of versions: a dossier keeps Keras' JSON of its model, of which the worker makes a drawing."""

from dataclasses import dataclass, field

import anyio.to_thread

from registry import dossier
from schemas import model_card
from schemas.errors import InputError
from schemas.home import Home
from studio.keras_worker.client import KerasWorker, WorkerFailedError, WorkerUnavailableError
from studio.messages.graphs import Difference, Graph
from studio.versions import rows
from studio.versions.difference import difference

_LOAD_SECONDS = 60.0  # that Keras may take


@dataclass
class Drawn:
    """The graphs of two versions and their difference; None where one cannot be drawn, and ``notes`` why."""

    left: Graph | None = None
    right: Graph | None = None
    difference: Difference | None = None
    notes: list[str] = field(default_factory=list)


async def of_both(home: Home, worker: KerasWorker, name: str, left: str, right: str) -> Drawn:
    """The graphs of two versions."""
    found = Drawn()
    drawn: list[Graph | None] = []
    for id in (left, right):
        try:
            drawn.append(await of_version(home, worker, name, id))
        except (InputError, WorkerUnavailableError, WorkerFailedError) as error:
            drawn.append(None)
            found.notes.append(f"the graph of {id} is not shown: {error}")
    found.left, found.right = drawn
    if found.left is not None and found.right is not None:
        found.difference = await anyio.to_thread.run_sync(difference, found.left, found.right)
    return found


async def of_version(home: Home, worker: KerasWorker, name: str, id: str) -> Graph:
    """The model of a version as a drawing.

    Raises:
      InputError: there is no such version; it has no graph; or it cannot be drawn.
      WorkerUnavailableError: Keras could not be loaded in time.
    """
    payload = await anyio.to_thread.run_sync(_payload, home, name, id)
    await worker.wait(_LOAD_SECONDS)
    return Graph.model_validate(await worker.call("draw", payload))


def _payload(home: Home, name: str, id: str) -> dict[str, str]:
    folder, entry = rows.find(home.registry(name), name, id)
    try:
        text = (folder / dossier.GRAPH).read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"{name} {id} has no graph: {folder / dossier.GRAPH} cannot be read ({error.strerror}); "
            "an older Slipway made this version, or its model cannot be drawn"
        ) from error
    return {"text": text, "description": model_card.description_of(entry.card).to_json()}

"""Which versions the own model server has: the newest of each model by itself, others when they are asked for.

It follows the labels of a registry of the studio's own: a version is loaded as soon as it has a label there, and unloaded
when the label is gone. The user's labels are not touched.
"""

import asyncio
import time
from pathlib import Path

import anyio.to_thread

from registry import labels, pushed
from registry.exclusive import changing
from schemas.errors import InputError
from schemas.model_card import ModelCard
from serving.client import AsyncGatewayClient, ServingCallError
from studio.asking.serving import NotServingError

_LOG = "studio/logs/model_server.log of the home"
_MOST = 4  # versions of a model beside the newest: each takes memory
_SECONDS = 60.0  # that a version may take to load
_LOOK_SECONDS = 0.2
_AVAILABLE = "AVAILABLE"
_UNLOADED = "END"  # also of one that could not be loaded; for a moment of one that is loaded again
_UNLOADED_SECONDS = 10.0


async def load(client: AsyncGatewayClient, registry: Path, models: Path, name: str, version: str) -> ModelCard:
    """Has a version loaded, and waits until it can be asked.

    Args:
      registry: ``studio.asking.serving.Serving.registry``.
      models: the folder of all pushed models.
      version: a semantic or integer one, or a label of the user's.

    Returns:
      Its card.

    Raises:
      InputError: there is no such version.
      NotServingError: it is not loaded in time.
    """
    folder = await anyio.to_thread.run_sync(pushed.find, models / name, name, version)
    card = ModelCard.read(folder)
    number = card.serving_version or int(folder.name)
    if await _state(client, name, number) != _AVAILABLE:
        await anyio.to_thread.run_sync(_label, registry / name, card, number)
        await _wait(client, name, card, number)
    return card


async def wait_for_newest(client: AsyncGatewayClient, models: Path, name: str) -> ModelCard:
    """The card of the newest version, once the server has it. Raises as ``load`` does."""
    folder = await anyio.to_thread.run_sync(pushed.find, models / name, name)
    card = ModelCard.read(folder)
    await _wait(client, name, card, int(folder.name))
    return card


async def _wait(client: AsyncGatewayClient, name: str, card: ModelCard, number: int) -> None:
    begun = changed = time.monotonic()
    while (state := await _state(client, name, number)) != _AVAILABLE:
        now = time.monotonic()
        if state != _UNLOADED:
            changed = now
        if now - changed > _UNLOADED_SECONDS:
            raise NotServingError(f"{name} {card.version}: the model server cannot load it; {_LOG} says why")
        if now - begun > _SECONDS:
            raise NotServingError(f"{name} {card.version}: the model server has not loaded it yet; {_LOG} says more")
        await asyncio.sleep(_LOOK_SECONDS)


async def _state(client: AsyncGatewayClient, name: str, number: int) -> str:
    """TensorFlow Serving's word for the state of a version; "" where the server does not know it yet."""
    try:
        model = await client.model(name)
    except ServingCallError:  # a model whose first version was pushed a moment ago; or the server is starting again
        return ""
    return next((one.state for one in model.versions if one.serving_version == number), "")


def _label(registry: Path, card: ModelCard, number: int) -> None:
    """Labels a version, the last ones that were asked for beside it."""
    registry.mkdir(parents=True, exist_ok=True)
    with changing(registry):
        known = sorted(labels.read(registry).items(), key=lambda item: item[1].at)
        if any(label.serving_version == number for _, label in known):
            return
        for name, _ in known[: max(0, len(known) + 1 - _MOST)]:
            labels.remove(registry, name)
        try:
            labels.put(registry, f"v{number}", card, "asked for in the studio")
        except OSError as error:
            raise InputError(f"cannot write to {registry}: {error.strerror}") from error

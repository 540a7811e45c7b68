"""The function of the worker that draws the models of versions."""

from typing import Any

from components.training.graphs import drawing
from schemas.description import Description


def draw(payload: dict[str, str]) -> Any:
    """``studio.messages.graphs.Graph``.

    Args:
      payload: Keras' JSON ``text`` of a model, and the ``description`` of its dataset as JSON.

    Raises:
      InputError: it has a layer that is not on the list, or is subclassed.
    """
    return drawing.of_json(payload["text"], Description.from_json(payload["description"]))

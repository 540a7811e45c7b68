"""The function of the worker that explains answers."""

import time
from pathlib import Path
from typing import Any

from components.evaluation import explaining_pushed
from schemas.features import Text
from schemas.home import Home
from schemas.model_card import description_of


def explain(payload: dict[str, Any]) -> dict[str, Any]:
    """An answer explained, as studio.messages.asking.Explanation has it.

    Args:
      payload: ``root`` and ``data`` of the home, the model's ``folder``, and the ``input``.

    Raises:
      InputError: as ``explaining_pushed.explain`` does.
    """
    begun = time.perf_counter()
    home = Home(Path(payload["root"]), Path(payload["data"]))
    found = explaining_pushed.explain(home, Path(payload["folder"]), payload["input"])
    one = found.attribution
    return {
        "of": _explained(found),
        "score": one.score,
        "reference_score": one.reference_score,
        "reference": found.reference,
        "method": found.method,
        "parts": _parts(found),
        "heat": one.heat or None,
        "seconds": time.perf_counter() - begun,
    }


def _explained(found: explaining_pushed.Explained) -> str:
    """What is explained; of several labels with the one whose answer it is."""
    card = next((part for part in found.card.parts() if part.label == found.label), found.card)
    target = found.attribution.target
    if card.classes is None:
        return target
    return f"probability of {target}" + (f" ({found.label})" if found.label else "")


def _parts(found: explaining_pushed.Explained) -> list[dict[str, Any]]:
    parts = list(found.attribution.parts)
    if not _is_by_word(found):
        parts.sort(key=lambda part: -abs(part.attribution))
    return [{"name": part.name, "value": part.value, "weight": part.attribution} for part in parts]


def _is_by_word(found: explaining_pushed.Explained) -> bool:
    """Whether the parts are the words of a text, whose order is kept."""
    features = description_of(found.card).features
    return len(features) == 1 and all(isinstance(feature, Text) for feature in features.values())

"""Settings as short texts, by dotted name."""

from collections.abc import Mapping
from typing import Any

_LONGEST = 200
_TYPE = "@type"  # of schemas.codec
_GRAPH = (
    "model.layers",
    "model.fingerprint",
)  # of a drawn model (schemas.models.DrawnGraph), which is shown as a graph


def flat(values: Mapping[str, Any], begin: str = "") -> dict[str, str]:
    """Nested settings flat, e.g. ``training.epochs``; the kind of an object stands under its own name, e.g. ``model``."""
    found: dict[str, str] = {}
    for key, value in values.items():
        name = begin if key == _TYPE else f"{begin}.{key}" if begin else key
        if name.startswith(_GRAPH):
            continue
        if isinstance(value, Mapping):
            found |= flat(value, name)
        else:
            found[name] = text(value)
    return found


def text(value: Any) -> str:
    """A setting's value, cut where it is long."""
    if isinstance(value, list | tuple):
        shown = ", ".join(map(text, value)) or "none"
    elif isinstance(value, bool):
        shown = "yes" if value else "no"
    elif isinstance(value, float):
        shown = f"{value:g}"
    else:
        shown = "none" if value is None else str(value)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"

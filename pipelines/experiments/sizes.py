"""Models of one kind from the smallest upwards, and without what regularises them."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from schemas.features import Feature, Image
from schemas.models import Convolutional, Custom, Model, NGrams, Regularised, Sequence, Tabular
from schemas.training import Training

_LEAST_UNITS, _LEAST_FILTERS = 8, 4
_OFF: dict[str, Any] = {
    "dropout": 0.0, "l1": 0.0, "l2": 0.0, "batch_norm": False, "input_dropout": 0.0,
    "shift": 0.0, "rotate": 0.0, "zoom": 0.0, "flip": False,
}  # fmt: skip


def of_size(spec: Model, size: int, features: Mapping[str, Feature]) -> Model:
    """The model with widths, layers, filters or embeddings of another size; all else stays.

    From one size to the next widths double; every second one adds a layer. Size 0 is the smallest: a linear model of a table
    or of n-grams, else one of few units.

    Args:
      size: at least 0.
      features: of the page; a picture's sides allow so many blocks of convolutions.
    """
    match spec:
        case Tabular() | NGrams():
            return dataclasses.replace(spec, hidden=_widths(size))
        case Convolutional():
            blocks = min(1 + size // 2, _most_blocks(features))
            first = max(1, (_LEAST_FILTERS << size) >> (blocks - 1))
            filters = tuple(first << block for block in range(blocks))
            return dataclasses.replace(spec, filters=filters, hidden=_LEAST_UNITS << size)
        case Sequence():
            units = _LEAST_UNITS << size
            return dataclasses.replace(spec, embedding=units, width=units, hidden=units)
    raise TypeError(f"no sizes of {type(spec).__name__}")


def words(spec: Model) -> str:
    """The size of a model, as a table of trials shows it."""
    match spec:
        case Tabular() | NGrams():
            return f"hidden {_listed(spec.hidden)}" if spec.hidden else "no hidden layer"
        case Convolutional():
            return f"filters {_listed(spec.filters)}, hidden {spec.hidden}"
        case Sequence():
            return f"embedding {spec.embedding}, width {spec.width}, hidden {spec.hidden}"
    return type(spec).__name__


def _listed(sizes: tuple[int, ...]) -> str:
    return ", ".join(map(str, sizes))


def has_sizes(spec: Model) -> bool:
    """Whether ``of_size`` knows the kind."""
    return not isinstance(spec, Custom)


def plain(spec: Model) -> Model:
    """The model without dropout, penalties, batch normalisation and changed pictures."""
    return dataclasses.replace(spec, **{name: value for name, value in _OFF.items() if hasattr(spec, name)})


def plain_training(training: Training) -> Training:
    """The training of one model, without what regularises it."""
    return dataclasses.replace(training, weight_decay=0.0, label_smoothing=0.0, ensemble=1)


def regularised(spec: Model) -> list[dict[str, Any]]:
    """The changes that are tried on a model that overfits, each by itself."""
    if not isinstance(spec, Regularised):
        return []
    found: list[dict[str, Any]] = [
        {"dropout": 0.25}, {"dropout": 0.5}, {"l2": 1e-4}, {"l2": 1e-3}, {"l1": 1e-4}, {"batch_norm": True},
    ]  # fmt: skip
    if isinstance(spec, Convolutional):
        found.append({"shift": 0.1})
    if isinstance(spec, NGrams):
        found.append({"input_dropout": 0.5})
    return found


def _widths(size: int) -> tuple[int, ...]:
    """(), (8,), (16,), (32, 16), (64, 32), (128, 64, 32) ..."""
    if not size:
        return ()
    layers, widest = 1 + (size - 1) // 2, _LEAST_UNITS << (size - 1)
    return tuple(widest >> layer for layer in range(layers))


def _most_blocks(features: Mapping[str, Feature]) -> int:
    """Each halves the sides; of the last one at least 2 pixels are left."""
    sides = (min(one.height, one.width) for one in features.values() if isinstance(one, Image))
    return max(1, int(math.log2(min(sides, default=2))) - 1)

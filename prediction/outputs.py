"""From a model's outputs to its answers: however a model was called, they are read and checked here.

Outputs are what the ``predict`` signature gives for N rows, by name:

- a classification: ``class`` (bytes, [N]), ``confidence`` (float, [N]) and ``probabilities`` (float, [N, classes]);
- labels: ``classes`` (bytes, [N], each the JSON array of their names) and ``probabilities`` (float, [N, classes]);
- a regression: ``value`` (float, [N]), and where it has an interval ``low`` and ``high`` (float, [N]);
- a forecast: ``values`` (float, [N, horizon]);
- several tasks: the outputs of each, by ``<label>.<output>``.

Each is an array of numpy, or a list of all its elements in row-major order, as a tensor of the wire has them. Importing this
module loads no numpy.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

from prediction.answer import (
    Answer,
    ClassAnswer,
    ClassesAnswer,
    ForecastAnswer,
    NotFiniteError,
    Outputs,
    SeveralAnswer,
    ValueAnswer,
    ValueInterval,
)
from schemas.errors import shown
from schemas.model_card import ModelCard
from schemas.tasks import CLASS, CLASSES, SEVERAL, VALUE, VALUES
from schemas.tasks.several import of_label, with_label

Columns = Mapping[str, list[Any]]
_INTERVAL = ("value", "low", "high")
_OUTPUTS = {
    CLASS: ("class", "confidence", "probabilities"),
    CLASSES: ("classes", "probabilities"),
    VALUE: ("value",),
    VALUES: ("values",),
}
_TEXTS = ("class", "classes")


def outputs_of(card: ModelCard) -> tuple[str, ...]:
    """The outputs that an answer is made from."""
    if card.kind == SEVERAL:
        return tuple(with_label(part.label, name) for part in card.parts() for name in outputs_of(part))
    return _INTERVAL if card.kind == VALUE and card.share is not None else _OUTPUTS[card.kind]


def answers(card: ModelCard, outputs: Outputs) -> list[Answer]:
    """One answer for each row.

    Raises:
      ValueError: outputs that are not those of the card.
      NotFiniteError: the first number that is infinite or NaN.
    """
    columns = {name: _elements(name, outputs) for name in outputs_of(card)}
    check_finite(card, columns)
    if card.kind != SEVERAL:
        return _READERS[card.kind](card, columns)
    found = {part.label: _READERS[part.kind](part, of_label(part.label, columns)) for part in card.parts()}
    if len({len(rows) for rows in found.values()}) > 1:
        counts = ", ".join(f"{len(rows)} of {label}" for label, rows in found.items())
        raise ValueError(f"{counts}: as many answers of each are expected")
    return [SeveralAnswer(dict(zip(found, row, strict=True))) for row in zip(*found.values(), strict=True)]


def _classified(card: ModelCard, columns: Columns) -> list[Answer]:
    shares = _by_class(card, columns, len(columns["class"]))
    rows = zip(columns["class"], columns["confidence"], shares, strict=True)
    return [ClassAnswer(name.decode(), confidence, share) for name, confidence, share in rows]


def _labelled(card: ModelCard, columns: Columns) -> list[Answer]:
    shares = _by_class(card, columns, len(columns["classes"]))
    rows = zip(columns["classes"], shares, strict=True)
    return [ClassesAnswer(_names(text), share) for text, share in rows]


def _names(text: bytes) -> tuple[str, ...]:
    names = json.loads(text)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"the output 'classes' has {shown(text)}")
    return tuple(names)


def _by_class(card: ModelCard, columns: Columns, count: int) -> list[dict[str, float]]:
    """Each row's probability by class."""
    classes = card.classes or []
    width, shares = len(classes), columns["probabilities"]
    if len(shares) != count * width:
        raise ValueError(f"{len(shares)} probabilities of {count} rows and {width} classes")
    return [dict(zip(classes, shares[row * width : (row + 1) * width], strict=True)) for row in range(count)]


def _values(card: ModelCard, columns: Columns) -> list[Answer]:
    if card.share is None:
        return [ValueAnswer(value) for value in columns["value"]]
    lengths = {len(columns[name]) for name in _INTERVAL}
    if len(lengths) > 1:
        raise ValueError(
            f"{' and '.join(map(str, sorted(lengths)))} elements of {', '.join(_INTERVAL)}; as many are expected"
        )
    rows = zip(*(columns[name] for name in _INTERVAL), strict=True)
    return [ValueAnswer(value, ValueInterval(low, high, card.share)) for value, low, high in rows]


def _forecasts(card: ModelCard, columns: Columns) -> list[Answer]:
    horizon, values = card.horizon or 1, columns["values"]
    if len(values) % horizon:
        raise ValueError(f"{len(values)} values; {horizon} for each row are expected")
    return [ForecastAnswer(tuple(values[first : first + horizon])) for first in range(0, len(values), horizon)]


_READERS = {CLASS: _classified, CLASSES: _labelled, VALUE: _values, VALUES: _forecasts}


def _elements(name: str, outputs: Outputs) -> list[Any]:
    """An output's elements in row-major order: bytes of a text, else numbers. Raises ValueError for anything else."""
    if name not in outputs:
        raise ValueError(f"there is no output {name!r}")
    found = outputs[name]
    elements: list[Any] = found.reshape(-1).tolist() if hasattr(found, "dtype") else list(found)
    # The first one stands for all: a tensor has one type.
    if any(isinstance(element, bytes) != _is_text(name) for element in elements[:1]):
        raise ValueError(f"the output {name!r} has {shown(elements[0])}")
    return elements


def _is_text(name: str) -> bool:
    return _unlabelled(name) in _TEXTS


def _unlabelled(name: str) -> str:
    """An output's name without the label of one of several tasks, which may have dots itself."""
    return name.rpartition(".")[2]


def check_finite(card: ModelCard, outputs: Outputs) -> None:
    """Raises NotFiniteError for the first number, output after output, that is infinite or NaN."""
    rows = _rows(card, outputs)
    for name, numbers in outputs.items():
        if _is_text(name):
            continue
        found = _first_not_finite(numbers)
        if found is not None:
            index, value, size = found
            # Probabilities have several numbers a row, the other outputs one; no rows at all must not divide by 0.
            raise NotFiniteError(card, index // max(size // max(rows, 1), 1), rows, name, value)


def _rows(card: ModelCard, outputs: Outputs) -> int:
    if card.kind == VALUES:
        found = outputs["values"]
        return int(found.size if hasattr(found, "dtype") else len(found)) // (card.horizon or 1)
    # Of the others, each task has an output of one element a row.
    return len(next(outputs[name] for name in outputs if _unlabelled(name) in (*_TEXTS, "value")))


def _first_not_finite(numbers: Any) -> tuple[int, float, int] | None:
    """Index in row-major order and value of the first number that is not finite, and how many numbers there are."""
    if not hasattr(numbers, "dtype"):  # a list, as the wire gives it: nobody has loaded numpy yet, and nobody must
        if all(map(math.isfinite, numbers)):
            return None
        index, value = next(item for item in enumerate(numbers) if not math.isfinite(item[1]))
        return index, value, len(numbers)
    import numpy as np

    flat = numbers.reshape(-1)
    bad = np.flatnonzero(~np.isfinite(flat))
    return (int(bad[0]), float(flat[bad[0]]), flat.size) if bad.size else None

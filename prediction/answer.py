"""From a model's outputs to its answers: however a model was called, they are read and checked here.

Outputs are what the ``predict`` signature gives for N rows, by name. Classification: ``class`` (bytes, [N]), ``confidence``
(float, [N]) and ``probabilities`` (float, [N, classes]). Regression: ``value`` (float, [N]), and where it has an interval
``low`` and ``high`` (float, [N]). Forecast: ``values`` (float, [N, horizon]). Each is an array of numpy, or a list of all its
elements in row-major order, as a tensor of the wire has them. Importing this module loads no numpy: the gateway and the
clients read their answers here too.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.errors import InputError, shown
from schemas.model_card import ModelCard
from schemas.records import AnswerJson

Outputs = Mapping[str, Any]
_CLASSIFICATION = ("class", "confidence", "probabilities")
_REGRESSION = ("value",)
_INTERVAL = ("value", "low", "high")
_FORECAST = ("values",)


class UnansweredError(InputError):
    """A model has no answer to an input, and the cause is this input: others may be answered."""


class UnreadableInputError(UnansweredError):
    """The model cannot read an input that has the right form, such as a picture that ends early.

    Attributes:
      reason: TensorFlow's, one line.
    """

    def __init__(self, card: ModelCard, reason: str) -> None:
        super().__init__(f"{card.name}: the model cannot read the input: {reason}")
        self.reason = reason


class NotFiniteError(UnansweredError):
    """A number of an answer is infinite or NaN: JSON has neither, and neither is an answer.

    Attributes:
      row: whose answer it is, counted from 0.
      output: the number's output: ``value``, ``low``, ``high``, ``confidence`` or ``probabilities``.
      value: the number.
    """

    def __init__(self, card: ModelCard, row: int, rows: int, output: str, value: float) -> None:
        which = f", input {row + 1}" if rows > 1 else ""
        super().__init__(
            f"{card.name} {card.version}{which}: the answer's {output} is {value}, which is not finite; "
            "are the input's numbers like those of the training data? if so, take another version"
        )
        self.row = row
        self.output = output
        self.value = value


@dataclass(frozen=True, slots=True)
class ClassAnswer:
    """A classification's answer to one row.

    Attributes:
      class_: the most probable class.
      confidence: its probability, 0 to 1.
      probabilities: probability by class, in the order of the card; empty where they were not requested of a server.
    """

    class_: str
    confidence: float
    probabilities: Mapping[str, float] = field(default_factory=dict)

    def most_probable(self, count: int) -> dict[str, float]:
        """The probabilities of the ``count`` most probable classes, the most probable first."""
        return dict(sorted(self.probabilities.items(), key=lambda item: -item[1])[:count])

    def as_json(self, *, probabilities: bool = True) -> AnswerJson:
        """``{"class", "confidence"}``, and ``"probabilities"`` where they are requested and known."""
        document: AnswerJson = {"class": self.class_, "confidence": self.confidence}
        if probabilities and self.probabilities:
            document["probabilities"] = dict(self.probabilities)
        return document


@dataclass(frozen=True, slots=True)
class ValueInterval:
    """Where a regression expects the label.

    Attributes:
      low, high: in the label's own unit; the value lies between.
      share: how many of all labels are to lie in their interval, 0 to 1.
    """

    low: float
    high: float
    share: float


@dataclass(frozen=True, slots=True)
class ValueAnswer:
    """A regression's answer to one row.

    Attributes:
      value: in the label's own unit.
      interval: None for a model without quantiles.
    """

    value: float
    interval: ValueInterval | None = None

    def as_json(self, *, probabilities: bool = True) -> AnswerJson:
        """``{"value"}``, with ``interval`` where there is one; ``probabilities`` is there for the sake of ``ClassAnswer``."""
        if self.interval is None:
            return {"value": self.value}
        low, high, share = self.interval.low, self.interval.high, self.interval.share
        return {"value": self.value, "interval": {"low": low, "high": high, "share": share}}


@dataclass(frozen=True, slots=True)
class ForecastAnswer:
    """A forecast's answer to one row.

    Attributes:
      values: the next ones of the series, the nearest first, in the label's own unit.
    """

    values: tuple[float, ...]

    def as_json(self, *, probabilities: bool = True) -> AnswerJson:
        """``{"values"}``; ``probabilities`` is there for the sake of ``ClassAnswer``."""
        return {"values": list(self.values)}


Answer = ClassAnswer | ValueAnswer | ForecastAnswer


def outputs_of(card: ModelCard) -> tuple[str, ...]:
    """The outputs that an answer is made from."""
    if card.horizon is not None:
        return _FORECAST
    if card.classes is None:
        return _REGRESSION if card.share is None else _INTERVAL
    return _CLASSIFICATION


def answers(card: ModelCard, outputs: Outputs) -> list[Answer]:
    """One answer for each row.

    Raises:
      ValueError: outputs that are not those of the card.
      NotFiniteError: the first number that is infinite or NaN.
    """
    columns = {name: _elements(name, outputs) for name in outputs_of(card)}
    check_finite(card, columns)
    if card.horizon is not None:
        return _forecasts(card.horizon, columns["values"])
    if card.classes is None:
        return _values(card, columns)
    width, count = len(card.classes), len(columns["class"])
    shares = columns["probabilities"]
    if len(shares) != count * width:
        raise ValueError(f"{len(shares)} probabilities of {count} rows and {width} classes")
    return [
        ClassAnswer(
            name.decode(), confidence, dict(zip(card.classes, shares[row * width : (row + 1) * width], strict=True))
        )
        for row, (name, confidence) in enumerate(zip(columns["class"], columns["confidence"], strict=True))
    ]


def _values(card: ModelCard, columns: Mapping[str, list[float]]) -> list[Answer]:
    if card.share is None:
        return [ValueAnswer(value) for value in columns["value"]]
    lengths = {len(numbers) for numbers in columns.values()}
    if len(lengths) > 1:
        raise ValueError(
            f"{' and '.join(map(str, sorted(lengths)))} elements of {', '.join(columns)}; as many are expected"
        )
    rows = zip(*(columns[name] for name in _INTERVAL), strict=True)
    return [ValueAnswer(value, ValueInterval(low, high, card.share)) for value, low, high in rows]


def _forecasts(horizon: int, values: list[float]) -> list[Answer]:
    if len(values) % horizon:
        raise ValueError(f"{len(values)} values; {horizon} for each row are expected")
    return [ForecastAnswer(tuple(values[first : first + horizon])) for first in range(0, len(values), horizon)]


def _elements(name: str, outputs: Outputs) -> list[Any]:
    """An output's elements in row-major order: bytes of ``class``, else numbers. Raises ValueError for anything else."""
    if name not in outputs:
        raise ValueError(f"there is no output {name!r}")
    found = outputs[name]
    elements: list[Any] = found.reshape(-1).tolist() if hasattr(found, "dtype") else list(found)
    # The first one stands for all: a tensor has one type.
    if any(isinstance(element, bytes) != (name == "class") for element in elements[:1]):
        raise ValueError(f"the output {name!r} has {shown(elements[0])}")
    return elements


def check_finite(card: ModelCard, outputs: Outputs) -> None:
    """Raises NotFiniteError for the first number, output after output, that is infinite or NaN."""
    rows = _rows(card, outputs)
    for name, numbers in outputs.items():
        if name == "class":
            continue
        found = _first_not_finite(numbers)
        if found is not None:
            index, value, size = found
            # Probabilities have several numbers a row, the other outputs one; no rows at all must not divide by 0.
            raise NotFiniteError(card, index // max(size // max(rows, 1), 1), rows, name, value)


def _rows(card: ModelCard, outputs: Outputs) -> int:
    if card.horizon is not None:
        found = outputs["values"]
        return int(found.size if hasattr(found, "dtype") else len(found)) // card.horizon
    return len(outputs["class" if "class" in outputs else "value"])


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


def from_json(output: Any) -> Answer:
    """An answer as ``as_json`` gives it, and as the gateway sends it.

    Raises:
      ValueError: one of another form, or a number that is missing or not finite.
    """
    if not isinstance(output, Mapping):
        raise ValueError(f"an output is {shown(output)}")
    if "values" in output:
        return ForecastAnswer(_numbers(output["values"]))
    if "value" in output:
        interval = output.get("interval")
        return ValueAnswer(_number(output, "value"), None if interval is None else _interval(interval))
    name, probabilities = output.get("class"), output.get("probabilities", {})
    if not isinstance(name, str) or not isinstance(probabilities, Mapping):
        raise ValueError(f"an output is {shown(output)}")
    return ClassAnswer(name, _number(output, "confidence"), probabilities)


def _interval(interval: Any) -> ValueInterval:
    if not isinstance(interval, Mapping):
        raise ValueError(f"its interval is {shown(interval)}")
    return ValueInterval(*(_number(interval, name) for name in ("low", "high", "share")))


def _numbers(values: Any) -> tuple[float, ...]:
    if not isinstance(values, list):
        raise ValueError(f"its values are {shown(values)}")
    return tuple(_number({"values": value}, "values") for value in values)


def _number(output: Mapping[str, Any], name: str) -> float:
    found = output.get(name)
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        raise ValueError(f"its {name} is {shown(found)}")
    return float(found)

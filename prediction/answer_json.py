"""Answers as JSON has them, read back: those of the gateway, of its log, and of ``Answer.as_json``."""

import math
from collections.abc import Mapping
from typing import Any, cast

from prediction.answer import (
    Answer,
    ClassAnswer,
    ClassesAnswer,
    ForecastAnswer,
    SeveralAnswer,
    ValueAnswer,
    ValueInterval,
)
from schemas.errors import shown
from schemas.records import is_several


def from_json(output: Any) -> Answer:
    """An answer as ``as_json`` gives it, and as the gateway sends it.

    Raises:
      ValueError: one of another form, or a number that is missing or not finite.
    """
    if not isinstance(output, Mapping):
        raise ValueError(f"an output is {shown(output)}")
    if is_several(output):
        return _several(output)
    if "values" in output:
        return ForecastAnswer(_numbers(output["values"]))
    if "value" in output:
        interval = output.get("interval")
        return ValueAnswer(_number(output, "value"), None if interval is None else _interval(interval))
    probabilities = output.get("probabilities", {})
    if not isinstance(probabilities, Mapping):
        raise ValueError(f"an output is {shown(output)}")
    if "classes" in output:
        return ClassesAnswer(_names(output["classes"]), probabilities)
    name = output.get("class")
    if not isinstance(name, str):
        raise ValueError(f"an output is {shown(output)}")
    return ClassAnswer(name, _number(output, "confidence"), probabilities)


def _several(output: Mapping[str, Any]) -> SeveralAnswer:
    answers = {}
    for label, part in output.items():
        answers[label] = from_json(part)
        if isinstance(answers[label], SeveralAnswer | ForecastAnswer):
            raise ValueError(f"the output of {label} is {shown(part)}")
    return SeveralAnswer(cast(Any, answers))


def _names(names: Any) -> tuple[str, ...]:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"its classes are {shown(names)}")
    return tuple(names)


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

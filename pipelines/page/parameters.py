"""What may change between two runs of one compiled pipeline: names, types, defaults, and KEY=VALUE texts; light to import.

Kubeflow hands every value over as a text: whole numbers and flags come as ``100``, ``100.0``, ``1e+06``, ``true`` or ``True``,
lists as JSON.
"""

import dataclasses
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar, get_origin, get_type_hints

from pipelines.page.resolution import with_included, with_settings
from pipelines.spec import Pipeline
from schemas.errors import InputError, shown

T = TypeVar("T")
_FLAGS = {"true": True, "false": False}
_ALLOWED: dict[type, str] = {
    int: "a whole number of at least 0",
    float: "a number of at least 0",
    bool: "true or false",
    list: 'a JSON list of strings, such as ["epochs=2"]',
}


def _described(default: T, description: str) -> T:
    return field(default=default, metadata={"description": description})


@dataclass(frozen=True)
class Parameters:
    """The parameters of one run. All tasks of a run are given the same ones, as each builds the same pipeline from them."""

    limit: int = _described(0, "Take only the first N examples; 0 for all.")
    span: int = _described(0, "The span of the data, read from the folder span-N; 0 is the dataset's own folder.")
    data: str = _described("", "Another root of the data, with a folder for each dataset; empty for SLIPWAY_DATA.")
    epochs: int = _described(0, "The most rounds of training; 0 for what the page says.")
    learning_rate: float = _described(0.0, "Adam's learning rate; 0 for what the page says.")
    settings: tuple[str, ...] = _described((), "KEY=VALUE settings of model, training and splits, as run's --set.")
    include: tuple[str, ...] = _described((), "Features to take in that the page leaves out, as run's --include.")
    accept_drift: bool = _described(False, "Train on data that differs from that of the last pushed model.")
    cache: bool = _described(True, "Reuse finished steps of earlier runs.")


@dataclass(frozen=True)
class Parameter:
    """A line of the table.

    Attributes:
      name: the KEY of KEY=VALUE.
      type: int, float, bool, str or list (of strings).
      default: a value of that type.
      description: one sentence.
    """

    name: str
    type: type
    default: Any
    description: str


def _table() -> tuple[Parameter, ...]:
    hints = get_type_hints(Parameters)
    return tuple(
        Parameter(
            entry.name,
            list if get_origin(hints[entry.name]) is tuple else hints[entry.name],
            list(entry.default) if isinstance(entry.default, tuple) else entry.default,
            entry.metadata["description"],
        )
        for entry in dataclasses.fields(Parameters)
    )


TABLE = _table()


def parse(assignments: Iterable[str]) -> Parameters:
    """KEY=VALUE texts as Parameters; of a key that is given twice the last one counts.

    Raises:
      InputError: not KEY=VALUE, an unknown key, or a value that does not fit.
    """
    known = {parameter.name: parameter for parameter in TABLE}
    values = {}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals or key not in known:
            raise InputError(f"--param {shown(assignment)}: KEY=VALUE is expected, KEY one of {', '.join(known)}")
        values[key] = _value(known[key], text)
    return Parameters(**values)


def text_of(value: Any) -> str:
    """A parameter's value as ``parse`` takes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(list(value)) if isinstance(value, list | tuple) else str(value)


def applied(pipeline: Pipeline, parameters: Parameters) -> Pipeline:
    """The page with the parameters that change it taken in: epochs, learning_rate, settings and include.

    Raises:
      InputError: a setting or a feature that the page does not have, or a setting that is given in two ways.
      SpecError: a value that is not allowed.
    """
    given = {name: getattr(parameters, name) for name in ("epochs", "learning_rate") if getattr(parameters, name)}
    for setting in parameters.settings:
        key = setting.partition("=")[0]
        if key in given:
            raise InputError(
                f"{key} is given twice, as --param {key}={given[key]} and in --param settings ({setting!r}); give one of them"
            )
    settings = [*parameters.settings, *(f"{name}={value!r}" for name, value in given.items())]
    return with_settings(with_included(pipeline, list(parameters.include)), settings)


def _value(parameter: Parameter, text: str) -> Any:
    try:
        if parameter.type is list:
            return _strings(text)
        if parameter.type is bool:
            return _FLAGS[text.lower()]
        if parameter.type in (int, float):
            return _number(text, parameter.type)
    except (ValueError, KeyError, OverflowError, RecursionError):
        raise InputError(
            f"--param {parameter.name}: received {shown(text)}; {_ALLOWED[parameter.type]} is expected"
        ) from None
    return text


def _number(text: str, kind: type) -> Any:
    number = int(text) if kind is int and text.isdecimal() else float(text)
    whole = kind is float or float(number).is_integer()
    if not math.isfinite(number) or number < 0 or not whole:
        raise ValueError(text)
    return kind(number)


def _strings(text: str) -> tuple[str, ...]:
    values = json.loads(text)
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError(text)
    return tuple(values)

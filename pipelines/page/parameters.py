"""What may change between two runs of one compiled pipeline: names, types, defaults, and KEY=VALUE texts; light to import.

Kubeflow hands every value over as a text: whole numbers and flags come as ``100``, ``100.0``, ``1e+06``, ``true`` or ``True``,
lists as JSON.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pipelines.page.resolution import with_included, with_settings
from pipelines.spec import Pipeline
from schemas.errors import InputError, shown
from schemas.settings import Setting, by_name, of, setting


@dataclass(frozen=True)
class Parameters:
    """The parameters of one run. All tasks of a run are given the same ones, as each builds the same pipeline from them."""

    limit: int = setting(0, "Take only the first N examples; 0 for all.", low=0)
    span: int = setting(0, "The span of the data, read from the folder span-N; 0 is the dataset's own folder.", low=0)
    window: int = setting(1, "How many spans are read together: span and those before it.", low=1)
    data: str = setting("", "Another root of the data, with a folder for each dataset; empty for SLIPWAY_DATA.")
    epochs: int = setting(0, "The most rounds of training; 0 for what the page says.", low=0)
    learning_rate: float = setting(0.0, "The optimizer's learning rate; 0 for what the page says.", low=0)
    settings: tuple[str, ...] = setting(
        (), "KEY=VALUE settings of model, training and splits, as run's --set.", as_json=True
    )
    include: tuple[str, ...] = setting(
        (), "Features to take in that the page leaves out, as run's --include.", as_json=True
    )
    accept_drift: bool = setting(False, "Train on data that differs from that of the last pushed model.")
    cache: bool = setting(True, "Reuse finished steps of earlier runs.")


TABLE = of(Parameters)


def parse(assignments: Iterable[str]) -> Parameters:
    """KEY=VALUE texts as Parameters; of a key that is given twice the last one counts.

    Raises:
      InputError: not KEY=VALUE, an unknown key, or a value that does not fit.
    """
    known = by_name(Parameters)
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
    # KFP has lists as JSON; Python's own text would not be read again.
    return json.dumps(list(value)) if isinstance(value, list | tuple) else str(value)


def applied(pipeline: Pipeline, parameters: Parameters) -> Pipeline:
    """The page with the parameters that change it taken in: epochs, learning_rate, settings and include.

    Raises:
      InputError: a setting or a feature that the page does not have, or a setting that is given in two ways.
      SpecError: a value that is not allowed.
    """
    given = {name: getattr(parameters, name) for name in ("epochs", "learning_rate") if getattr(parameters, name)}
    for assignment in parameters.settings:
        key = assignment.partition("=")[0]
        if key in given:
            raise InputError(
                f"{key} is given twice, as --param {key}={given[key]} and in --param settings ({assignment!r}); "
                "give one of them"
            )
    # One way in: epochs and learning_rate are settings, with the checks of --set.
    settings = [*parameters.settings, *(f"{name}={value!r}" for name, value in given.items())]
    return with_settings(with_included(pipeline, list(parameters.include)), settings)


def _value(parameter: Setting, text: str) -> Any:
    try:
        value = parameter.read(text)
    except ValueError:
        raise _refused(parameter, text) from None
    # Settings of --set are checked with their page; only the bounds of numbers are known here.
    if parameter.type in (int, float) and any(parameter.problems(value)):
        raise _refused(parameter, text)
    return value


def _refused(parameter: Setting, text: str) -> InputError:
    return InputError(f"--param {parameter.name}: received {shown(text)}; {parameter.allowed} is expected")

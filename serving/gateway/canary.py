"""Weights and labels of versions, from a TOML file::

[models.titanic.weights]
"1.0.0" = 90
"1.1.0" = 10

[models.titanic.labels]
stable = "1.0.0"
"""

import math
import random
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schemas.errors import InputError, shown

_VERSION = re.compile(r"\d+\.\d+\.\d+")


@dataclass(frozen=True)
class Routing:
    """How the requests to one model are shared among its versions.

    Attributes:
      weights: share of requests by semantic version, in any unit; empty where all go to the newest.
      labels: semantic version by label.
    """

    weights: dict[str, float] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)

    def choose(self, available: Collection[str], point: float | None = None) -> str | None:
        """A version by weight, of those that are available; None if none of them has a weight.

        Args:
          point: where on the scale, 0 to below 1; random without it.
        """
        weights = {version: weight for version, weight in self.weights.items() if version in available and weight}
        if not weights:
            return None
        left = (random.random() if point is None else point) * sum(weights.values())
        for version, weight in weights.items():
            left -= weight
            if left < 0:
                return version
        # Rounding can leave a rest of 0 or slightly more after the last weight.
        return version


def load(path: Path) -> dict[str, Routing]:
    """The file's routings by model name.

    Raises:
      InputError: a file that cannot be read or is not TOML, or an entry that is not allowed; it names file and entry.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read the configuration {path}: {error}") from error
    _only(path, "the file", document, {"models"})
    models = _table(path, "models", document.get("models", {}))
    return {name: _routing(path, name, _table(path, f"models.{name}", entry)) for name, entry in models.items()}


def _routing(path: Path, name: str, entry: dict[str, Any]) -> Routing:
    where = f"models.{name}"
    _only(path, where, entry, {"weights", "labels"})
    weights = _table(path, f"{where}.weights", entry.get("weights", {}))
    labels = _table(path, f"{where}.labels", entry.get("labels", {}))
    for version, weight in weights.items():
        _version(path, f"{where}.weights", version)
        # bool is a subclass of int; TOML also has inf and nan, which the comparison refuses.
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < math.inf:
            _refuse(path, f"{where}.weights.{version}", weight, "a number of at least 0")
    # All weights 0 would leave no version to choose, and every request without an answer.
    if weights and not sum(weights.values()):
        _refuse(path, f"{where}.weights", weights, "at least one weight above 0")
    for label, version in labels.items():
        _version(path, f"{where}.labels.{label}", version)
    return Routing({version: float(weight) for version, weight in weights.items()}, labels)


def _version(path: Path, where: str, value: Any) -> None:
    # A version without quotes, such as 1.0, is a float in TOML.
    if not isinstance(value, str) or not _VERSION.fullmatch(value):
        _refuse(path, where, value, 'a version in quotes, such as "1.0.0"')


def _table(path: Path, where: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        _refuse(path, where, value, "a table")
    table: dict[str, Any] = value
    return table


def _only(path: Path, where: str, found: Mapping[str, Any], allowed: set[str]) -> None:
    for name in found:
        if name not in allowed:
            _refuse(path, where, name, f"only {', '.join(sorted(allowed))}")


def _refuse(path: Path, where: str, value: object, allowed: str) -> None:
    raise InputError(f"{path}, {where}: received {shown(value)}; {allowed} is expected")

"""The search space of a page: what each of its settings may be tuned to.

- A text or a flag: each of its choices.
- A number that is tried by its order of magnitude: from a tenth of the page's value to ten times; from 1e-6 to 1e-2 where that
  is 0.
- Any other number: the whole range that its rule allows.
- The widths of a model: the sizes of the workflow (pipelines.experiments.sizes).

All within the setting's own rule. Not tuned are the settings that say how long and on what a model is trained, and those that
have neither a range nor choices.
"""

import dataclasses
import math
from collections.abc import Iterator, Sequence
from typing import Any

from pipelines.experiments import sizes
from pipelines.spec import Pipeline
from schemas import settings
from schemas.errors import InputError
from schemas.models import Convolutional, NGrams, Tabular
from schemas.search_space import Parameter
from schemas.settings import Setting

USUAL = ("learning_rate", "dropout", "l2", "batch_norm", "hidden", "filters", "width", "embedding")
_NOT = (
    "seed",
    "ensemble",
    "workers",
    "precision",
    "xla",
    "patience",
    "steps_per_epoch",
    "epochs",
    "memory",
    "loss",
    "focal_gamma",
    "build",
)
_WIDER = 10
_LEAST, _MOST = 1e-6, 1e-2  # of a penalty that is off
_SIZES = range(7)


def of_page(page: Pipeline, only: Sequence[str] = ()) -> tuple[Parameter, ...]:
    """The parameters of a page.

    Args:
      only: which settings; () for those of ``USUAL`` that the page's model and training have.

    Raises:
      InputError: a setting that is not there, or that has no range.
    """
    known = {parameter.name: parameter for parameter in _all(page)}
    for name in only:
        if name not in known:
            raise InputError(f"--only {name!r}: no setting that can be tuned; these can: {', '.join(sorted(known))}")
    return tuple(known[name] for name in only or USUAL if name in known)


def _all(page: Pipeline) -> Iterator[Parameter]:
    for part in (page.model, page.training):
        kind: type = type(part)
        for one in settings.of(kind):
            if one.name not in (*_NOT, *page.model.idle(page.features)):
                found = _of_setting(page, one, getattr(part, one.name))
                yield from (parameter for parameter in found if _suits(page, parameter))


def _suits(page: Pipeline, parameter: Parameter) -> bool:
    """Whether the task has a use for it: a regression has no labels to smooth."""
    if not hasattr(page.training, parameter.name) or parameter.high is None:
        return True
    highest: dict[str, Any] = {parameter.name: parameter.high}
    return not list(dataclasses.replace(page.training, **highest).unsuited(page.task))


def _of_setting(page: Pipeline, one: Setting, value: object) -> Iterator[Parameter]:
    rule, name = one.rule, one.name
    if one.type is list:
        if isinstance(page.model, Tabular | NGrams | Convolutional):
            models = (sizes.of_size(page.model, size, page.features) for size in _SIZES)
            yield Parameter(name, choices=tuple(dict.fromkeys(one.write(getattr(model, name)) for model in models)))
    elif one.type is bool:
        yield Parameter(name, choices=("false", "true"))
    elif rule.choices:
        yield Parameter(name, choices=rule.choices)
    elif rule.logarithmic:
        assert isinstance(value, int | float)
        low, high = (value / _WIDER, value * _WIDER) if value else (_LEAST, _MOST)
        low, high = max(low, rule.low), min(high, rule.high)
        whole = one.type is int
        yield Parameter(name, math.ceil(low) if whole else low, math.floor(high) if whole else high, whole, True)
    elif math.isfinite(rule.low) and math.isfinite(rule.high):
        yield Parameter(name, rule.low, rule.high, one.type is int)

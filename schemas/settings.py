"""Settings that describe themselves: type, range, choices and help stand in a dataclass field's metadata.

From these follow the checks (``problems``), the values of KEY=VALUE texts (``Setting.read``), the parameters of a compiled
pipeline, the options of commands, and the tables of the documentation (``table``).
"""

import dataclasses
import functools
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_origin, get_type_hints

from schemas import problems as checks
from schemas.problems import Problem

_KEY = "setting"
_FLAGS = {"true": True, "false": False}
_LISTS = {int: "whole numbers with commas between", str: "names with commas between"}


@dataclass(frozen=True)
class Rule:
    """What may stand in a field, and what it is for.

    Attributes:
      help: one sentence or two, with units.
      low, high: the bounds of a number, both included.
      choices: the only values of a text.
      at_least: the least items of a list.
      pattern, form: a regular expression that a text matches whole, and how an error names it.
      logarithmic: whether values are tried by their order of magnitude, as a tuner does with a learning rate.
      as_json: whether a list is written as JSON, as its items may hold commas.
      metavar: how a command's help names the value.
      variable: the environment variable that a command reads where the option is not given.
    """

    help: str
    low: float = -math.inf
    high: float = math.inf
    choices: tuple[str, ...] = ()
    at_least: int = 0
    pattern: str = ""
    form: str = ""
    logarithmic: bool = False
    as_json: bool = False
    metavar: str = ""
    variable: str = ""


def setting(default: Any, help: str, **rule: Any) -> Any:
    """A dataclass field with a ``Rule``; ``dataclasses.MISSING`` for one without a default."""
    return dataclasses.field(default=default, metadata={_KEY: Rule(help, **rule)})


def inherited(owner: type, name: str, default: Any) -> Any:
    """The field of a base class again, with another default."""
    # A dataclass that declares a field again replaces it whole: without this its rule would be lost.
    (field,) = (field for field in dataclasses.fields(owner) if field.name == name)
    return dataclasses.field(default=default, metadata=field.metadata)


@dataclass(frozen=True)
class Setting:
    """A field with its rule.

    Attributes:
      name: the field, and the KEY of KEY=VALUE.
      type: int, float, bool, str or Path (or None), or list for a tuple.
      item: of a list, int or str.
      default: ``dataclasses.MISSING`` where there is none.
      rule: what is allowed.
    """

    name: str
    type: Any
    item: Any
    default: Any
    rule: Rule

    @property
    def form(self) -> str:
        """How a text for ``read`` is written, as the end of "... is expected"."""
        if self.type is bool:
            return "true or false"
        if self.type is list:
            return 'a JSON list of strings, such as ["epochs=2"]' if self.rule.as_json else _LISTS[self.item or str]
        return f"a value of type {self.type.__name__}"

    @property
    def allowed(self) -> str:
        """The range or the choices in words, as the end of "... is expected"."""
        rule = self.rule
        if self.type in (int, float):
            return checks.number_within(rule.low, rule.high, whole=self.type is int)
        return checks.one_of_these(rule.choices) if rule.choices else rule.form or self.form

    def problems(self, value: object) -> Iterator[Problem]:
        """What is wrong with a value of this setting."""
        rule = self.rule
        if rule.choices:
            yield from checks.one_of(self.name, value, rule.choices)
        elif self.type is bool:
            yield from checks.flag(self.name, value)
        elif self.type in (int, float):
            yield from checks.number(self.name, value, rule.low, rule.high, whole=self.type is int)
        elif self.type is list and self.item is int:
            yield from checks.sizes(self.name, value, rule.at_least)
        elif self.type is list:
            yield from checks.strings(self.name, value, rule.at_least)
        elif rule.pattern and not re.fullmatch(rule.pattern, str(value)):
            yield Problem(self.name, value, rule.form)

    def read(self, text: str) -> Any:
        """A text as a value of the setting's type; ``problems`` checks whether it is within the range.

        Whole numbers may come as ``100.0`` or ``1e+06``, as Kubeflow writes them. Raises ValueError.
        """
        if self.type is list:
            return self._items(text)
        if self.type is bool:
            if text.lower() not in _FLAGS:
                raise ValueError(text)
            return _FLAGS[text.lower()]
        return _whole(text) if self.type is int else self.type(text)

    def write(self, value: Any) -> str:
        """The inverse of ``read``."""
        if self.type is list:
            return json.dumps(list(value)) if self.rule.as_json else ",".join(map(str, value))
        if self.type is bool:
            return str(value).lower()
        return str(value)

    def _items(self, text: str) -> tuple[Any, ...]:
        if self.rule.as_json:
            # Text nested too deeply is a mistake of the user's as any other text that is no list.
            try:
                values = json.loads(text)
            except RecursionError as error:
                raise ValueError(text[:100]) from error
            if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
                raise ValueError(text)
            return tuple(values)
        return tuple((self.item or str)(item.strip()) for item in text.split(",") if item.strip())


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        number = float(text)  # Kubeflow writes an integer parameter as a double
        if not number.is_integer():
            raise
        return int(number)


@functools.cache
def of(owner: type) -> tuple[Setting, ...]:
    """The settings of a dataclass, in the order of its fields; fields without a rule are not among them."""
    hints = get_type_hints(owner)
    return tuple(_setting(field, hints[field.name]) for field in dataclasses.fields(owner) if _KEY in field.metadata)


def by_name(owner: type) -> Mapping[str, Setting]:
    """The settings of a dataclass by their names, in the order of its fields."""
    return {found.name: found for found in of(owner)}


def _setting(field: Any, kind: Any) -> Setting:
    is_list = get_origin(kind) is tuple  # tuple[int, ...] in a frozen dataclass; a list to whoever writes one
    return Setting(
        field.name,
        list if is_list else kind,
        get_args(kind)[0] if is_list else None,
        field.default,
        field.metadata[_KEY],
    )


def problems(part: Any) -> Iterator[Problem]:
    """What is wrong with the settings of a dataclass's instance, in the order of its fields."""
    kind: type = type(part)
    for one in of(kind):
        yield from one.problems(getattr(part, one.name))


def describe(owner: type) -> list[dict[str, Any]]:
    """The settings as JSON values, for forms and for a tuner.

    Returns:
      Of each ``name``, ``type`` (``int``, ``float``, ``bool``, ``str``, ``list[int]`` or ``list[str]``), ``default`` and
      ``help``, and ``low``, ``high``, ``choices`` and ``logarithmic`` where there are any.
    """
    return [_described(one) for one in of(owner)]


def _described(one: Setting) -> dict[str, Any]:
    rule = one.rule
    kind = f"list[{one.item.__name__}]" if one.item else one.type.__name__
    default = {} if one.default is dataclasses.MISSING else {"default": one.default}
    bounds = {name: value for name, value in (("low", rule.low), ("high", rule.high)) if math.isfinite(value)}
    more = ({"choices": rule.choices} if rule.choices else {}) | ({"logarithmic": True} if rule.logarithmic else {})
    return {"name": one.name, "type": kind, **default, "help": rule.help, **bounds, **more}


def table(owner: type) -> str:
    """The settings as a table in Markdown."""
    rows = [f"| `{one.name}` | {_default(one)} | {_cell(one.allowed)} | {_cell(one.rule.help)} |" for one in of(owner)]
    return "\n".join(["| setting | default | allowed | what it does |", "|---|---|---|---|", *rows])


def _default(one: Setting) -> str:
    return "" if one.default is dataclasses.MISSING else f"`{one.default!r}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")

"""Commands whose options are the fields of a settings dataclass: type, default, range and help stand there alone."""

import dataclasses
import math
from functools import cached_property
from pkgutil import resolve_name
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import typer
from typer.core import TyperCommand

from schemas import settings
from schemas.settings import Setting

T = TypeVar("T")
_GIVEN = "slipway.settings"
_AFTER = ("as_json", "debug")  # these two end the list of a command's options
_COLLECTIONS = (tuple, frozenset)


def command_of(where: str, *, checks_itself: bool = False) -> type[TyperCommand]:
    """The class of a command, for ``app.command(cls=...)``: the command function's own parameters, and an option for each
    setting of a dataclass that is not one of them. ``given`` then reads them.

    Args:
      where: ``module:Class`` of the dataclass, which is imported when the command is looked into.
      checks_itself: whether the dataclass refuses a number out of its range in its own words; otherwise typer does.
    """

    # The options are made when they are first read: making all of them would load every command's settings, serving's
    # among them, for `slipway list`. click sets ``params`` in its constructor; they are kept as the command's own.
    class SettingsCommand(TyperCommand):
        _own: list[Any]

        @property
        def params(self) -> list[Any]:
            return self._all

        @params.setter
        def params(self, params: list[Any]) -> None:
            self._own = params

        @cached_property
        def _made(self) -> list[Any]:
            own = {one.name for one in self._own}
            return [one for one in _options(resolve_name(where), not checks_itself) if one.name not in own]

        @cached_property
        def _all(self) -> list[Any]:
            at = next((place for place, one in enumerate(self._own) if one.name in _AFTER), len(self._own))
            return [*self._own[:at], *self._made, *self._own[at:]]

        def invoke(self, context: Any) -> Any:
            # Taken out: the command's function has no parameters for them.
            context.meta[_GIVEN] = {one.name: context.params.pop(one.name) for one in self._made}
            return super().invoke(context)

    return SettingsCommand


def given(context: typer.Context, kind: type[T], **own: Any) -> T:
    """The settings that a command of ``command_of`` was called with.

    Args:
      own: the other fields, which the command itself fills.

    Raises:
      InputError: they are refused.
    """
    values = dict(context.meta[_GIVEN])
    for name, hint in get_type_hints(kind).items():
        collection = get_origin(hint)
        if name in values and collection in _COLLECTIONS:  # typer gives lists, and None for an option that is not given
            values[name] = collection(values[name] or ())
    return kind(**values, **own)


def _options(kind: type, with_ranges: bool) -> list[Any]:
    """The options as typer makes them, of a dataclass whose fields it can read."""
    hints = get_type_hints(kind)
    fields = [(one.name, *_declared(one, hints[one.name], with_ranges)) for one in settings.of(kind)]
    # typer reads the parameters of a function; those of a dataclass's constructor are as good, and can be made here.
    app = typer.Typer(add_completion=False)
    app.command()(dataclasses.make_dataclass("Form", fields, kw_only=True))
    return list(typer.main.get_command(app).params)


def _declared(one: Setting, kind: Any, with_ranges: bool) -> tuple[Any, Any]:
    """The annotation and the default of a setting as a parameter of a command."""
    default, names = one.default, []
    if get_origin(kind) in _COLLECTIONS:
        kind, default = list[get_args(kind)[0]] | None, default or None  # type: ignore[misc]
    elif kind is bool and not default:  # else typer adds --no-NAME
        names = [f"--{one.name.replace('_', '-')}"]
    rule = one.rule
    low, high = (bound if with_ranges and math.isfinite(bound) else None for bound in (rule.low, rule.high))
    option = typer.Option(
        *names, help=rule.help, metavar=rule.metavar or None, envvar=rule.variable or None, min=low, max=high
    )
    return Annotated[kind, option], dataclasses.field(default=default)

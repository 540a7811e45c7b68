"""A command takes an option for each field of its settings, and gets them as the dataclass."""

import dataclasses
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer.testing import CliRunner, Result

from cli.settings_options import command_of, given
from schemas.settings import setting


@dataclasses.dataclass(frozen=True, kw_only=True)
class Oven:
    """Has a field of each kind."""

    dish: str = setting(dataclasses.MISSING, "What is in it.")
    degrees: int = setting(180, "How hot it is.", low=50, high=250)
    hours: float = setting(1.5, "How long.", metavar="HOURS")
    shelf: Path | None = setting(None, "Where it stands.", variable="OVEN_SHELF")
    spice: tuple[str, ...] = setting((), "May be repeated.")
    guests: frozenset[str] = setting(frozenset(), "May be repeated.")
    lit: bool = setting(True, "Whether one can look in.")
    fan_on: bool = setting(False, "Whether air moves.")
    serial: str = "A1"


baked: list[Oven] = []


def bake(
    context: typer.Context,
    degrees: Annotated[int | None, typer.Option(help="The command's own.")] = None,
    debug: bool = False,
) -> None:
    baked.append(given(context, Oven, degrees=degrees or 99))


def cook(context: typer.Context, debug: bool = False) -> None:
    baked.append(given(context, Oven))


def run(command: Any, *arguments: str, **variables: str) -> Result:
    app = typer.Typer(rich_markup_mode=None)
    app.command(cls=command_of(f"{__name__}:Oven"))(command)
    baked.clear()
    return CliRunner().invoke(app, arguments, env=variables)


def test_without_options_the_defaults_are_those_of_the_dataclass() -> None:
    assert run(cook, "--dish", "pie").exit_code == 0
    assert baked == [Oven(dish="pie")]


def test_every_option_reaches_its_field() -> None:
    done = run(
        cook, "--dish", "pie", "--degrees", "200", "--hours", "2", "--shelf", "top", "--spice", "salt", "--spice", "dill",
        "--guests", "Ann", "--no-lit", "--fan-on",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert baked == [
        Oven(
            dish="pie",
            degrees=200,
            hours=2.0,
            shelf=Path("top"),
            spice=("salt", "dill"),
            guests=frozenset({"Ann"}),
            lit=False,
            fan_on=True,
        )
    ]


def test_the_environment_stands_in_for_an_option() -> None:
    run(cook, "--dish", "pie", OVEN_SHELF="low")
    assert baked == [Oven(dish="pie", shelf=Path("low"))]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Missing option '--dish'"),
        (("--dish", "pie", "--degrees", "300"), "Invalid value for '--degrees'"),
        (("--dish", "pie", "--hours", "long"), "Invalid value for '--hours'"),
        (("--dish", "pie", "--serial", "B2"), "No such option: --serial"),
        (("--dish", "pie", "--no-fan-on"), "No such option: --no-fan-on"),
    ],
)
def test_what_is_refused(arguments: tuple[str, ...], said: str) -> None:
    done = run(cook, *arguments)
    assert done.exit_code == 2 and said in done.output
    assert baked == []


def test_a_field_that_the_command_declares_itself_is_the_command_s() -> None:
    run(bake, "--dish", "pie")
    assert baked == [Oven(dish="pie", degrees=99)]
    assert "The command's own." in run(bake, "--help").output


def test_the_help_shows_what_the_fields_say_before_debug() -> None:
    shown = run(cook, "--help").output
    assert "How hot it is.  [default: 180; 50<=x<=250]" in " ".join(shown.split()).replace(". [", ".  [")
    assert "--hours HOURS" in shown and "--lit / --no-lit" in shown
    assert shown.index("--fan-on") < shown.index("--debug")

"""Settings that describe themselves: rules, texts, descriptions and tables."""

import contextlib
import dataclasses
import json
from dataclasses import MISSING, dataclass, fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import settings
from schemas.models import Convolutional, Custom, NGrams, Sequence, Tabular
from schemas.problems import Problem
from schemas.settings import Setting, inherited, setting
from schemas.splits import Splits
from schemas.training import Training

OWNERS = (Training, Splits, Tabular, Convolutional, Sequence, NGrams, Custom)
ALL = [one for owner in OWNERS for one in settings.of(owner)]


@dataclass(frozen=True, kw_only=True)
class Sails:
    """Of a ship."""

    colours: tuple[str, ...] = setting((), "Names of colours.", at_least=1)
    masts: int = setting(3, "How many.", low=1, high=7)
    area: float = setting(MISSING, "In square metres.", low=0, logarithmic=True)
    rig: str = setting("lateen", "Its form | kind.", choices=("lateen", "square"))
    furled: bool = setting(False, "Whether they are tied up.")
    owner: str = ""


@pytest.mark.parametrize("owner", OWNERS)
def test_every_field_of_a_page_s_settings_has_a_rule_with_help(owner: type) -> None:
    assert [one.name for one in settings.of(owner)] == [field.name for field in fields(owner)]
    assert all(one.rule.help.endswith(".") for one in settings.of(owner))


@pytest.mark.parametrize("one", [one for one in ALL if one.default is not MISSING], ids=lambda one: one.name)
def test_every_default_is_allowed_and_read_back(one: Setting) -> None:
    assert list(one.problems(one.default)) == []
    text = ",".join(map(str, one.default)) if one.type is list else str(one.default)
    assert one.read(text) == one.default


def test_each_rule_finds_its_problem_in_the_order_of_the_fields() -> None:
    assert list(settings.problems(Sails(colours=("red",), area=0.0))) == []
    found = list(settings.problems(Sails(colours=(), masts=8, area=-1.0, rig="junk", furled="no")))  # type: ignore[arg-type]
    assert found == [
        Problem("colours", (), "at least 1 of them"),
        Problem("masts", 8, "a whole number from 1 to 7"),
        Problem("area", -1.0, "a number of at least 0"),
        Problem("rig", "junk", "one of lateen, square"),
        Problem("furled", "no", "True or False"),
    ]


def test_what_is_allowed_is_what_the_problem_says() -> None:
    for one in ALL:
        if one.type in (int, float) or one.rule.choices or one.rule.form:
            assert [problem.allowed for problem in one.problems(object())] == [one.allowed]


def test_another_default_keeps_the_rule() -> None:
    own, base = settings.by_name(NGrams)["dropout"], settings.by_name(Tabular)["dropout"]
    assert (own.default, base.default) == (0.5, 0.2) and own.rule == base.rule
    with pytest.raises(ValueError):
        inherited(Sails, "flags", 1)


@given(st.integers(-(2**53), 2**53), st.floats(allow_nan=False), st.booleans())
def test_values_are_read_from_their_texts(whole: int, number: float, flag: bool) -> None:
    by_name = settings.by_name(Sails)
    assert by_name["masts"].read(str(whole)) == by_name["masts"].read(str(float(whole))) == whole
    assert by_name["area"].read(repr(number)) == number
    assert by_name["furled"].read(str(flag)) is flag


@given(st.lists(st.text(st.characters(exclude_characters=",", exclude_categories=("Z", "C")), min_size=1)))
def test_lists_are_read_from_texts_with_commas(names: list[str]) -> None:
    assert settings.by_name(Sails)["colours"].read(" , ".join(names)) == tuple(names)


@given(
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False),
    st.booleans(),
    st.lists(st.integers(), max_size=4),
)
def test_a_value_is_read_as_it_was_written(whole: int, number: float, flag: bool, sizes: list[int]) -> None:
    for kind, item, value in ((int, None, whole), (float, None, number), (bool, None, flag), (list, int, tuple(sizes))):
        one = dataclasses.replace(settings.of(Training)[0], type=kind, item=item)
        assert one.read(one.write(value)) == value


@given(st.text())
def test_any_text_is_read_as_the_setting_s_type_or_refused(text: str) -> None:
    for one in (*ALL, *settings.of(Sails)):
        with contextlib.suppress(ValueError):
            value = one.read(text)
            assert isinstance(value, tuple if one.type is list else one.type)


def test_the_description_is_json_with_what_a_form_needs() -> None:
    described: dict[str, Any] = {entry["name"]: entry for entry in json.loads(json.dumps(settings.describe(Sails)))}
    assert list(described) == ["colours", "masts", "area", "rig", "furled"]
    assert described["masts"] == {
        "name": "masts",
        "type": "int",
        "default": 3,
        "help": "How many.",
        "low": 1,
        "high": 7,
    }
    assert "default" not in described["area"] and described["area"]["logarithmic"]
    assert described["rig"]["choices"] == ["lateen", "square"]
    assert described["colours"]["type"] == "list[str]"


def test_the_table_has_a_row_for_each_setting() -> None:
    _, _, *rows = settings.table(Sails).splitlines()
    assert rows[1] == "| `masts` | `3` | a whole number from 1 to 7 | How many. |"
    assert rows[3] == "| `rig` | `'lateen'` | one of lateen, square | Its form \\| kind. |"

"""Run parameters: the table, texts as Kubeflow formats them, and what they do to a page."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.page import catalog, parameters
from pipelines.page.parameters import TABLE, Parameters, applied, parse, text_of
from schemas.errors import InputError

_VALUES = {
    int: st.integers(0, 2**53),
    float: st.floats(0, allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    str: st.text(),
    list: st.lists(st.text()),
}


def test_the_table_has_a_line_for_each_parameter_and_its_defaults():
    assert [p.name for p in TABLE] == [
        "limit", "span", "window", "data", "epochs", "learning_rate", "settings", "include", "accept_drift", "cache",
    ]  # fmt: skip
    assert {p.name: p.type for p in TABLE}["settings"] is list
    assert parse(f"{p.name}={text_of(p.default)}" for p in TABLE) == Parameters()


@given(st.fixed_dictionaries({p.name: _VALUES[p.type] for p in TABLE} | {"window": st.integers(1, 2**53)}))
def test_texts_are_read_back(values):
    read = parse(f"{name}={text_of(value)}" for name, value in values.items())
    assert {name: list(v) if isinstance(v, tuple) else v for name, v in vars(read).items()} == values


@given(st.integers(0, 2**53))
def test_a_whole_number_may_come_as_a_float(number):
    assert parse([f"limit={float(number)!r}"]).limit == number
    assert parse([f"limit={float(number):.0f}"]).limit == number


@pytest.mark.parametrize(
    ("text", "expected"),
    [("cache=True", True), ("cache=False", False), ("cache=true", True), ("limit=100.0", 100), ("limit=1e+06", 10**6)],
)
def test_other_forms_of_the_same_value(text, expected):
    assert getattr(parse([text]), text.partition("=")[0]) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("limit=1.5", "limit: received '1.5'; a whole number of at least 0"),
        ("limit=-1", "received '-1'"),
        ("limit=", "received ''"),
        ("epochs=nan", "received 'nan'"),
        ("learning_rate=inf", "a number of at least 0"),
        ("cache=yes", "true or false"),
        ("settings=epochs=2", "a JSON list of strings"),
        ("settings=[1]", "a JSON list of strings"),
        ("settings=" + "[" * 100_000, "a JSON list of strings"),
        ("epoch=3", "KEY one of limit, span, window, data, epochs"),
        ("limit", "KEY=VALUE is expected"),
    ],
)
def test_a_value_that_does_not_fit_is_named(text, said):
    with pytest.raises(InputError) as refused:
        parse([text])
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@given(st.text())
def test_any_text_is_read_or_refused_as_the_users_mistake(text):
    for parameter in TABLE:
        with contextlib.suppress(InputError):
            parse([f"{parameter.name}={text}"])


def test_parameters_change_the_page():
    page = applied(
        catalog.load("boston_housing"),
        parse(["epochs=3", "learning_rate=0.01", 'settings=["dropout=0.5"]', 'include=["b"]']),
    )
    assert (page.training.epochs, page.training.learning_rate, page.model.dropout) == (3, 0.01, 0.5)
    assert "b" in page.features
    digits = catalog.load("digits")
    assert applied(digits, Parameters()) == digits


def test_one_thing_is_not_given_in_two_ways():
    given_twice = Parameters(epochs=3, settings=("epochs=4",))
    with pytest.raises(InputError, match="epochs is given twice"):
        applied(catalog.load("digits"), given_twice)


def test_lists_are_json():
    assert json.loads(text_of(("a=1", 'b="'))) == ["a=1", 'b="']
    assert parameters.text_of(True) == "true"

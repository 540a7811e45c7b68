import math

import pytest

from schemas import problems
from schemas.problems import Problem


def allowed(found: list[Problem]) -> list[str]:
    return [problem.allowed for problem in found]


def test_a_problem_says_field_received_and_allowed() -> None:
    assert str(Problem("scale", "big", "one of log, none")) == "scale: received 'big'; use one of log, none"


def test_one_of_lists_all_that_is_allowed() -> None:
    assert list(problems.one_of("scale", "log", ("log", "none"))) == []
    assert list(problems.one_of("scale", "big", ("log", "none"))) == [Problem("scale", "big", "one of log, none")]


@pytest.mark.parametrize("value", [0, 0.5, 1, 1.0])
def test_bounds_of_a_number_are_included(value: float) -> None:
    assert list(problems.number("dropout", value, 0, 1)) == []


@pytest.mark.parametrize("value", [-0.001, 1.001, math.nan, math.inf, -math.inf, True, False, None, "0.5", [0.5]])
def test_what_is_not_a_finite_number_within_the_bounds_is_a_problem(value: object) -> None:
    assert allowed(list(problems.number("dropout", value, 0, 1))) == ["a number from 0 to 1"]


@pytest.mark.parametrize("value", [1.0, 1.5, True, "1", None])
def test_whole_takes_an_int_alone(value: object) -> None:
    assert list(problems.number("epochs", 1, 1, whole=True)) == []
    assert allowed(list(problems.number("epochs", value, 1, whole=True))) == ["a whole number of at least 1"]


@pytest.mark.parametrize(
    ("low", "high", "sentence"),
    [
        (-math.inf, math.inf, "a number"),
        (2, math.inf, "a number of at least 2"),
        (-math.inf, 3, "a number of at most 3"),
        (2, 3, "a number from 2 to 3"),
        (0, 2**31 - 1, "a number from 0 to 2147483647"),
        (1e-9, 0.95, "a number from 1e-09 to 0.95"),
    ],
)
def test_the_sentence_names_the_bounds_that_there_are(low: float, high: float, sentence: str) -> None:
    assert allowed(list(problems.number("x", "no number", low, high))) == [sentence]


@pytest.mark.parametrize("value", [10**400, -(10**400), pytest.param(10**5000, id="5001 digits")])
def test_a_whole_number_of_any_size_is_judged(value: int) -> None:
    (problem,) = problems.number("epochs", value, 1, 100, whole=True)
    assert problem == Problem("epochs", value, "a whole number from 1 to 100")
    assert len(str(problem)) < 300


def test_a_whole_number_that_no_float_can_hold_is_no_finite_number() -> None:
    assert allowed(list(problems.number("missing", 10**400))) == ["a number"]


@pytest.mark.parametrize("value", ["", None, 5, b"x", ["x"]])
def test_text_is_a_string_that_is_not_empty(value: object) -> None:
    assert list(problems.text("label", "y")) == []
    assert list(problems.text("label", value)) == [Problem("label", value, "a string that is not empty")]


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (["a"], "a tuple of strings"),
        ("ab", "a tuple of strings"),
        (None, "a tuple of strings"),
        (("a", 1), "a tuple of strings"),
        (("a", ""), "a tuple of strings"),
        (("a",), "at least 2 of them"),
        (("a", "b", "a"), "each of them once"),
    ],
)
def test_strings_are_a_tuple_of_distinct_names(value: object, sentence: str) -> None:
    assert list(problems.strings("classes", ("a", "b"), at_least=2)) == []
    assert list(problems.strings("classes", value, at_least=2)) == [Problem("classes", value, sentence)]


@pytest.mark.parametrize("value", [(), [64], 64, (0,), (-1,), (1.5,), (True,), ("64",), None])
def test_sizes_are_a_tuple_of_positive_whole_numbers(value: object) -> None:
    assert list(problems.sizes("filters", (64, 64), at_least=1)) == []
    sentence = "a tuple of positive whole numbers (1 or more of them)"
    assert list(problems.sizes("filters", value, at_least=1)) == [Problem("filters", value, sentence)]


def test_no_sizes_at_all_are_allowed_where_none_is_asked_for() -> None:
    assert list(problems.sizes("hidden", ())) == []

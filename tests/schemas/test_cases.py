import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import cases
from schemas.cases import Case, as_expected
from schemas.errors import InputError
from schemas.model_card import ModelCard

MakeCard = Callable[..., ModelCard]
LINE = {"input": {"Age": 30, "Sex": "male"}, "expect": {"class": "died"}, "why": "An ordinary man."}
PRICE: dict[str, Any] = {"classes": None, "task": "Regression"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["Age", "class", "between", "why"]), inner),
    max_leaves=8,
)


def lines(*values: Any) -> str:
    return "".join(json.dumps(value) + "\n" for value in values)


def refusal(card: ModelCard, text: str) -> str:
    with pytest.raises(InputError) as caught:
        cases.parse(text, card)
    return str(caught.value)


def test_cases_come_in_the_order_of_the_file_with_their_lines(make_card: MakeCard) -> None:
    second = {"input": {}, "expect": {"answer": True}, "why": "Nothing is known."}
    found = cases.parse(lines(LINE) + "\n  \n" + lines(second), make_card())
    assert found == [
        Case(1, LINE["input"], {"class": "died"}, "An ordinary man."),
        Case(4, {}, {"answer": True}, "Nothing is known."),
    ]


def test_an_empty_file_has_no_cases(make_card: MakeCard) -> None:
    assert cases.parse("", make_card()) == []


def test_a_line_separator_inside_a_string_does_not_end_the_line(make_card: MakeCard) -> None:
    text = json.dumps(LINE | {"why": "One\u2028two."}, ensure_ascii=False)
    assert cases.parse(text, make_card())[0].why == "One\u2028two."


def test_columns_that_the_model_does_not_read_are_left_out(make_card: MakeCard) -> None:
    text = lines(LINE | {"input": {"Age": 30, "Cabin": "C22"}})
    assert "unknown field 'Cabin'" in refusal(make_card(), text)
    assert cases.parse(text, make_card(), {"Cabin", "Age"})[0].input == {"Age": 30}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"input": {"age": 30}}, ("unknown field 'age'", "'Age', 'Sex'")),
        ({"input": {"Age": "old"}}, ("'Age'", "'old'", "number")),
        ({"input": "male"}, ("'male'", "an object is expected")),
        ({"why": " "}, ("why", "' '", "sentence")),
        ({"why": None}, ("why", "None")),
        ({"why": "\ud800"}, ("why", "ud800")),
        ({"expect": {}}, ("expect", "{}", "class, confidence_at_least")),
        ({"expect": "died"}, ("expect", "'died'")),
        ({"expect": {"klass": "died"}}, ("expect", "klass")),
        ({"expect": {"between": [1, 2]}}, ("expect", "between")),
        ({"expect": {"class": "drowned"}}, ("expect, class", "'drowned'", "died, survived")),
        ({"expect": {"class": []}}, ("expect, class", "[]")),
        ({"expect": {"class": ["died", "drowned"]}}, ("expect, class", "'drowned'")),
        ({"expect": {"class": {}}}, ("expect, class", "{}")),
        ({"expect": {"class": "died", "confidence_at_most": 90}}, ("confidence_at_most", "90", "0 to 1")),
        ({"expect": {"confidence_at_least": True}}, ("confidence_at_least", "True", "0 to 1")),
        ({"expect": {"answer": False}}, ("answer", "False", "true is expected")),
        ({"more": 1}, ("more", "input, expect, why")),
    ],
)
def test_a_mistake_is_named_with_file_and_line(
    make_card: MakeCard, changes: dict[str, Any], named: tuple[str, ...]
) -> None:
    message = refusal(make_card(), lines(LINE, LINE | changes))
    assert message.startswith("pipelines/cases/titanic.jsonl, line 2: ")
    assert all(word in message for word in named), message


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("{", "Expecting property name"),
        ('{"input": {}}', "input, expect, why"),
        ("[]", "[]"),
        ('{"input": {"Age": NaN}, "expect": {"answer": true}, "why": "x"}', "NaN is not JSON"),
        ("[" * 100_000, "recursion"),
        ("9" * 5000, "digits"),
    ],
)
def test_what_is_no_json_object_of_a_case_is_refused(make_card: MakeCard, line: str, named: str) -> None:
    message = refusal(make_card(), "\n" + line)
    assert message.startswith("pipelines/cases/titanic.jsonl, line 2: ") and named in message


@pytest.mark.parametrize("between", [[2, 1], [1], [1, 2, 3], 5, ["1", "2"], [1, None], [True, 2], [0, 10**400]])
def test_a_window_is_two_rising_numbers(make_card: MakeCard, between: Any) -> None:
    message = refusal(make_card(**PRICE), lines(LINE | {"expect": {"between": between}}))
    assert "expect, between" in message and "[low, high]" in message


def test_a_number_has_no_class(make_card: MakeCard) -> None:
    assert "between, answer" in refusal(make_card(**PRICE), lines(LINE))


@pytest.mark.parametrize("changes", [{}, PRICE])
@given(key=st.sampled_from(["input", "expect", "why"]), value=JSON)
def test_any_value_makes_a_case_or_names_its_line(
    make_card: MakeCard, changes: dict[str, Any], key: str, value: Any
) -> None:
    expect = {"between": [1, 2]} if changes else {"class": "died"}
    text = lines(LINE | {"expect": expect} | {key: value})
    try:
        (case,) = cases.parse(text, make_card(**changes))
    except InputError as error:
        assert str(error).startswith("pipelines/cases/titanic.jsonl, line 1: ")
    else:
        json.dumps([case.expect, case.why], ensure_ascii=False).encode()
        as_expected(case.expect, {"value": 1.0} if changes else {"class": "died", "confidence": 0.5})


@pytest.mark.parametrize(
    ("expect", "passed"),
    [
        ({"class": "died"}, True),
        ({"class": "survived"}, False),
        ({"class": ["survived", "died"]}, True),
        ({"class": "die"}, False),
        ({"answer": True}, True),
        ({"confidence_at_most": 0.8}, True),
        ({"confidence_at_most": 0.79}, False),
        ({"confidence_at_least": 0.8}, True),
        ({"confidence_at_least": 0.81}, False),
        ({"class": "died", "confidence_at_most": 0.5}, False),
        ({"class": "survived", "confidence_at_most": 0.9}, False),
        ({"answer": True, "confidence_at_most": 0.5}, False),
        ({"confidence_at_least": 0.7, "confidence_at_most": 0.9}, True),
    ],
)
def test_a_class_keeps_every_part_of_an_expectation(expect: dict[str, Any], passed: bool) -> None:
    assert as_expected(expect, {"class": "died", "confidence": 0.8}) is passed


@pytest.mark.parametrize(
    ("expect", "passed"),
    [
        ({"between": [1, 2]}, True),
        ({"between": [1.5, 1.5]}, True),
        ({"between": [1.6, 2]}, False),
        ({"between": [0, 1.4]}, False),
        ({"answer": True}, True),
    ],
)
def test_a_number_lies_between_both_bounds(expect: dict[str, Any], passed: bool) -> None:
    assert as_expected(expect, {"value": 1.5}) is passed


@pytest.mark.parametrize("expect", [{"answer": True}, {"class": "died"}, {"between": [1, 2]}])
def test_no_answer_is_never_as_expected(expect: dict[str, Any]) -> None:
    assert as_expected(expect, {"error": "the answer is nan"}) is False


GENRES: dict[str, Any] = {"classes": ["crime", "drama", "war"], "task": "MultiLabel"}
BOTH: dict[str, Any] = {
    "classes": None,
    "task": "Several",
    "outputs": ["Survived.class", "Survived.confidence", "Survived.probabilities", "Fare.value"],
    "tasks": [
        {"label": "Survived", "task": "BinaryClassification", "classes": ["died", "survived"], "share": None},
        {"label": "Fare", "task": "Regression", "classes": None, "share": None},
    ],
}


@pytest.mark.parametrize(
    ("expect", "named"),
    [
        ({"class": "war"}, "one or more of classes, has, answer"),
        ({"classes": "war"}, "a list of different ones of crime, drama, war"),
        ({"classes": ["war", "war"]}, "a list of different ones"),
        ({"has": ["comedy"]}, "a list of different ones"),
        ({"has": []}, "a list of at least one class"),
    ],
)
def test_expectations_of_any_number_of_classes_are_checked(
    make_card: MakeCard, expect: dict[str, Any], named: str
) -> None:
    assert named in refusal(make_card(**GENRES), lines(LINE | {"expect": expect}))


def test_any_number_of_classes_is_expected_exactly_or_at_least(make_card: MakeCard) -> None:
    for expect in ({"classes": []}, {"has": ["war"]}, {"classes": ["war", "crime"], "has": ["war"]}):
        assert cases.parse(lines(LINE | {"expect": expect}), make_card(**GENRES))[0].expect == expect
    answer: Any = {"classes": ["crime", "war"]}
    assert as_expected({"classes": ["war", "crime"]}, answer) and as_expected({"has": ["war"]}, answer)
    assert not as_expected({"classes": ["war"]}, answer) and not as_expected({"has": ["drama", "war"]}, answer)
    assert as_expected({"answer": True}, answer) and not as_expected({"answer": True}, {"error": "it is nan"})


def test_each_label_of_several_has_its_own_expectation(make_card: MakeCard) -> None:
    expect: Any = {"Survived": {"class": "survived", "confidence_at_least": 0.6}, "Fare": {"between": [10, 20]}}
    assert cases.parse(lines(LINE | {"expect": expect}), make_card(**BOTH))[0].expect == expect
    answer: Any = {"Survived": {"class": "survived", "confidence": 0.7}, "Fare": {"value": 12.0}}
    assert as_expected(expect, answer) and as_expected({"Fare": expect["Fare"]}, answer)  # type: ignore[typeddict-item]
    assert not as_expected(expect, answer | {"Fare": {"value": 9.0}})
    assert not as_expected(expect, {"error": "its answer is nan"})


def test_a_wrong_expectation_of_several_labels_is_named_with_its_label(make_card: MakeCard) -> None:
    wrong = [
        ({"class": "died"}, "one or more of Survived, Fare is expected"),
        ({"Fare": {"class": "died"}}, "expect, Fare: received"),
        ({"Survived": {"class": "alive"}}, "expect, Survived, class: received 'alive'; one of died, survived"),
    ]
    for expect, named in wrong:
        assert named in refusal(make_card(**BOTH), lines(LINE | {"expect": expect}))

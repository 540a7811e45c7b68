"""Handpicked cases: inputs for every new model, and what a good one would answer.

Those of the package are ``pipelines/cases/<dataset>.jsonl``; a page elsewhere has ``<dataset>.cases.jsonl`` beside it.
One JSON object a line: ``{"input": ..., "expect": {...}, "why": "..."}``. ``input`` is what a request carries
(schemas.request); it may have columns of the data that the model does not read. ``expect`` has one or more of

- ``class``: a class name, or a list of those that are allowed;
- ``confidence_at_least``, ``confidence_at_most``: a bound from 0 to 1 on the confidence of the answer, whatever its class;
- ``classes``, ``has``: of a label of any number of classes, the list of exactly its classes, or of some that must be there;
- ``between``: ``[low, high]``, both included, in the label's own unit;
- ``answer``: true, where any finite answer will do.

Of several tasks it has such an object for one or more of the labels: ``{"Survived": {"class": "survived"}}``.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from schemas import page_folders, problems, request
from schemas.errors import InputError, shown
from schemas.model_card import ModelCard
from schemas.records import AnswerJson, Expectation, is_several
from schemas.tasks import CLASS, CLASSES, SEVERAL, VALUE, VALUES

SUFFIX = ".cases.jsonl"
_KEYS = ("input", "expect", "why")
_EXPECTED = {
    CLASS: ("class", "confidence_at_least", "confidence_at_most", "answer"),
    CLASSES: ("classes", "has", "answer"),
    VALUE: ("between", "answer"),
    VALUES: ("answer",),
}


@dataclass(frozen=True)
class Case:
    """One input with the answer that is expected.

    Attributes:
      line: where it stands in its file, from 1.
      input: a JSON value as ``schemas.request.parse`` takes it.
      expect: what a good model would answer.
      why: why it was picked.
    """

    line: int
    input: Any
    expect: Expectation
    why: str


def file_of(dataset: str) -> str:
    """The name of the file in errors, relative to the package or the current folder where it is below one."""
    return page_folders.name_beside(dataset, SUFFIX, f"pipelines/cases/{dataset}.jsonl")


def parse(text: str, card: ModelCard, unread: Iterable[str] = ()) -> list[Case]:
    """The cases of a file, in its order; blank lines are passed over.

    Args:
      text: the file.
      card: the inputs and classes of the model that will answer; it need not be trained yet.
      unread: columns that the data has and the model does not read: they are taken out of the inputs.

    Raises:
      InputError: the first line that is not a case of this model.
    """
    # A row of the source, label and all, can be pasted as a case; only a name that the data has not is a mistake.
    ignored = set(unread) - card.inputs.keys()
    found = []
    # Not splitlines: it also breaks lines at characters that JSON allows in a string, such as U+2028.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                found.append(_case(number, line, card, ignored))
            except (InputError, ValueError, RecursionError) as error:
                raise InputError(f"{file_of(card.name)}, line {number}: {error}") from error
    return found


def _case(number: int, line: str, card: ModelCard, ignored: set[str]) -> Case:
    """Raises InputError, or ValueError or RecursionError for what is not JSON."""
    value = json.loads(line, parse_constant=_refuse_constant)
    if not isinstance(value, dict) or value.keys() != set(_KEYS):
        received = list(value) if isinstance(value, dict) else value
        raise InputError(f"received {shown(received)}; an object with the keys {', '.join(_KEYS)} is expected")
    why = value["why"]
    # JSON can write half of a surrogate pair as \ud800; UTF-8, in which cases.json and the version map are kept, cannot.
    if not isinstance(why, str) or not why.strip() or any("\ud800" <= character <= "\udfff" for character in why):
        raise InputError(f"why: received {shown(why)}; a sentence on why the case was picked is expected")
    columns = value["input"]
    if isinstance(columns, dict):
        columns = {name: item for name, item in columns.items() if name not in ignored}
    request.parse(card, columns)
    _check(value["expect"], card)
    return Case(number, columns, value["expect"], why)


def _refuse_constant(name: str) -> None:
    # Python reads NaN and Infinity, which JSON does not have: a case would not be JSON to any other reader.
    raise ValueError(f"{name} is not JSON; leave a missing value out, or write null")


def _check(expect: Any, card: ModelCard) -> None:
    """Raises InputError for an expectation that this model's answers cannot meet or miss."""
    if card.kind != SEVERAL:
        _check_one("expect", expect, card)
        return
    parts = {part.label: part for part in card.parts()}
    _check_keys("expect", expect, tuple(parts))
    for label, one in expect.items():
        _check_one(f"expect, {label}", one, parts[label])


def _check_one(where: str, expect: Any, card: ModelCard) -> None:
    _check_keys(where, expect, _EXPECTED[card.kind])
    for key, value in expect.items():
        allowed = _CHECKS[key](value, card)
        if allowed:
            raise InputError(f"{where}, {key}: received {shown(value)}; {allowed} is expected")


def _check_keys(where: str, expect: Any, known: tuple[str, ...]) -> None:
    if not isinstance(expect, dict) or not expect or any(key not in known for key in expect):
        raise InputError(
            f"{where}: received {shown(expect)}; an object with one or more of {', '.join(known)} is expected"
        )


def _check_class(value: Any, card: ModelCard) -> str | None:
    names = card.classes or []
    if isinstance(value, list) and value and all(name in names for name in value):
        return None
    return None if value in names else f"one of {', '.join(names)}, or a list of them"


def _check_classes(value: Any, card: ModelCard) -> str | None:
    names = card.classes or []
    good = isinstance(value, list) and all(name in names for name in value) and len(set(value)) == len(value)
    return None if good else f"a list of different ones of {', '.join(names)}"


def _check_has(value: Any, card: ModelCard) -> str | None:
    return _check_classes(value, card) if value else "a list of at least one class"


def _check_confidence(value: Any, _: ModelCard) -> str | None:
    # The checks yield a problem or nothing; this message names the key itself, so the name given here does not matter.
    return "a number from 0 to 1" if any(problems.number("", value, 0, 1)) else None


def _check_between(value: Any, _: ModelCard) -> str | None:
    pair = isinstance(value, list) and len(value) == 2 and not any(p for v in value for p in problems.number("", v))
    return None if pair and value[0] <= value[1] else "[low, high], two numbers of which the first is not larger,"


def _check_answer(value: Any, _: ModelCard) -> str | None:
    return None if value is True else "true"


_CHECKS: dict[str, Callable[[Any, ModelCard], str | None]] = {
    "class": _check_class,
    "classes": _check_classes,
    "has": _check_has,
    "confidence_at_least": _check_confidence,
    "confidence_at_most": _check_confidence,
    "between": _check_between,
    "answer": _check_answer,
}


def as_expected(expect: Expectation, answer: AnswerJson) -> bool:
    """Whether an answer keeps every part of an expectation.

    Args:
      answer: ``{"class", "confidence"}``, ``{"classes"}``, ``{"value"}``, of several tasks such an object by label, or
        ``{"error": reason}`` where there is no finite answer.
    """
    if isinstance(answer.get("error"), str):
        return False
    if is_several(answer):
        parts: Mapping[str, Any] = answer
        return all(as_expected(cast(Any, one), parts[label]) for label, one in expect.items())
    if "values" in answer:  # of a case of a forecast nothing can be expected but an answer
        return True
    if "classes" in answer:
        there = set(answer["classes"])
        return set(expect.get("classes", there)) == there and set(expect.get("has", ())) <= there
    # A part that is not expected is compared with the answer itself, which it then always fits.
    if "value" in answer:
        low, high = expect.get("between", [answer["value"]] * 2)
        return low <= answer["value"] <= high
    names = expect.get("class", answer["class"])
    at_least, at_most = expect.get("confidence_at_least", 0), expect.get("confidence_at_most", float("inf"))
    named = answer["class"] in (names if isinstance(names, list) else [names])
    return named and at_least <= answer["confidence"] <= at_most

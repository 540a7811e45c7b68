"""Behaviour contracts as a page writes them."""

import pytest

from schemas import codec
from schemas.contracts import Contract, Invariant, Monotone
from schemas.tasks import BinaryClassification, MulticlassClassification, MultiLabel, Regression, Several, Task

RAW = {"Age": "number", "Name": "string", "photo": "image"}
YES = BinaryClassification("ill", classes=("no", "yes"))


def allowed(contract: Contract, task: Task = YES) -> list[str]:
    return [problem.allowed for problem in contract.problems(RAW, task)]


@pytest.mark.parametrize(
    "contract",
    [
        Monotone("Age", "up"),
        Monotone("Age", "down", by=5, of="no", share=0.9),
        Invariant("Name", swap=(("he", "she"),)),
        Invariant("photo", rotate=-2.5),
        Invariant("photo", shift=1, share=1.0),
    ],
)
def test_a_contract_is_taken_and_travels_as_json(contract: Contract) -> None:
    assert allowed(contract) == []
    assert codec.loads(codec.dumps(contract)) == contract


@pytest.mark.parametrize(
    ("contract", "words"),
    [
        (Monotone("Name", "up"), "one of Age"),
        (Monotone("Age", "sideways"), "one of up, down"),
        (Monotone("Age", "up", of="maybe"), "one of no, yes"),
        (Monotone("Age", "up", by=-1), "a number of at least 0"),
        (Monotone("Age", "up", share=1.5), "a number from 0 to 1"),
        (Invariant("Name"), "exactly one of swap, rotate, shift"),
        (Invariant("photo", rotate=2, shift=1), "exactly one of swap, rotate, shift"),
        (Invariant("photo", swap=(("he", "she"),)), "one of Name"),
        (Invariant("Name", swap=(("he", "he"),)), "a tuple of pairs"),
        (Invariant("photo", rotate=200), "a number from -180 to 180"),
    ],
)
def test_a_contract_that_cannot_be_kept_is_refused(contract: Contract, words: str) -> None:
    assert any(text.startswith(words) for text in allowed(contract))


def test_of_several_classes_one_must_be_named_and_of_a_regression_none() -> None:
    three = MulticlassClassification("kind", classes=("a", "b", "c"))
    assert allowed(Monotone("Age", "up"), three) == ["one of a, b, c"]
    assert allowed(Monotone("Age", "up"), MultiLabel("kinds", classes=("a", "b"))) == ["one of a, b"]
    assert allowed(Monotone("Age", "up", of="a"), Regression("price")) == ["it with a classification only"]


def test_of_several_tasks_a_contract_is_of_the_first_or_of_the_named_one() -> None:
    both = Several.of((Regression("price"), MulticlassClassification("kind", classes=("a", "b", "c"))))
    assert allowed(Monotone("Age", "up"), both) == []
    assert allowed(Monotone("Age", "up", of="b", label="kind"), both) == []
    assert allowed(Monotone("Age", "up", label="kind"), both) == ["one of a, b, c"]
    assert allowed(Monotone("Age", "up", label="other"), both) == ["one of price, kind"]


def test_a_contract_is_shown_as_it_is_written() -> None:
    contracts = (
        Monotone("Age", "up", by=5, of="no"),
        Monotone("Age", "up", label="price"),
        Invariant("Name", swap=(("he", "she"),)),
        Invariant("Name", swap=(("he", "she"),), label="price"),
    )
    for contract in contracts:
        assert eval(str(contract), {"Monotone": Monotone, "Invariant": Invariant}) == contract

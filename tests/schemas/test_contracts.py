"""Behaviour contracts as a page writes them."""

import pytest

from schemas import codec
from schemas.contracts import Contract, Invariant, Monotone

RAW = {"Age": "number", "Name": "string", "photo": "image"}
CLASSES = ("no", "yes")


def allowed(contract: Contract, classes: tuple[str, ...] | None = CLASSES) -> list[str]:
    return [problem.allowed for problem in contract.problems(RAW, classes)]


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
    assert allowed(Monotone("Age", "up"), ("a", "b", "c")) == ["one of a, b, c"]
    assert allowed(Monotone("Age", "up", of="a"), None) == ["it with a classification only"]


def test_a_contract_is_shown_as_it_is_written() -> None:
    for contract in (Monotone("Age", "up", by=5, of="no"), Invariant("Name", swap=(("he", "she"),))):
        assert eval(str(contract), {"Monotone": Monotone, "Invariant": Invariant}) == contract

"""The search space of a page: ranges within the rules of the settings."""

import dataclasses

import pytest

from pipelines.experiments import space
from pipelines.page import catalog
from pipelines.page.resolution import with_settings
from pipelines.spec import Image, Tabular, Training
from schemas.errors import InputError
from schemas.search_space import Parameter
from tests.pipelines.experiments.ships import page


@pytest.mark.parametrize("name", ["titanic", "digits", "mnist", "imdb", "reuters", "boston_housing"])
def test_every_end_and_every_choice_of_every_range_is_allowed(name: str) -> None:
    known = catalog.load(name)
    everything = {parameter.name: parameter for parameter in space._all(known)}
    usual = space.of_page(known)
    assert (
        {"learning_rate", "dropout", "l2", "batch_norm", "hidden"} <= {one.name for one in usual} <= everything.keys()
    )
    for one in everything.values():
        for value in one.choices or (one.low, one.high):
            with_settings(known, [f"{one.name}={value}"])  # raises SpecError for what is not allowed
    assert ("label_smoothing" in everything) == (known.task.classes_or_none is not None)


def test_a_number_is_tried_around_the_page_s_value_and_within_its_rule() -> None:
    known = page(training=Training(learning_rate=20.0, batch_size=32), model=Tabular(l2=1e-3, dropout=0.3))
    found = {one.name: one for one in space.of_page(known, ("learning_rate", "batch_size", "l1", "l2", "dropout"))}
    assert found["learning_rate"] == Parameter("learning_rate", 2.0, 100, logarithmic=True)
    assert found["batch_size"] == Parameter("batch_size", 4, 320, whole=True, logarithmic=True)
    assert (found["l2"].low, found["l2"].high) == pytest.approx((1e-4, 1e-2))
    assert (found["l1"].low, found["l1"].high) == (1e-6, 1e-2)
    assert found["dropout"] == Parameter("dropout", 0, 0.95)


@pytest.mark.parametrize("name", ["seed", "epochs", "ensemble", "filters", "colour"])
def test_what_cannot_be_tuned_is_answered_with_what_can(name: str) -> None:
    with pytest.raises(InputError, match=rf"--only '{name}'.*learning_rate"):
        space.of_page(page(), (name,))


def test_encoders_of_kinds_that_a_page_lacks_are_not_tuned() -> None:
    pictures = dataclasses.replace(page(), features={**page().features, "photo": Image()})
    assert {"filters", "reader"}.isdisjoint(one.name for one in space._all(page()))
    assert [one.name for one in space.of_page(pictures, ("filters",))] == ["filters"]


def test_a_range_is_told_in_words() -> None:
    assert Parameter("l2", 1e-6, 1e-2, logarithmic=True).words == "1e-06 to 0.01, by order of magnitude"
    assert Parameter("hidden", choices=("", "8")).words == "one of none, 8"

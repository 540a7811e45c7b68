"""What two versions declare differently."""

import copy
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipelines.spec import Category, Forecast, Number, Tabular, Training
from registry import diffing
from registry.diffing import Change, changes
from schemas.codec import encode
from schemas.model_card import ModelCard
from schemas.tasks import BinaryClassification, MultiLabel, Regression, Several, Task

MakeCard = Callable[..., ModelCard]
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=3)
# Without points in the keys and without "", which a nested value's name is put together with.
NESTED = st.recursive(LEAVES, lambda inner: st.dictionaries(st.sampled_from("abcd"), inner, max_size=4), max_leaves=12)


def of_features(make_card: MakeCard, before: dict[str, Any], after: dict[str, Any]) -> diffing.Difference:
    cards = [
        make_card(configuration={"features": encode(features), "model": {}, "training": {}})
        for features in (before, after)
    ]
    return diffing.of_cards(*cards)


def test_features_that_come_go_and_are_made_otherwise_are_told_apart(make_card: MakeCard) -> None:
    before = {"Age": Number(missing="mean"), "Fare": Number(), "Sex": Category(), "Deck": Number()}
    after = {"Age": Number(missing="median"), "Sex": Category(), "Deck": Category(), "Title": Category()}
    found = of_features(make_card, before, after)
    assert [(one.name, one.kind) for one in found.features] == [
        ("Age", "changed"),
        ("Fare", "removed"),
        ("Deck", "changed"),
        ("Title", "added"),
    ]
    assert found.features[0].changes == (Change("missing", "mean", "median"),)
    assert Change("type", "Number", "Category") in found.features[2].changes
    assert (found.parameters, found.interface, found.data) == ((), (), ())


def test_parameters_data_and_origin_are_named_by_their_place(make_card: MakeCard) -> None:
    before = make_card(
        configuration={
            "features": {},
            "model": {"@type": "Net", "hidden": [8], "dropout": 0.1},
            "training": {"epochs": 2},
        },
        data={"fingerprint": "a" * 64, "limit": 0, "rows": {"train": 80, "test": 20}, "examples": "/somewhere/1"},
        libraries={"keras": "3.1"},
    )
    after = make_card(
        configuration={"features": {}, "model": {"@type": "Custom", "hidden": [8, 8]}, "training": {"epochs": 3}},
        data={"fingerprint": "b" * 64, "limit": 0, "rows": {"train": 90, "test": 20}, "examples": "/elsewhere/2"},
        code="beef",
        classes=["survived", "died"],
        libraries={"keras": "3.2"},
    )
    found = diffing.of_cards(before, after)
    assert found.parameters == (
        Change("model", "Net", "Custom"),
        Change("model.hidden", [8], [8, 8]),
        Change("model.dropout", 0.1, None),
        Change("training.epochs", 2, 3),
    )
    assert found.data == (Change("fingerprint", "a" * 64, "b" * 64), Change("rows.train", 80, 90))
    assert found.origin == (Change("code", "c0de", "beef"),)
    assert found.interface == (Change("classes", ["died", "survived"], ["survived", "died"]),)
    assert found.libraries == (Change("keras", "3.1", "3.2"),)
    assert diffing.Difference.from_json(found.to_json()) == found


def test_settings_of_the_task_are_parameters(make_card: MakeCard) -> None:
    def card(**settings: Any) -> ModelCard:
        task = encode(Forecast("sold", time="day", **settings))
        return make_card(configuration={"task": task, "features": {}, "model": {}, "training": {}})

    found = diffing.of_cards(card(season=7), card(season=30))
    assert found.parameters == (Change("task.season", 7, 30),)


def test_settings_of_several_tasks_are_parameters_of_each(make_card: MakeCard) -> None:
    def card(*tasks: Task) -> ModelCard:
        task = encode(Several.of(tasks))
        return make_card(configuration={"task": task, "features": {}, "model": {}, "training": {}})

    kind, tags = BinaryClassification("kind", classes=("a", "b")), MultiLabel("its tags", classes=("x",))
    found = diffing.of_cards(card(kind, Regression("a.b")), card(kind, Regression("a.b", weight=0.5)))
    assert found.parameters == (Change("task.tasks.a.b.weight", 1.0, 0.5),)
    added = diffing.of_cards(card(kind), card(kind, tags)).parameters
    assert added[0] == Change("task.tasks.its tags", None, "MultiLabel")
    assert Change("task.tasks.its tags.threshold", None, 0.5) in added


def test_settings_that_came_later_are_no_difference(make_card: MakeCard) -> None:
    now = {"features": {"Age": encode(Number())}, "model": encode(Tabular()), "training": encode(Training())}
    older = copy.deepcopy(now)
    del older["features"]["Age"]["exact"], older["model"]["periodic"], older["training"]["memory"]
    found = diffing.of_cards(
        make_card(configuration=older, splits={"train": 8, "key": []}),
        make_card(configuration=now, splits={"train": 8, "key": [], "time": "", "test_from": ""}),
    )
    assert (found.features, found.parameters) == ((), ())


def test_a_version_does_not_differ_from_itself(make_card: MakeCard) -> None:
    found = diffing.of_cards(make_card(run_id="one"), make_card(run_id="another", pushed_at="later"))
    assert not any(getattr(found, name) for name in ("interface", "features", "parameters", "data", "origin"))


@given(NESTED, NESTED)
def test_what_did_not_change_is_not_listed_and_the_other_way_round_is_the_mirror(before: Any, after: Any) -> None:
    assert changes(before, before) == ()
    there, back = changes(before, after), changes(after, before)
    assert sorted((one.name, repr(one.before), repr(one.after)) for one in there) == sorted(
        (one.name, repr(one.after), repr(one.before)) for one in back
    )
    assert all(one.before != one.after for one in there)

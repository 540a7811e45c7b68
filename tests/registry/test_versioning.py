import copy
from collections.abc import Callable
from typing import Any

import pytest

from pipelines.spec import Forecast, Number, Tabular, Training
from registry.versioning import next_version, parse
from schemas.codec import encode
from schemas.model_card import ModelCard

MakeCard = Callable[..., ModelCard]
AGE = {"type": "number"}


def after(make_card: MakeCard, version: str, **changes: Any) -> str:
    return next_version(make_card(**changes), make_card(version=version))


def test_the_first_model_is_1_0_0(make_card: MakeCard) -> None:
    assert next_version(make_card(), None) == "1.0.0"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"data": {"fingerprint": "0" * 64, "limit": 100, "rows": {"train": 8, "eval": 2}}},
        {"weights": "0" * 64},
        {"metrics": {"binary_accuracy": 0.9}},
        {"libraries": {"tfx": "2"}, "run_id": "later", "example": {"Age": 1.0}},
    ],
)
def test_new_data_or_weights_are_a_patch(make_card: MakeCard, changes: dict[str, Any]) -> None:
    assert after(make_card, "1.2.3", **changes) == "1.2.4"


@pytest.mark.parametrize(
    "changes",
    [
        {"configuration": {"features": {"Age": {}, "Sex": {}}, "model": {"hidden": [9]}, "training": {"epochs": 2}}},
        {"configuration": {"features": {"Age": {}, "Sex": {}}, "model": {"hidden": [8]}, "training": {"epochs": 3}}},
        {"code": "beef"},
    ],
)
def test_another_model_hyperparameter_or_code_is_minor_and_resets_the_patch(
    make_card: MakeCard, changes: dict[str, Any]
) -> None:
    assert after(make_card, "1.2.3", **changes) == "1.3.0"


@pytest.mark.parametrize(
    "changes",
    [
        {"inputs": {"Age": AGE}},
        {"inputs": {"Age": AGE, "Sex": {"type": "string"}, "Fare": AGE}},
        {"inputs": {"Age": AGE, "Sex": {"type": "number"}}},
        {"outputs": ["value"]},
        {"classes": ["survived", "died"]},
        {"classes": ["died", "survived", "missing"], "code": "beef"},
    ],
)
def test_another_request_or_response_is_major_and_resets_the_rest(make_card: MakeCard, changes: dict[str, Any]) -> None:
    assert after(make_card, "1.2.3", **changes) == "2.0.0"


def test_parts_are_counted_as_numbers(make_card: MakeCard) -> None:
    assert after(make_card, "1.9.9") == "1.9.10"
    assert after(make_card, "1.9.9", code="beef") == "1.10.0"
    assert after(make_card, "9.9.9", classes=["a", "b"]) == "10.0.0"


def test_versions_are_ordered_as_numbers() -> None:
    assert parse("1.10.0") > parse("1.9.12")


@pytest.mark.parametrize("version", ["", "1", "1.2", "1.2.3.4", "1.2.x", "v1.2.3"])
def test_what_is_not_three_numbers_is_refused(version: str) -> None:
    with pytest.raises(ValueError, match=r"unpack|literal"):
        parse(version)


def test_a_setting_that_came_later_is_no_change_of_a_page_that_does_not_name_it(make_card: MakeCard) -> None:
    now = {"features": {"Age": encode(Number())}, "model": encode(Tabular()), "training": encode(Training())}
    older = copy.deepcopy(now)
    del older["features"]["Age"]["exact"], older["model"]["periodic"], older["training"]["memory"]
    previous = make_card(version="1.2.3", configuration=older)
    assert next_version(make_card(configuration=now), previous) == "1.2.4"
    now["model"] = encode(Tabular(periodic=8))
    assert next_version(make_card(configuration=now), previous) == "1.3.0"


def test_more_values_of_a_forecast_are_another_response(make_card: MakeCard) -> None:
    def card(horizon: int, **changes: Any) -> ModelCard:
        task = encode(Forecast("sold", time="day", horizon=horizon))
        return make_card(outputs=["values"], classes=None, configuration={"task": task}, **changes)

    assert next_version(card(7), card(7, version="1.2.3")) == "1.2.4"
    assert next_version(card(14), card(7, version="1.2.3")) == "2.0.0"

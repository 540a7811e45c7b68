"""Cards whose inputs a gateway could not check, or whose answers it could not describe, are not served."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas.model_card import ModelCard
from serving.gateway.cards import Cards


class Lines:
    """What would be logged."""

    def __init__(self) -> None:
        self.errors: list[str] = []

    def line(self, level: str, message: str, **fields: Any) -> None:
        """Keeps a line's error."""
        self.errors.append(f"{level}: {message}: {fields.get('error')}")


@pytest.mark.parametrize(
    ("form", "served"),
    [
        ({}, True),
        ({"form": "timestamp", "format": "unix"}, True),
        ({"form": "vector", "length": "3"}, True),
        ({"form": "vector", "length": "three"}, False),
        ({"form": "set"}, False),
        ({"form": "molecule"}, False),
    ],
)
def test_a_form_that_is_not_known_is_not_served(
    tmp_path: Path, make_card: Callable[..., ModelCard], form: dict[str, str], served: bool
) -> None:
    card = make_card(name="rides", inputs={"x": {"type": "string", "tensor": "x", **form}}, example={})
    card.write(tmp_path / "rides" / "1")
    log = Lines()
    cards = Cards(tmp_path, log)  # type: ignore[arg-type]
    cards.refresh()
    assert ("rides" in cards.models) == served
    assert bool(log.errors) != served
    assert json.dumps(log.errors).count("has no readable inputs") == (not served)


@pytest.mark.parametrize(
    ("configuration", "served"), [({"task": {"horizon": 7}}, True), ({"task": {"horizon": "x"}}, False), ({}, False)]
)
def test_a_forecast_without_a_horizon_is_not_served(
    tmp_path: Path, make_card: Callable[..., ModelCard], configuration: dict[str, Any], served: bool
) -> None:
    # The page that describes all models could not be made.
    inputs = {"x": {"type": "string", "tensor": "x"}}
    make_card(name="rides", inputs=inputs, outputs=["values"], classes=None, configuration=configuration).write(
        tmp_path / "rides" / "1"
    )
    log = Lines()
    cards = Cards(tmp_path, log)  # type: ignore[arg-type]
    cards.refresh()
    assert ("rides" in cards.models) == served
    assert json.dumps(log.errors).count("no horizon") == (not served)

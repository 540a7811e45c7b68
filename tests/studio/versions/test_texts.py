"""Settings as short texts, and a version whose model was drawn among others."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

from registry import version_map
from schemas import codec
from schemas.home import Home
from schemas.model_card import ModelCard
from schemas.models import DrawnGraph, Tabular
from studio.versions import comparison, rows, texts


def test_settings_are_flat_and_short() -> None:
    values = {
        "model": {"@type": "Tabular", "hidden": [64, 32], "wide": True, "rate": 1e-3, "none": None, "long": "x" * 999}
    }
    found = texts.flat(values)
    assert found.pop("model.long") == "x" * 199 + "…"
    assert found == {
        "model": "Tabular",
        "model.hidden": "64, 32",
        "model.wide": "yes",
        "model.rate": "0.001",
        "model.none": "none",
    }


def test_a_drawn_model_is_shown_as_a_graph_and_not_line_by_line(
    make_card: Callable[..., ModelCard], tmp_path: Path
) -> None:
    home = Home(tmp_path, tmp_path)
    for number, model in enumerate((Tabular(), DrawnGraph({"dense": "Dense(units=3)"}, "c0ffee"))):
        card = make_card(version=f"1.{number}.0", serving_version=number + 1)
        changed = card.configuration | {"model": codec.encode(model)}
        card = dataclasses.replace(card, configuration=changed, pushed_at=f"2026-01-0{number + 1}T00:00:00+00:00")
        version_map.record(home.registry("titanic"), version_map.entry_of(card, blessed=True))
    drawn, page = rows.versions_of(home, "titanic").rows
    assert (drawn.drawn, page.drawn) == (True, False)
    assert drawn.parameters == {"model": "DrawnGraph", "training.epochs": "2"}
    sides = [comparison.side_of(home, "titanic", id) for id in ("1.0.0", "1.1.0")]
    settings = comparison.compare("titanic", *sides).settings
    assert settings["model"] == ("Tabular", "DrawnGraph")
    assert not any("layers" in name or "fingerprint" in name for name in settings)

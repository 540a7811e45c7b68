"""Fixtures that the tests of several folders share."""

import dataclasses
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from schemas.model_card import ModelCard

# No database: a run must not depend on the runs before it. No deadline: other work may share the machine. In CI the same
# examples each time: what it refuses must be the change that it looks at, and not an old bug that was drawn by chance.
settings.register_profile("slipway", database=None, deadline=None, derandomize="CI" in os.environ)
settings.load_profile("slipway")

_STATUS = pytest.StashKey[int]()

_CARD = ModelCard(
    name="titanic",
    task="BinaryClassification",
    label="Survived",
    inputs={"Age": {"type": "number"}, "Sex": {"type": "string"}},
    outputs=["class", "confidence", "probabilities"],
    classes=["died", "survived"],
    configuration={"features": {"Age": {}, "Sex": {}}, "model": {"hidden": [8]}, "training": {"epochs": 2}},
    code="c0de",
    example={"Age": 22.0, "Sex": "male"},
    run_id="20260101T000000.000000",
    pushed_at="2026-01-01T00:00:00+00:00",
    data={"fingerprint": "f" * 64, "limit": 0, "rows": {"train": 80, "eval": 20}},
    metrics={"binary_accuracy": 0.8},
)


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of the real datasets: $SLIPWAY_DATA, else ../shared/data beside the repository."""
    named = os.environ.get("SLIPWAY_DATA")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no datasets: neither SLIPWAY_DATA nor {folder} is a folder")
    return folder


@pytest.fixture(scope="session")
def make_card() -> Callable[..., ModelCard]:
    """A model card like that of a pushed Titanic model, with the fields that a test changes."""
    return _changed


def _changed(**changes: Any) -> ModelCard:
    # Without classes it is that of another task.
    if changes.get("classes", _CARD.classes) is None:
        changes = {"task": "Forecast" if changes.get("outputs") == ["values"] else "Regression"} | changes
    return dataclasses.replace(_CARD, **changes)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[_STATUS] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Ends the process as slipway.py does: protobuf's C code crashes when the interpreter frees messages at its end."""
    sys.stdout.flush()
    sys.stderr.flush()
    if "google._upb._message" in sys.modules and _STATUS in config.stash:
        os._exit(config.stash[_STATUS])

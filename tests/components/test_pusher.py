"""Which pushed model a trained one is; whole pushes are in tests/e2e."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.pusher import Executor
from schemas.model_card import ModelCard


@pytest.mark.parametrize("change", [{"weights": "b"}, {"reading": {"missing": ["NA"]}}, {"submission": {"id": "Id"}}])
def test_the_same_weights_are_another_model_when_files_are_read_or_written_otherwise(
    tmp_path: Path, make_card: Callable[..., ModelCard], change: dict[str, Any]
) -> None:
    assert Executor._already_pushed(make_card(weights="a"), tmp_path) is None
    pushed = make_card(weights="a", version="1.0.0", serving_version=1)
    pushed.write(tmp_path / "1")
    assert Executor._already_pushed(make_card(weights="a", run_id="of a later run"), tmp_path) == pushed
    assert Executor._already_pushed(make_card(**{"weights": "a"} | change), tmp_path) is None

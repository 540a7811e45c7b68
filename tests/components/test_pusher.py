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


def test_an_attempt_that_was_killed_after_its_push_is_found_behind_the_pushes_of_other_runs(
    tmp_path: Path, make_card: Callable[..., ModelCard]
) -> None:
    mine = make_card(weights="a", run_id="mine", version="1.0.0", serving_version=1)
    mine.write(tmp_path / "1")
    make_card(weights="b", run_id="another", version="1.0.1", serving_version=2).write(tmp_path / "2")
    assert Executor._already_pushed(make_card(weights="a", run_id="mine"), tmp_path) == mine
    assert Executor._already_pushed(make_card(weights="a", run_id="a third one"), tmp_path) is None

"""When the result of the last run is repeated; whole runs are in tests/e2e."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.execution.run import RECORD, LastRun, _known_result
from schemas.records import CasesReport, RunResult

KEY = "the fingerprint"
RESULT = RunResult(
    dataset="ships", run_id="1", repeated=False, examples=40, split="test", limit=0, blessed=True, version="1.0.0",
    serving_version=5, pushed_to="/models/5", excluded={}, metrics={"rmsle": 0.5}, naive={"rmsle": 0.6}, baseline=None,
    baseline_note=None, worst_slice=None, slices=(), seconds={"Imports": 1.0, "Trainer": 2.0, "Pusher": 0.5, "total": 4.0},
    cached=("Trainer",), log="", cases=CasesReport.of(()), checks=(),
)  # fmt: skip


@pytest.fixture
def known(tmp_path: Path) -> Callable[..., RunResult | None]:
    """What is known of a last run whose model 5 is still there; the arguments change the record."""

    def known(key: str = KEY, evidence: str = "models", **changes: Any) -> RunResult | None:
        (tmp_path / "models" / "5").mkdir(parents=True)
        last = LastRun(KEY, (str(tmp_path / evidence),), dataclasses.replace(RESULT, **changes))
        (tmp_path / RECORD).write_text(json.dumps(last.to_json()))
        return _known_result(tmp_path / RECORD, key, tmp_path / "models")

    return known


def test_a_repeated_result_says_so_and_that_every_step_was_taken_over(known: Callable[..., RunResult | None]) -> None:
    assert known() == dataclasses.replace(RESULT, repeated=True, cached=("Trainer", "Pusher"), seconds={})


def test_a_refused_model_is_refused_again(known: Callable[..., RunResult | None]) -> None:
    found = known(blessed=False, version=None, serving_version=None, pushed_to=None)
    assert found is not None and found.repeated and not found.blessed


@pytest.mark.parametrize("changes", [{"key": "another"}, {"evidence": "gone"}, {"serving_version": 4}])
def test_a_result_that_no_longer_stands_is_not_repeated(
    known: Callable[..., RunResult | None], changes: dict[str, Any]
) -> None:
    assert known(**changes) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"key": "the fingerprint", "evidence": [], "result": {}}'])
def test_a_record_that_somebody_edited_is_no_result(tmp_path: Path, text: str) -> None:
    (tmp_path / RECORD).write_text(text)
    assert _known_result(tmp_path / RECORD, KEY, tmp_path / "models") is None
    (tmp_path / RECORD).unlink()
    assert _known_result(tmp_path / RECORD, KEY, tmp_path / "models") is None

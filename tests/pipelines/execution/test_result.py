"""The result of a run from what its steps published; the artifacts are written as the components write them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from ml_metadata.proto import metadata_store_pb2

from pipelines.execution import result
from pipelines.execution.launching import FinishedStep
from pipelines.page import catalog
from schemas.model_card import ModelCard
from schemas.records import CaseResult, CasesReport, Check, SliceResult, Verdict

Artifact = metadata_store_pb2.Artifact
REFUSED = Verdict(
    blessed=False, checks=(Check("threshold", "auc", 0.7, 0.8, -0.1, False),), split="test", examples=40,
    metrics={"auc": 0.7}, naive={"auc": 0.5}, baseline=None, slices=(SliceResult({"Sex": "male"}, 20, {"auc": None}),),
    worst_slice=None, baseline_note="no model was blessed before",
)  # fmt: skip
CASES = CasesReport.of((CaseResult(1, "A reason.", {"class": "died"}, {"class": "died", "confidence": 0.9}, True),))


def artifact(folder: Path, **properties: str | int) -> Artifact:
    made = Artifact(uri=str(folder))
    for name, value in properties.items():
        kind = "int_value" if isinstance(value, int) else "string_value"
        setattr(made.custom_properties[name], kind, value)
    return made


@pytest.fixture
def finished(tmp_path: Path, make_card: Callable[..., ModelCard]) -> Callable[..., dict[str, FinishedStep]]:
    """The steps that a result is read from; the arguments are the properties of the pushed model."""

    def finished(cached: frozenset[str] = frozenset(), **push: str | int) -> dict[str, FinishedStep]:
        (tmp_path / "verdict.json").write_text(json.dumps(REFUSED.to_json()))
        (tmp_path / "cases.json").write_text(json.dumps(CASES.to_json()))
        make_card(devices="2 GPUs").write(tmp_path / "Format-Serving")
        outputs = {
            "Trainer": {"model": [artifact(tmp_path)]},
            "Cases": {"results": [artifact(tmp_path)]},
            "Evaluator": {"evaluation": [artifact(tmp_path)]},
            "Pusher": {"pushed_model": [artifact(tmp_path / "gone", limit=0, **push)]},
        }
        return {name: FinishedStep(name, 1.5, name in cached, found) for name, found in outputs.items()}

    return finished


@pytest.mark.parametrize("cached", [frozenset(), frozenset({"Trainer", "Cases"})])
def test_the_steps_that_were_taken_over_are_named(
    finished: Callable[..., dict[str, FinishedStep]], cached: frozenset[str]
) -> None:
    found = result.of_steps(catalog.load("titanic"), "1", finished(cached, pushed=0), {"Trainer": 1.5}, Path("log"))
    assert found.cached == tuple(name for name in ("Trainer", "Cases") if name in cached)


def test_the_result_says_what_the_verdict_and_the_cases_say(finished: Callable[..., dict[str, FinishedStep]]) -> None:
    steps = finished(pushed=0, version="1.0.0", pushed_version="5", pushed_destination="/models/5")
    found = result.of_steps(catalog.load("titanic"), "1", steps, {"Trainer": 1.5}, Path("log"))
    for field in REFUSED.to_json():
        assert getattr(found, field) == getattr(REFUSED, field), field
    assert (found.cases, found.devices, found.limit, found.repeated) == (CASES, "2 GPUs", 0, False)
    # An artifact of a Pusher that pushed nothing may have the properties of the push before.
    assert (found.version, found.serving_version, found.pushed_to) == (None, None, None)


def test_a_pushed_model_is_named_with_both_versions(finished: Callable[..., dict[str, FinishedStep]]) -> None:
    steps = finished(pushed=1, version="1.0.0", pushed_version="5", pushed_destination="/models/5")
    found = result.of_steps(catalog.load("titanic"), "1", steps, {}, Path("log"))
    assert (found.version, found.serving_version, found.pushed_to) == ("1.0.0", 5, "/models/5")


def test_the_evidence_is_what_is_there_and_the_pushed_model(
    finished: Callable[..., dict[str, FinishedStep]], tmp_path: Path
) -> None:
    steps = finished(pushed=1, pushed_destination="/models/5")
    assert result.evidence(steps) == [str(tmp_path)] * 3 + ["/models/5"]

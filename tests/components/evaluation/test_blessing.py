"""The verdict as TFX and TFMA read it; a whole run of them is in tests/e2e."""

import dataclasses
from pathlib import Path

import pytest
import tensorflow_model_analysis as tfma
from tfx.components.pusher.executor import Executor as TfxPusher
from tfx.dsl.input_resolution.strategies.latest_blessed_model_strategy import LatestBlessedModelStrategy
from tfx.types import standard_artifacts

from components.evaluation import blessing
from components.evaluation.eval_config import eval_config
from schemas.records import Check, Verdict
from schemas.tasks import BinaryClassification, MultiLabel, Regression, Several

MISSED = Check("threshold", "auc", 0.7, 0.8, -0.1, False)
UNKNOWN = Check("naive baseline", "auc", None, 0.5, None, False)
BLESSED = Verdict(
    blessed=True, checks=(Check("threshold", "auc", 0.9, 0.8, 0.1, True),), split="test", examples=40,
    metrics={"auc": 0.9}, naive={}, baseline=None, slices=(), worst_slice=None, baseline_note=None,
)  # fmt: skip
REFUSED = dataclasses.replace(BLESSED, blessed=False, checks=(*BLESSED.checks, MISSED, UNKNOWN))


@pytest.fixture
def artifact(tmp_path: Path) -> standard_artifacts.ModelBlessing:
    artifact = standard_artifacts.ModelBlessing()
    artifact.uri = str(tmp_path)
    return artifact


def model(identifier: int) -> standard_artifacts.Model:
    artifact = standard_artifacts.Model()
    artifact.id, artifact.uri = identifier, f"/models/{identifier}"
    return artifact


def test_a_blessing_is_a_file_and_a_property(artifact: standard_artifacts.ModelBlessing, tmp_path: Path) -> None:
    blessing.write(artifact, True, model(1))
    assert [file.name for file in tmp_path.iterdir()] == ["BLESSED"]
    assert artifact.get_int_custom_property("blessed") == 1


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("last", [True, False])
def test_our_verdict_counts_over_one_that_is_there(
    artifact: standard_artifacts.ModelBlessing, tmp_path: Path, first: bool, last: bool
) -> None:
    blessing.write(artifact, first, model(1))
    blessing.write(artifact, last, model(1))
    assert [file.name for file in tmp_path.iterdir()] == ["BLESSED" if last else "NOT_BLESSED"]
    assert artifact.get_int_custom_property("blessed") == int(last)


@pytest.mark.parametrize("blessed", [True, False])
def test_tfx_finds_the_model_that_was_blessed_and_pushes_no_other(
    artifact: standard_artifacts.ModelBlessing, blessed: bool
) -> None:
    blessing.write(artifact, blessed, model(7), model(3))
    assert TfxPusher().CheckBlessing({"model_blessing": [artifact]}) is blessed
    channels = {"model": [model(7), model(8)], "model_blessing": [artifact]}
    found = LatestBlessedModelStrategy()._resolve(channels, "model", "model_blessing")
    assert [found_model.id for found_model in found["model"]] == ([7] if blessed else [])
    assert artifact.get_string_custom_property("current_model") == "/models/7"
    assert artifact.get_int_custom_property("baseline_model_id") == 3
    assert artifact.get_string_custom_property("baseline_model") == "/models/3"


@pytest.mark.parametrize("verdict", [BLESSED, REFUSED])
def test_tfma_reads_the_verdict_and_what_failed(verdict: Verdict, tmp_path: Path) -> None:
    (tmp_path / "validations.tfrecord").write_bytes(b"what TFMA wrote")
    blessing.write_validation(str(tmp_path), verdict)
    found = tfma.load_validation_result(str(tmp_path))
    assert found.validation_ok is verdict.blessed and not found.missing_thresholds
    failures = [failure for part in found.metric_validations_per_slice for failure in part.failures]
    assert [(failure.metric_key.name, failure.metric_value.double_value.value) for failure in failures] == (
        [] if verdict.blessed else [("auc", 0.7), ("auc", 0.0)]
    )


def test_tfma_is_given_nothing_to_judge_by() -> None:
    config = eval_config(BinaryClassification("y", ("a", "b")), (("Sex",),))
    assert not tfma.metrics.metric_thresholds_from_metrics_specs(config.metrics_specs, eval_config=config)
    assert [list(spec.feature_keys) for spec in config.slicing_specs] == [[], ["Sex"]]


def test_tfma_reads_every_label_and_gives_all_outputs() -> None:
    both = Several.of((BinaryClassification("topic", ("a", "b")), Regression("price")))
    candidate, baseline = eval_config(both, ()).model_specs
    assert dict(candidate.label_keys) == {"topic": "topic", "price": "price"}
    assert (candidate.label_key, candidate.prediction_key, baseline.is_baseline) == ("", "", True)
    (one, _) = eval_config(MultiLabel("tags", classes=("new",)), ()).model_specs
    assert (one.label_key, one.prediction_key) == ("tags", "probabilities")

"""The whole pipeline on scikit-learn's digits: no data, no network."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_model_analysis as tfma

from tests.e2e.command import Slipway

CLASSES = [str(digit) for digit in range(10)]


@pytest.fixture(scope="module")
def slipway(home: Path) -> Slipway:
    return Slipway(home, home.parent / "no-data")


@pytest.fixture(scope="module")
def result(slipway: Slipway) -> dict[str, Any]:
    """The first run."""
    return slipway.json("run", "digits")


def artifact(home: Path, path: str) -> Path:
    """The only artifact of an output, e.g. ``ExampleGen/examples``."""
    (folder,) = (home / "pipelines" / "digits" / path).iterdir()
    return folder


def eval_examples(home: Path) -> tuple[list[bytes], list[bytes], list[str]]:
    """Serialized examples, pictures and true classes of the eval split."""
    files = [str(file) for file in artifact(home, "ExampleGen/examples").glob("Split-eval/*")]
    records = list(tf.data.TFRecordDataset(files, compression_type="GZIP").as_numpy_iterator())
    examples = [tf.train.Example.FromString(record) for record in records]
    pictures = [example.features.feature["image"].bytes_list.value[0] for example in examples]
    labels = [CLASSES[example.features.feature["digit"].int64_list.value[0]] for example in examples]
    return records, pictures, labels


def test_a_first_run_is_blessed_and_pushed_as_1_0_0(result: dict[str, Any], home: Path) -> None:
    assert result["blessed"] and result["version"] == "1.0.0" and result["cached"] == []
    assert result["metrics"]["accuracy"] >= 0.96
    assert result["naive"]["accuracy"] < 0.2
    assert Path(result["pushed_to"]) == home / "models" / "digits" / str(result["serving_version"])
    assert {"total", "ExampleGen", "Transform", "Trainer", "Evaluator", "Pusher"} <= result["seconds"].keys()


def test_the_pushed_model_gives_the_accuracy_that_the_evaluator_reported(result: dict[str, Any], home: Path) -> None:
    records, pictures, labels = eval_examples(home)
    assert len(labels) == result["examples"]
    signatures = tf.saved_model.load(result["pushed_to"]).signatures
    by_example = signatures["serving_default"](examples=tf.constant(records))
    by_column = signatures["predict"](image=tf.constant(pictures))
    for answers in (by_example, by_column):
        right = np.mean(answers["class"].numpy().astype(str) == np.array(labels))
        assert right == pytest.approx(result["metrics"]["accuracy"], abs=1e-9)
    np.testing.assert_allclose(by_example["probabilities"], by_column["probabilities"], atol=1e-6)
    np.testing.assert_allclose(by_example["probabilities"].numpy().sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(by_example["confidence"], by_example["probabilities"].numpy().max(axis=1))


def test_transform_features_gives_what_the_model_sees(result: dict[str, Any], home: Path) -> None:
    records, _, _ = eval_examples(home)
    encoded = tf.saved_model.load(result["pushed_to"]).signatures["transform_features"](examples=tf.constant(records))
    assert encoded["image"].shape == (len(records), 8, 8, 1)
    assert 0 <= float(tf.reduce_min(encoded["image"])) < float(tf.reduce_max(encoded["image"])) <= 1


def test_tfma_and_the_verdict_agree(result: dict[str, Any], home: Path) -> None:
    evaluation = artifact(home, "Evaluator/evaluation")
    assert tfma.load_validation_result(str(evaluation)).validation_ok is result["blessed"]
    assert [check["passed"] for check in result["checks"]] == [True] * len(result["checks"])
    assert len(result["slices"]) == 10
    assert sum(entry["examples"] for entry in result["slices"]) == result["examples"]


def test_the_model_card_explains_the_model(result: dict[str, Any]) -> None:
    card = json.loads((Path(result["pushed_to"]) / "assets.extra" / "model_card.json").read_text())
    assert card["inputs"] == {"image": {"type": "image", "tensor": "image"}} and card["classes"] == CLASSES
    assert card["version"] == result["version"] and card["metrics"] == result["metrics"]
    assert card["data"]["rows"] == {"train": 1797 - result["examples"], "eval": result["examples"]}
    assert base64.b64decode(card["example"]["image"]["b64"]).startswith(b"\x89PNG")


def test_tensorboard_logs_are_kept(result: dict[str, Any], home: Path) -> None:
    assert list(artifact(home, "Trainer/model_run").rglob("events.out.tfevents*"))


def test_predict_answers_a_picture(result: dict[str, Any], slipway: Slipway, tmp_path: Path) -> None:
    _, pictures, labels = eval_examples(slipway.home)
    file = tmp_path / "digit.png"
    file.write_bytes(pictures[0])
    answer = slipway.json("predict", "digits", str(file))
    assert answer["output"]["class"] == labels[0] and 0.1 < answer["output"]["confidence"] <= 1
    assert answer["version"] == "1.0.0"
    assert "PNG or JPEG" in slipway.refused("predict", "digits", __file__)


def test_nothing_changed_means_nothing_is_run(result: dict[str, Any], slipway: Slipway) -> None:
    again = slipway.json("run", "digits")
    assert again["repeated"] and again["run_id"] == result["run_id"]
    assert set(again["cached"]) >= {"ExampleGen", "Transform", "Trainer", "Evaluator", "Pusher"}


def test_a_removed_model_is_pushed_again(result: dict[str, Any], slipway: Slipway) -> None:
    pushed = Path(result["pushed_to"])
    moved = pushed.rename(slipway.home / "moved")
    try:
        again = slipway.json("run", "digits")
        assert not again["repeated"] and "Trainer" in again["cached"]
        assert Path(again["pushed_to"]).is_dir()
    finally:
        if not pushed.exists():
            moved.rename(pushed)

"""A whole run of scikit-learn's digits, to the pushed model: no data, no network. test_matrix has what datasets share."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf
import tensorflow_model_analysis as tfma

from schemas import curves, events
from tests.e2e.command import Slipway

CLASSES = [str(digit) for digit in range(10)]


@pytest.fixture(scope="module")
def slipway(home: Path) -> Slipway:
    return Slipway(home, home.parent / "no-data")


@pytest.fixture(scope="module")
def stream(slipway: Slipway) -> list[events.Event]:
    """The events of the first run."""
    out, _ = slipway("run", "digits", "--events")
    return [events.from_json(line) for line in out.splitlines()]


@pytest.fixture(scope="module")
def result(stream: list[events.Event]) -> dict[str, Any]:
    """The first run's."""
    last = stream[-1]
    assert isinstance(last, events.RunFinished)
    return dict(last.result)


def test_the_events_of_a_run_say_all_that_happens(stream: list[events.Event], result: dict[str, Any]) -> None:
    assert stream[0] == events.RunStarted("digits")
    finished = {event.step: event.seconds for event in stream if isinstance(event, events.StepFinished)}
    started = [event.step for event in stream if isinstance(event, events.StepStarted)]
    assert started == list(finished) == [step for step in result["seconds"] if step != "total"]
    assert finished["Trainer"] == pytest.approx(result["seconds"]["Trainer"], abs=0.001)
    epochs = [event for event in stream if isinstance(event, events.EpochEnded)]
    trains = stream.index(events.StepStarted("Trainer"))
    assert trains < stream.index(epochs[0]) < stream.index(epochs[-1]) < trains + len(epochs) + 3
    assert {tuple(sorted(numbers)) for epoch in epochs for numbers in (epoch.train, epoch.eval)} == {
        ("accuracy", "loss")
    }
    assert epochs[-1].eval["accuracy"] > 0.9 and epochs[-1].train["loss"] < epochs[0].train["loss"]


def test_the_curves_of_the_training_travel_with_the_model(stream: list[events.Event], result: dict[str, Any]) -> None:
    (curve,) = curves.read(Path(result["pushed_to"]))
    assert list(curve.epochs) == [event for event in stream if isinstance(event, events.EpochEnded)]
    assert curve.best is not None and curve.best.eval["loss"] == min(epoch.eval["loss"] for epoch in curve.epochs)


def artifact(home: Path, path: str) -> Path:
    """The only artifact of an output, e.g. ``ExampleGen/examples``."""
    (folder,) = (home / "pipelines" / "digits" / path).iterdir()
    return folder


def a_picture(home: Path) -> tuple[bytes, str]:
    """A picture of the test split, and its true class."""
    file = str(next(artifact(home, "ExampleGen/examples").glob("Split-test/*")))
    record = next(tf.data.TFRecordDataset(file, compression_type="GZIP").as_numpy_iterator())
    features = tf.train.Example.FromString(record).features.feature
    return features["image"].bytes_list.value[0], CLASSES[features["digit"].int64_list.value[0]]


def test_a_first_run_is_blessed_and_pushed_as_1_0_0(result: dict[str, Any], home: Path) -> None:
    assert result["blessed"] and result["version"] == "1.0.0" and result["cached"] == []
    assert result["metrics"]["accuracy"] >= 0.96
    assert result["naive"]["accuracy"] < 0.2
    assert Path(result["pushed_to"]) == home / "models" / "digits" / str(result["serving_version"])
    assert {"total", "ExampleGen", "Transform", "Trainer", "Evaluator", "Pusher"} <= result["seconds"].keys()


def test_tfma_and_the_verdict_agree(result: dict[str, Any], home: Path) -> None:
    evaluation = artifact(home, "Evaluator/evaluation")
    assert tfma.load_validation_result(str(evaluation)).validation_ok is result["blessed"]
    assert [check["passed"] for check in result["checks"]] == [True] * len(result["checks"])
    assert {entry["slice"]["digit"] for entry in result["slices"]} == set(CLASSES)
    assert sum(entry["examples"] for entry in result["slices"]) == result["examples"]


def test_the_model_card_explains_the_model(result: dict[str, Any]) -> None:
    card = json.loads((Path(result["pushed_to"]) / "assets.extra" / "model_card.json").read_text())
    assert card["inputs"] == {"image": {"type": "image", "tensor": "image"}} and card["classes"] == CLASSES
    assert card["version"] == result["version"] and card["metrics"] == result["metrics"]
    rows = card["data"]["rows"]
    assert rows.keys() == {"train", "eval", "test"} and sum(rows.values()) == 1797
    assert rows["test"] == result["examples"] and rows["train"] > 3 * rows["eval"]
    assert base64.b64decode(card["example"]["image"]["b64"]).startswith(b"\x89PNG")


def test_predict_answers_a_picture(result: dict[str, Any], slipway: Slipway, tmp_path: Path) -> None:
    picture, label = a_picture(slipway.home)
    file = tmp_path / "digit.png"
    file.write_bytes(picture)
    answer = slipway.json("predict", "digits", str(file))
    assert answer["output"]["class"] == label and 0.1 < answer["output"]["confidence"] <= 1
    assert answer["version"] == "1.0.0"
    assert "PNG, JPEG" in slipway.refused("predict", "digits", __file__)


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

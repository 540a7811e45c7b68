"""Contracts against real SavedModels whose behaviour is known, and real tf.Examples."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf
from PIL import Image
from sklearn.datasets import load_digits

from components.data import keys
from components.evaluation import contracts, verdict
from prediction.loaded_model import LoadedModel
from schemas.contracts import Contract, Invariant, Monotone
from schemas.model_card import ModelCard
from schemas.records import ContractResult
from schemas.tasks import Regression
from tests.components.evaluation.models import saved

MakeCard = Callable[..., ModelCard]
AGE = {"Age": {"type": "number", "tensor": "Age"}}
TEXT = {"text": {"type": "string", "tensor": "text"}}
PICTURE = {"image": {"type": "image", "tensor": "image"}}


def examples(folder: Path, column: str, values: list[Any]) -> str:
    """An Examples artifact with these values in the test split; None where one is missing."""
    (folder / "Split-test").mkdir(parents=True)
    with tf.io.TFRecordWriter(str(folder / "Split-test" / "examples-00000.gz"), "GZIP") as out:
        for value in values:
            feature = {} if value is None else {column: _feature(value)}
            out.write(tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString())
    rows = range(len(values))
    keys.write(
        str(folder), "test", "examples-00000.gz", pa.table({"key": [f"row {row}" for row in rows], "source_row": rows})
    )
    return str(folder)


def _feature(value: Any) -> tf.train.Feature:
    if isinstance(value, bytes):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
    return tf.train.Feature(float_list=tf.train.FloatList(value=[value]))


def judged(contract: Contract, model: Path, uri: str) -> ContractResult:
    (result,) = contracts.judge([contract], LoadedModel(model), uri)
    return result


@pytest.fixture
def hill(tmp_path: Path, make_card: MakeCard) -> Path:
    """The value rises with the age until 50, and falls then."""
    card = make_card(classes=None, inputs=AGE, outputs=["value"])
    return saved(tmp_path / "hill", card, lambda Age: {"value": 100 - tf.abs(Age - 50)})  # noqa: N803


def test_the_share_of_rows_where_the_answer_rises_is_measured(tmp_path: Path, hill: Path) -> None:
    uri = examples(tmp_path / "examples", "Age", [10.0, 20.0, 30.0, 70.0, None])
    up = judged(Monotone("Age", "up", by=10), hill, uri)
    assert (up.examples, up.share, up.passed, up.broken) == (4, 0.75, False, ("row 3",))
    assert judged(Monotone("Age", "up", by=10, share=0.75), hill, uri).passed
    assert judged(Monotone("Age", "down", by=10), hill, uri).share == 0.25


def test_without_a_step_a_standard_deviation_is_added(tmp_path: Path, hill: Path) -> None:
    # 30 and 70 have a deviation of 20: from 30 to 50 the value rises, from 70 to 90 it falls.
    uri = examples(tmp_path / "examples", "Age", [30.0, 70.0])
    assert judged(Monotone("Age", "up"), hill, uri).broken == ("row 1",)


def test_a_value_may_change_by_the_share_that_is_allowed(tmp_path: Path, make_card: MakeCard) -> None:
    card = make_card(classes=None, inputs=TEXT, outputs=["value"])
    model = saved(
        tmp_path / "model", card, lambda text: {"value": 100.0 + 4.0 * tf.cast(tf.strings.length(text), tf.float32)}
    )
    uri = examples(tmp_path / "examples", "text", [b"he said", b"no pronoun", b"HE, She."])
    loose = judged(Invariant("text", swap=(("he", "she"),)), model, uri)
    assert (loose.examples, loose.share) == (2, 1.0)  # a text without the words is not changed, and not counted
    strict = judged(Invariant("text", swap=(("he", "she"),), within=0.01), model, uri)
    assert strict.broken == ("row 0",)  # in the other one both words change places: it stays as long


def test_whole_words_change_places_and_keep_their_capital() -> None:
    swap = contracts._swapping((("he", "she"), ("actor", "actress")))
    assert swap("He told the actress that she, not he, sees the actors.") == (
        "She told the actor that he, not she, sees the actors."
    )


def test_a_picture_is_turned_counter_clockwise_and_moved_to_the_right() -> None:
    pixels = np.zeros((9, 9), np.uint8)
    pixels[4, 7] = 255  # right of the middle
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")

    def brightest(data: bytes) -> tuple[int, ...]:
        found = np.asarray(Image.open(io.BytesIO(data)))
        return tuple(int(place) for place in np.unravel_index(found.argmax(), found.shape))

    assert brightest(contracts.moved(out.getvalue(), 90, 0)) == (1, 4)
    assert brightest(contracts.moved(out.getvalue(), 0, 1)) == (4, 8)
    assert not np.asarray(Image.open(io.BytesIO(contracts.moved(out.getvalue(), 0, 5)))).any()


def test_a_class_that_depends_on_the_left_edge_changes_when_pictures_move(tmp_path: Path, make_card: MakeCard) -> None:
    def answer(image: tf.Tensor) -> dict[str, tf.Tensor]:
        decoded = tf.map_fn(lambda png: tf.io.decode_png(png, 1), image, fn_output_signature=tf.uint8)
        light = tf.cast(tf.reduce_max(decoded[:, :, 1:2, 0], axis=[1, 2]) > 60, tf.float32)
        shares = tf.stack([1 - light, light], axis=1)
        best = tf.argmax(shares, axis=1)
        return {
            "class": tf.gather(tf.constant(["dark", "light"]), best),
            "confidence": tf.reduce_max(shares, axis=1),
            "probabilities": shares,
        }

    model = saved(tmp_path / "model", make_card(classes=["dark", "light"], inputs=PICTURE), answer)
    digits = []
    for pixels in load_digits().images[:60]:
        out = io.BytesIO()
        Image.fromarray((pixels * 15).astype(np.uint8)).save(out, "PNG")
        digits.append(out.getvalue())
    uri = examples(tmp_path / "examples", "image", digits)
    assert judged(Invariant("image", shift=1), model, uri).share < 0.95
    edges = [np.asarray(Image.open(io.BytesIO(png)))[:, :2].max(axis=0) > 60 for png in digits]
    kept = [one == two for one, two in edges]
    assert judged(Invariant("image", shift=1), model, uri).share == pytest.approx(np.mean(kept))


def test_a_contract_that_no_example_can_try_decides_nothing(tmp_path: Path, hill: Path) -> None:
    uri = examples(tmp_path / "examples", "Age", [None, None])
    result = judged(Monotone("Age", "up", by=1), hill, uri)
    assert (result.examples, result.share, result.passed) == (0, None, None)


@pytest.mark.parametrize(("share", "blessed"), [(0.96, True), (0.9, False)])
def test_a_contract_decides_the_blessing_as_a_threshold_does(share: float, blessed: bool) -> None:
    result = ContractResult("Monotone('Age', 'up')", 0.95, 100, share, share >= 0.95, ())
    untried = ContractResult("Monotone('Fare', 'up')", 0.95, 0, None, None, ())
    overall = verdict.SliceResult({}, 100, {"rmse": 1.0, "mae": 1.0})
    found = verdict.judge(
        Regression("price"), overall, [], split="test", thresholds={}, naive={}, baseline=None, tolerance=0, note=None,
        contracts=[result, untried],
    )  # fmt: skip
    assert found.blessed is blessed and found.contracts == (result, untried)
    (check,) = found.checks
    assert (check.kind, check.metric, check.value, check.bound) == ("contract", "Monotone('Age', 'up')", share, 0.95)

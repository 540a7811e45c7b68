"""A training on examples that are read from their files ends where one on held examples does."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.datasets import load_breast_cancer

from components.data.summary import SplitSummary
from components.features import derived
from components.features.encoded import Features
from components.features.scales import ClassScale
from components.training import devices
from components.training.datasets import Held, encoder, examples
from components.training.fitting import Data, fit_ensemble
from components.training.streaming import Streamed
from schemas import encoding
from schemas.description import Description
from schemas.features import Feature, Number
from schemas.models import Tabular
from schemas.tasks import BinaryClassification
from schemas.training import Training

TASK = BinaryClassification(label="y", classes=("malignant", "benign"))
FEATURES: dict[str, Feature] = {f"x{number}": Number() for number in range(10)}
DESCRIPTION = Description("cancer", TASK, FEATURES)
ENCODE = encoder(DESCRIPTION, dict, ClassScale())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rows in the order of their labels, which a shuffling that mixes too little would show; every third for eval."""
    root = tmp_path_factory.mktemp("examples")
    data = load_breast_cancer()
    table = (data.data[:, :10] - data.data[:, :10].mean(axis=0)) / data.data[:, :10].std(axis=0)
    order = np.argsort(data.target, kind="stable")
    for split, rows in (("train", order[np.arange(len(order)) % 3 > 0]), ("eval", order[::3])):
        (root / split).mkdir()
        for number, part in enumerate(np.array_split(rows, 6)):
            options = tf.io.TFRecordOptions(compression_type="GZIP")
            with tf.io.TFRecordWriter(str(root / split / f"{number}.gz"), options) as out:
                for row in part:
                    out.write(_example(table[row], int(data.target[row])))
    return root


def _example(numbers: np.ndarray, label: int) -> bytes:
    cells = {
        f"x{place}": tf.train.Feature(float_list=tf.train.FloatList(value=[one])) for place, one in enumerate(numbers)
    }
    cells["y"] = tf.train.Feature(int64_list=tf.train.Int64List(value=[label]))
    return tf.train.Example(features=tf.train.Features(feature=cells)).SerializeToString()


def measured(folder: Path, memory: float, kind: type) -> tuple[float, float]:
    """Loss and accuracy on the eval split."""
    keras.utils.set_random_seed(1)
    rows = {"train": 379, "eval": 190}
    train, evaluation = (
        examples([str(folder / split / "*")], ENCODE, "y", count, memory) for split, count in rows.items()
    )
    assert isinstance(train, kind) and isinstance(evaluation, kind)
    features = Features("cancer", TASK, encoding.encoded(DESCRIPTION, lambda _: 0))
    spec, training = Tabular(hidden=(16,), dropout=0.0), Training(epochs=12, learning_rate=1e-2)
    summary = SplitSummary(rows=rows["train"], missing={}, label={"counts": {"0": 1, "1": 1}})
    fitted = fit_ensemble(
        lambda: derived.load(spec.builder)(spec, features), features, Data(train, evaluation, summary), training,
        devices.find(workers=1),
    )  # fmt: skip
    best = min(fitted.curves, key=lambda epoch: epoch.eval["loss"]).eval
    return best["loss"], best["accuracy"]


def test_streamed_and_held_examples_are_learned_from_alike(folder: Path) -> None:
    held, streamed = measured(folder, 1.0, Held), measured(folder, 0, Streamed)
    assert held[1] > 0.9
    assert streamed == pytest.approx(held, abs=0.03)

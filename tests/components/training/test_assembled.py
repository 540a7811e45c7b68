"""One model of a picture and a number, of two texts: each part is learned from, on real data."""

import gzip
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits

from components.features import derived
from components.features.encoded import Features, encoded
from schemas import encoding
from schemas.description import Description
from schemas.features import Feature, Image, Number, Text
from schemas.models import Model, Sequence, Tabular
from schemas.tasks import BinaryClassification

TASK = BinaryClassification(label="y", classes=("no", "yes"))
PICTURE: dict[str, Feature] = {"picture": Image(height=8, width=8)}
NUMBER: dict[str, Feature] = {"number": Number()}


def accuracy(features: dict[str, Feature], rows: dict[str, np.ndarray], label: np.ndarray, epochs: int = 15) -> float:
    """Of the last third, of a model that is trained on the others."""
    keras.utils.set_random_seed(1)
    found = Features("d", TASK, encoding.encoded(Description("d", TASK, features), lambda _: 0))
    spec = Tabular(hidden=(32,), dropout=0.0)
    model = derived.load(spec.builder)(spec, found)
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    cut = len(label) * 2 // 3
    inputs = {name: rows[name] for name in features}
    model.fit({n: v[:cut] for n, v in inputs.items()}, label[:cut], epochs=epochs, verbose=0)
    return float(model.evaluate({n: v[cut:] for n, v in inputs.items()}, label[cut:], verbose=0)[1])


def test_a_picture_and_a_number_together_tell_more_than_either_alone() -> None:
    """Whether a handwritten digit is greater than a number that stands beside it."""
    digits = load_digits()
    threshold = np.random.default_rng(0).integers(0, 10, len(digits.target))
    rows = {
        "picture": (digits.images[..., None] / 16).astype(np.float32),
        "number": ((threshold - 4.5) / 2.9).astype(np.float32),
    }
    label = (digits.target > threshold).astype(np.int64)
    both = accuracy(PICTURE | NUMBER, rows, label)
    alone = [accuracy(one, rows, label) for one in (PICTURE, NUMBER)]
    assert both > max(alone) + 0.05


WORDS = [b"good", b"bad", b"tea"]
VECTORS = {"good": [1, 0, 0, 0.5], "bad": [-1, 0, 0, 0.25]}


@pytest.fixture
def vectors_file(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SLIPWAY_DATA", str(tmp_path))
    (tmp_path / "d").mkdir()
    with gzip.open(tmp_path / "d" / "glove.txt.gz", "wt") as file:
        file.writelines(f"{word} {' '.join(map(str, vector))}\n" for word, vector in VECTORS.items())
    return "glove.txt.gz"


@pytest.mark.parametrize("spec", [Tabular(), Tabular(reader="conv"), Sequence(), Sequence(reader="gru")])
@pytest.mark.parametrize("trainable", [True, False])
def test_pretrained_vectors_are_where_the_words_start(spec: Model, trainable: bool, vectors_file: str) -> None:
    transform: Any = SimpleNamespace(vocabulary_size_by_name=lambda _: len(WORDS), vocabulary_by_name=lambda _: WORDS)
    text = Text(vocabulary=8, length=3, pretrained=vectors_file, trainable=trainable)
    features = encoded(Description("d", TASK, {"text": text}), transform)
    model = derived.load(spec.builder)(spec, features)
    (layer,) = [layer for layer in model.layers if isinstance(layer, keras.layers.Embedding)]
    table = np.asarray(layer.embeddings)
    assert table.shape == (2 + len(WORDS), 4)
    np.testing.assert_array_equal(table[0], [0] * 4)
    np.testing.assert_array_equal(table[2:4], [VECTORS["good"], VECTORS["bad"]])
    assert np.abs(table[4]).max() > 0
    assert any(one is layer.embeddings for one in model.trainable_variables) == trainable
    assert "0.25" not in model.to_json()  # the vectors are weights, not the model's description

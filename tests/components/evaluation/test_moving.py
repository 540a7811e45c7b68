"""Importance of many numbers, asked by moving encoded columns: the numbers that raw columns give."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_breast_cancer

from analysis.importance import importance
from components.evaluation.moving import Moving
from schemas import encoding
from schemas.description import Description
from schemas.encoding import MATRIX
from schemas.features import Category, Feature, Number
from schemas.tasks import BinaryClassification
from tests.analysis.tables import table

CANCER = BinaryClassification("kind", ("malignant", "benign"))
DATA = load_breast_cancer()
ROWS = 90
# Measurements three times: as they are, in another order, and with missing cells. Every second has an indicator.
CELLS = np.concatenate([DATA.data[:ROWS], DATA.data[:ROWS][:, ::-1], DATA.data[:ROWS]], axis=1).astype(np.float32)
CELLS[np.random.default_rng(1).random(CELLS.shape) < 0.1] = np.nan
NUMBERS = {f"n{place}": Number(indicator=place % 2 == 0) for place in range(CELLS.shape[1])}
SUM = Number(derived="tests.components.evaluation.test_moving:sums", of=("n3", "n4"))
FEATURES: dict[str, Feature] = {"c": Category(names=("a", "b"))} | NUMBERS | {"sum": SUM}
COLUMNS = {"c": np.array(["a", "b", ""] * (ROWS // 3), object)} | dict(zip(NUMBERS, CELLS.T, strict=True))


class Asked:
    """A model of one layer, which notes what it is asked by."""

    def __init__(self) -> None:
        self.raw_calls: list[int] = []
        width = 1 + sum(map(len, encoding.matrix_columns(FEATURES).values()))
        self.weights = np.random.default_rng(2).normal(size=(width, 1)).astype(np.float32)

    def encode(self, columns: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        numbers = tf.stack([columns[name] for name in NUMBERS] + [columns["n3"] + columns["n4"]], axis=1)
        known = tf.math.is_finite(numbers)
        scaled = tf.where(known, numbers / np.nanmax(CELLS), 0.0)
        indicators = tf.cast(
            tf.boolean_mask(~known, [place % 2 == 0 for place in range(len(NUMBERS))] + [False], axis=1), tf.float32
        )
        return {MATRIX: tf.concat([scaled, indicators], axis=1), "c": tf.cast(columns["c"] == "a", tf.int64)}

    def answer(self, encoded: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        inputs = tf.concat([encoded[MATRIX], tf.cast(encoded["c"], tf.float32)[:, tf.newaxis]], axis=1)
        share = tf.sigmoid(inputs @ self.weights)
        return {"probabilities": tf.concat([1 - share, share], axis=1)}

    def raw_outputs(self, columns: Mapping[str, Any]) -> dict[str, np.ndarray]:
        self.raw_calls.append(len(columns["c"]))
        tensors = {
            name: tf.constant(cells, tf.string if name == "c" else tf.float32) for name, cells in columns.items()
        }
        return {name: output.numpy() for name, output in self.answer(self.encode(tensors)).items()}


def test_importance_is_the_same_and_single_numbers_are_not_encoded_again() -> None:
    model, repeats = Asked(), 3
    shares = model.raw_outputs(COLUMNS)["probabilities"]
    predictions = table(CANCER, DATA.target[:ROWS], shares, inputs=COLUMNS)
    model.raw_calls.clear()
    expected = importance(predictions, model.raw_outputs, repeats=repeats)
    asked_before = sum(model.raw_calls)
    model.raw_calls.clear()
    found = importance(
        predictions, model.raw_outputs, repeats=repeats, ask=Moving(model, Description("d", CANCER, FEATURES))
    )
    assert found == expected and len({each.worsening.value for each in found.columns}) > 3
    # The calls with the category, and with the two numbers that another feature is computed of.
    assert 0 < sum(model.raw_calls) < asked_before

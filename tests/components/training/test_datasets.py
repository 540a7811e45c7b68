"""Batches of a split that is held in memory."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from components.features.label_scale import LabelScale
from components.training.datasets import Held, held
from schemas.description import Description
from schemas.features import Number
from schemas.tasks import Regression

ROWS = 100
HELD = Held({"id": tf.range(ROWS), "square": tf.range(ROWS) ** 2}, tf.cast(tf.range(ROWS), tf.float32))


def ids(batches: tf.data.Dataset) -> list[int]:
    """The rows in the order in which they come; features and label must have stayed together."""
    found: list[int] = []
    for features, label in batches.as_numpy_iterator():
        np.testing.assert_array_equal(features["square"], features["id"] ** 2)
        np.testing.assert_array_equal(label, features["id"])
        found += features["id"].tolist()
    return found


def test_in_order_is_the_order_of_the_files() -> None:
    assert HELD.rows == ROWS
    assert [len(label) for _, label in HELD.in_order(32)] == [32, 32, 32, 4]
    assert ids(HELD.in_order(32)) == list(range(ROWS))


def test_each_pass_has_every_row_once_in_another_order() -> None:
    batches = HELD.shuffled(32, seed=1, endless=False)
    first, second = ids(batches), ids(batches)
    assert sorted(first) == sorted(second) == list(range(ROWS))
    assert first != second and first != sorted(first)


@pytest.mark.parametrize("endless", [True, False])
def test_the_same_seed_gives_the_same_order(endless: bool) -> None:
    one, same, other = (HELD.shuffled(10, seed, endless=endless).take(10) for seed in (1, 1, 2))
    assert ids(one) == ids(same)
    assert ids(one) != ids(other)


def test_without_an_end_one_pass_follows_another() -> None:
    found = ids(HELD.shuffled(30, seed=1, endless=True).take(10))  # 300 rows
    passes = [found[begin : begin + ROWS] for begin in (0, ROWS, 2 * ROWS)]
    assert [sorted(one) for one in passes] == [list(range(ROWS))] * 3
    assert passes[0] != passes[1]


def write(file: Path, numbers: list[float]) -> None:
    file.parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(file), tf.io.TFRecordOptions(compression_type="GZIP")) as out:
        for number in numbers:
            value = tf.train.Feature(float_list=tf.train.FloatList(value=[number]))
            out.write(
                tf.train.Example(features=tf.train.Features(feature={"x": value, "y": value})).SerializeToString()
            )


def test_files_are_read_pattern_by_pattern_and_by_name(tmp_path: Path) -> None:
    """Whoever reads the same files elsewhere, as the answers to a fold are put beside its rows, relies on the order."""
    write(tmp_path / "later" / "1.gz", [1.0, 2.0])
    write(tmp_path / "later" / "2.gz", [3.0])
    write(tmp_path / "earlier" / "1.gz", [4.0])
    patterns = [str(tmp_path / "later" / "*"), str(tmp_path / "earlier" / "1.gz")]
    found = held(patterns, Description("d", Regression("y"), {"x": Number()}), dict, LabelScale())
    assert found.label.numpy().tolist() == found.features["x"].numpy().tolist() == [1.0, 2.0, 3.0, 4.0]

"""Batches of a split that is held in memory."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from components.features.label_scale import LabelScale
from components.training.datasets import Held, encoder, examples
from components.training.streaming import Streamed
from schemas import events
from schemas.description import Description
from schemas.features import Number
from schemas.tasks import Regression

ROWS = 100
ENCODE = encoder(Description("d", Regression("y"), {"x": Number()}), dict, LabelScale())
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
    found = examples(patterns, ENCODE, "y", rows=4, memory=1)
    assert found.label.numpy().tolist() == found.features["x"].numpy().tolist() == [1.0, 2.0, 3.0, 4.0]


def streamed(folder: Path, files: int, rows_of_each: int) -> Streamed:
    """Rows 0, 1, 2, ... in files, of which none is held."""
    for number in range(files):
        write(folder / f"{number:02d}.gz", [float(number * rows_of_each + row) for row in range(rows_of_each)])
    found = examples([str(folder / "*")], ENCODE, "y", files * rows_of_each, memory=0)
    assert isinstance(found, Streamed)
    return dataclasses.replace(found, buffer_bytes=3000)


def xs(batches: tf.data.Dataset) -> list[float]:
    found: list[float] = []
    for features, label in batches.as_numpy_iterator():
        np.testing.assert_array_equal(features["x"], label)
        found += label.tolist()
    return found


def test_what_does_not_fit_is_read_in_order_from_its_files(tmp_path: Path) -> None:
    found = streamed(tmp_path / "a", files=5, rows_of_each=200)
    assert [len(label) for _, label in found.in_order(300)] == [300, 300, 300, 100]
    assert xs(found.in_order(300)) == found.label.numpy().tolist() == list(range(1000))
    assert found.first(3)["x"].numpy().tolist() == [0, 1, 2]


def test_a_bounded_buffer_mixes_all_files_and_each_pass_has_every_row_once(tmp_path: Path) -> None:
    found = streamed(tmp_path / "a", files=5, rows_of_each=200)
    assert 1 < found.buffer_rows() < 100  # of 1000
    batches = found.shuffled(32, seed=1, endless=False)
    first, second = xs(batches), xs(batches)
    assert sorted(first) == sorted(second) == list(range(1000))
    assert first != second
    assert {int(row) // 200 for row in first[:100]} == set(range(5))
    assert xs(found.shuffled(32, seed=1, endless=False)) == first
    assert xs(found.shuffled(32, seed=2, endless=False)) != first


def test_without_an_end_streamed_passes_follow_one_another(tmp_path: Path) -> None:
    found = streamed(tmp_path / "a", files=2, rows_of_each=50)
    rows = xs(found.shuffled(10, seed=1, endless=True).take(20))
    assert sorted(rows[:100]) == sorted(rows[100:]) == list(range(100))


@pytest.mark.parametrize(("memory", "kind"), [(1.0, Held), (8e-9 * 99, Streamed), (8e-9 * 100, Held)])
def test_what_fits_is_held(tmp_path: Path, memory: float, kind: type) -> None:
    """100 rows of two float32 each."""
    write(tmp_path / "a" / "1.gz", list(map(float, range(100))))
    assert isinstance(examples([str(tmp_path / "a" / "*")], ENCODE, "y", 100, memory), kind)


def test_a_note_says_what_is_streamed(tmp_path: Path) -> None:
    write(tmp_path / "a" / "1.gz", list(map(float, range(100))))
    heard: list[events.Event] = []
    with events.listening(heard.append):
        examples([str(tmp_path / "a" / "*")], ENCODE, "y", 100, 0)
    (note,) = [event.text for event in heard if isinstance(event, events.Note)]
    assert note == (
        "100 examples are read from their files in every epoch, shuffled 100 at a time: encoded they take about 8e-07 GB, "
        "more than memory=0"
    )

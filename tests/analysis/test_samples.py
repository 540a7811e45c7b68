from collections import Counter

import numpy as np
import pytest
from scipy.stats import chisquare

from analysis import samples
from analysis.samples import Reservoir
from prediction.split_rows import Row
from schemas.tasks import BinaryClassification, Regression

INPUTS = {"age": "number", "sex": "string", "photo": "image"}


def rows(count: int):
    return (
        (f"k{age}", Row({"age": float(age), "sex": None, "photo": b"png"}, "ab"[age % 2], b"")) for age in range(count)
    )


def test_every_row_has_the_same_chance() -> None:
    counts = Counter()
    for seed in range(2000):
        sample = Reservoir(5, seed)
        assert [key for key, _ in sample.passing(rows(20))] == [f"k{age}" for age in range(20)]
        counts.update(values["age"] for values, _ in sample.rows)
    assert len(counts) == 20 and chisquare(list(counts.values())).pvalue > 0.001


def test_a_short_stream_is_the_sample_and_pictures_are_left_out() -> None:
    sample = Reservoir(10)
    assert len(list(sample.passing(rows(3)))) == sample.seen == 3
    assert sample.rows[1] == ({"age": 1.0, "sex": None}, "b")


@pytest.mark.parametrize(
    ("task", "labels", "expected"),
    [(BinaryClassification("y", ("a", "b")), "ab", [0, 1]), (Regression("y"), (1.5, 2.5), [1.5, 2.5])],
)
def test_a_sample_becomes_columns_of_the_rows_that_have_a_label(task, labels, expected) -> None:
    sample = Reservoir()
    for label in (labels[0], None, labels[1]):
        sample.add(Row({"age": None, "sex": "f", "photo": b"png"}, label, b""))
    found = samples.of_sample(task, INPUTS, sample)
    assert {name: cells.to_pylist() for name, cells in found.columns.items()} == {"age": [None] * 2, "sex": ["f"] * 2}
    assert np.array_equal(found.labels, expected)

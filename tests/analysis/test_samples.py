import numpy as np
import pytest

from analysis import samples
from prediction.split_rows import Row
from schemas.tasks import BinaryClassification, Regression

INPUTS = {"age": "number", "sex": "string", "photo": "image"}


@pytest.mark.parametrize(
    ("task", "labels", "expected"),
    [(BinaryClassification("y", ("a", "b")), "ab", [0, 1]), (Regression("y"), (1.5, 2.5), [1.5, 2.5])],
)
def test_rows_become_columns_of_those_that_have_a_label_without_pictures(task, labels, expected) -> None:
    rows = [Row({"age": None, "sex": "f", "photo": b"png"}, label, b"") for label in (labels[0], None, labels[1])]
    found = samples.of_rows(task, INPUTS, iter(rows))
    assert {name: cells.to_pylist() for name, cells in found.columns.items()} == {"age": [None] * 2, "sex": ["f"] * 2}
    assert np.array_equal(found.labels, expected)

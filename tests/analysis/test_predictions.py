"""predictions.parquet, written, read and as arrays."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from analysis import predictions
from analysis.predictions import Predictions
from schemas.errors import InputError
from schemas.tasks import BinaryClassification, Regression
from tests.analysis.tables import table

BINARY = BinaryClassification("y", ("no", "yes"))
SHARES = np.array([[0.9, 0.1], [np.nan, np.nan], [0.2, 0.8]], np.float32)


def test_a_file_comes_back_whole_and_in_blocks(tmp_path, cancer):
    pq.write_table(cancer.table, tmp_path / predictions.FILE, row_group_size=50)
    found = predictions.read(tmp_path)
    assert found.info == cancer.info and found.table == cancer.table
    parts = list(predictions.blocks(tmp_path / predictions.FILE, 40))
    assert max(map(len, parts)) <= 40
    assert np.array_equal(np.concatenate([part.probabilities for part in parts]), cancer.probabilities)
    assert np.array_equal(np.concatenate([part.right for part in parts]), cancer.right)


@pytest.mark.parametrize("columns", [None, ("label", "prediction", "confidence")])
def test_an_answer_that_is_not_finite_is_no_class_and_not_right(tmp_path, columns):
    written = table(BINARY, np.array([0, 0, 0]), SHARES)
    pq.write_table(written.table, tmp_path / predictions.FILE)
    found = predictions.read(tmp_path, columns)
    assert found.answers.tolist() == [0, -1, 1]
    assert found.finite.tolist() == [True, False, True]
    assert found.right.tolist() == [True, False, False]


def test_a_value_that_is_not_finite_is_none(tmp_path):
    found = table(Regression("y"), [1.0, 2.0, 3.0], [1.0, np.inf, np.nan])
    assert found.finite.tolist() == [True, False, False]


def test_no_rows_are_an_array_without_rows():
    found = table(BINARY, np.zeros(0, int), np.zeros((0, 2)))
    assert found.probabilities.shape == (0, 2) and found.answers.shape == (0,)


def test_a_slice_of_the_table_has_its_own_rows():
    found = table(BINARY, np.array([0, 0, 1]), SHARES)
    part = Predictions(found.info, found.table.slice(2))
    assert part.probabilities.tolist() == [[pytest.approx(0.2), pytest.approx(0.8)]] and part.right.tolist() == [True]


def test_what_is_no_file_of_predictions_is_refused(tmp_path):
    with pytest.raises(InputError, match="run the pipeline again"):
        predictions.read(tmp_path)
    (tmp_path / predictions.FILE).write_bytes(b"PAR1 and nothing else")
    with pytest.raises(InputError, match="run the pipeline again"):
        predictions.read(tmp_path)
    with pytest.raises(InputError, match="run the pipeline again"):
        list(predictions.blocks(tmp_path / predictions.FILE))

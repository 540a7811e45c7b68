"""Which columns TFMA reads."""

import pyarrow as pa
import pytest
import tensorflow_model_analysis as tfma
from tfx.components.evaluator import executor

from components.evaluation.eval_config import eval_config
from components.evaluation.needed_columns import needed, reading, select
from schemas.tasks import BinaryClassification

INPUT = tfma.constants.ARROW_INPUT_COLUMN


def test_an_evaluation_reads_labels_and_slices() -> None:
    config = eval_config(BinaryClassification("y", ("a", "b")), (("sex",), ("sex", "class")))
    assert needed(config) == {"y", "sex", "class", INPUT}


def test_a_column_that_a_batch_lacks_stays_away() -> None:
    batch = pa.RecordBatch.from_pydict({"x": [[1.0]], "y": [[1]], INPUT: [[b"?"]]})
    assert select(batch, {"y", "sex", INPUT}).schema.names == ["y", INPUT]


def test_tfx_reads_all_columns_again_afterwards() -> None:
    original = executor.tfxio_utils
    with pytest.raises(ZeroDivisionError), reading({"y"}):
        assert executor.tfxio_utils is not original
        raise ZeroDivisionError
    assert executor.tfxio_utils is original

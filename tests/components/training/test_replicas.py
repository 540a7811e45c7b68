"""How a batch is divided."""

import numpy as np
import pytest
import tensorflow as tf

from components.training.replicas import shares


@pytest.mark.parametrize(("rows", "replicas"), [(8, 2), (7, 2), (1, 4), (9, 3), (5, 1)])
@pytest.mark.parametrize("workers", [1, 2])
def test_each_row_is_in_one_share_and_counts_there(rows: int, replicas: int, workers: int) -> None:
    if replicas % workers:
        return
    features = {"x": np.arange(rows, dtype=np.float32), "picture": np.arange(rows * 4).reshape(rows, 2, 2)}
    label = np.arange(rows) % 3
    batches = tf.data.Dataset.from_tensors((features, label))
    here = replicas // workers
    parts = [
        part
        for worker in range(workers)
        for part in shares(batches, 9, replicas, worker * here, here, {0: 1.0, 1: 2.0, 2: 3.0})
    ]
    assert len(parts) == replicas
    assert {len(part.label) for part in parts} == {-(-9 // replicas)}
    counted = np.concatenate([part.counted for part in parts]) == 1
    for name, values in features.items():
        np.testing.assert_array_equal(np.concatenate([part.features[name] for part in parts])[counted], values)
    np.testing.assert_array_equal(np.concatenate([part.label for part in parts])[counted], label)
    np.testing.assert_array_equal(np.concatenate([part.weight for part in parts])[counted], label + 1)
    assert all(float(part.rows) == rows for part in parts)
    assert sum(float(tf.reduce_sum(part.weight)) for part in parts) == pytest.approx(float(np.sum(label + 1)))

"""The label's way to the model's scale and back."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf
from hypothesis import example, given
from hypothesis import strategies as st

from components.data import summary
from components.features.label_scale import LabelScale
from schemas.columns import Label
from schemas.tasks import Regression

PLAIN, LOG = Regression("y"), Regression("y", log=True)
AMOUNTS = st.floats(0, 2**20, width=32)


def counted(values: list[float], task: Regression) -> dict[str, Any]:
    """ExampleGen's summary of a train split with these labels."""
    lists = pa.array([[value] for value in values], pa.list_(pa.float32()))
    return summary.merge(
        [{"train": summary.of_batch(pa.RecordBatch.from_pydict({"y": lists}), [Label("y", None, task.log)])}]
    )


def scale_of(values: list[float], task: Regression) -> LabelScale:
    return LabelScale.of(task, counted(values, task))


@pytest.mark.parametrize("task", [PLAIN, LOG])
def test_the_train_split_s_labels_have_mean_0_and_deviation_1(task: Regression) -> None:
    values = np.random.default_rng(1).lognormal(12, 0.4, 500)
    learned = scale_of(values.tolist(), task).learned(tf.constant(values, tf.float32)).numpy()
    assert learned.mean() == pytest.approx(0, abs=1e-4) and learned.std() == pytest.approx(1, rel=1e-4)
    logs = np.log1p(values) if task.log else values
    np.testing.assert_allclose(learned, (logs - logs.mean()) / logs.std(), atol=1e-4)


@pytest.mark.parametrize("task", [PLAIN, LOG])
@given(st.lists(AMOUNTS, min_size=1, max_size=20), AMOUNTS)
@example([0.0, 1e-44], 0.0)  # float32 has no deviation that small
def test_what_is_learned_leads_back_to_the_label(task: Regression, values: list[float], label: float) -> None:
    scale = scale_of(values, task)
    back = scale.value(scale.learned(tf.constant([label], tf.float32))).numpy()
    # float32 has 7 digits, of which as many are lost as the mean is larger.
    assert back == pytest.approx([label], rel=1e-4, abs=1e-6 * max(values) + 1e-5)


@pytest.mark.parametrize("task", [PLAIN, LOG])
@given(AMOUNTS, st.integers(1, 60))
@example(0.5816431045532227, 7)  # the mean of equal logarithms is not always that logarithm
def test_a_label_that_never_changes_is_learned_as_0(task: Regression, value: float, rows: int) -> None:
    scale = scale_of([value] * rows, task)
    assert abs(float(scale.learned(tf.constant(value)))) < 1e-5
    assert float(scale.value(tf.constant(0.0))) == pytest.approx(value, rel=1e-5, abs=1e-6)

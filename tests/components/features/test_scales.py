from typing import Any

import numpy as np
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from components.features.label_scale import LabelScale
from components.features.scales import ClassScale, MaskScale, SeveralScale, scale_of
from components.features.window_scale import WindowScale
from schemas.tasks import BinaryClassification, Forecast, MultiLabel, Regression, Several

MOST = 62


@given(st.lists(st.integers(0, 2**MOST - 1), min_size=1))
def test_masks_become_bits_and_come_back(masks: list[int]) -> None:
    scale = MaskScale(MOST)
    learned = scale.learned(tf.constant(masks, tf.int64))
    assert learned.dtype == tf.float32
    assert [[bool(mask >> bit & 1) for bit in range(MOST)] for mask in masks] == learned.numpy().astype(bool).tolist()
    assert scale.label(learned).numpy().tolist() == masks


def test_labels_of_several_tasks_stand_side_by_side_and_come_back() -> None:
    scale = SeveralScale((ClassScale(), LabelScale(log=True, mean=3.0, deviation=2.0), MaskScale(3)))
    labels = (tf.constant([2, 0], tf.int64), tf.constant([7.25, 512.33]), tf.constant([0b101, 0], tf.int64))
    learned = scale.learned(labels).numpy()
    assert learned.shape == (2, 1 + 1 + 3) and learned.dtype == np.float32
    assert learned[:, 0].tolist() == [2, 0] and learned[:, 2:].tolist() == [[1, 0, 1], [0, 0, 0]]
    assert np.allclose(learned[:, 1], (np.log1p([7.25, 512.33]) - 3) / 2)
    classes, values, masks = scale.label(tf.constant(learned))
    assert classes.numpy().tolist() == [2, 0] and classes.dtype == tf.int64
    assert np.allclose(values, [7.25, 512.33], rtol=1e-5)
    assert masks.numpy().tolist() == [0b101, 0]


def test_a_task_has_the_scale_of_its_kind() -> None:
    numbers: Any = {"y": {"n": 2, "mean": 4.0, "m2": 8.0}}
    summary: Any = {"splits": {"train": {"rows": 2, "missing": {}, "labels": numbers}}}
    number, one, any_of = Regression("y"), BinaryClassification("c", ("a", "b")), MultiLabel("m", ("a", "b", "c"))
    assert scale_of(number, summary) == LabelScale(False, 4.0, 2.0)
    assert scale_of(one, summary) == ClassScale() and scale_of(any_of, summary) == MaskScale(3)
    assert isinstance(scale_of(Forecast("y", time="t"), summary), WindowScale)
    several = scale_of(Several.of((one, number, any_of)), summary)
    assert several == SeveralScale((ClassScale(), LabelScale(False, 4.0, 2.0), MaskScale(3)))

"""What a forecast learns can be undone, by a label's own level as by that of a window."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from components.features.window_scale import WindowScale
from schemas.encoding import LEVEL

numbers = st.floats(-1000, 1000, width=32)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.lists(numbers, min_size=7, max_size=7), st.floats(0.5, 100, width=32)), min_size=1, max_size=5
    )
)
def test_a_label_comes_back(rows: list[tuple[list[float], float]]) -> None:
    label = np.array([values for values, _ in rows], np.float32)  # three to come, three seasonal ones, the last
    levels = np.array([[values[-1], deviation] for values, deviation in rows], np.float32)
    scale = WindowScale(3)
    learned = scale.learned(tf.constant(label), {LEVEL: tf.constant(levels)})
    assert learned.shape == (len(rows), 8)
    assert learned[:, :3].numpy() == pytest.approx((label[:, :3] - levels[:, :1]) / levels[:, 1:], rel=1e-5, abs=1e-5)
    assert scale.label(learned).numpy() == pytest.approx(label, rel=1e-3, abs=1e-2)
    for level in (learned, tf.constant(levels)):
        assert scale.at(level).value(learned[:, :3]).numpy() == pytest.approx(label[:, :3], rel=1e-3, abs=1e-2)


def test_without_windows_there_is_no_scale() -> None:
    with pytest.raises(ValueError, match="at"):
        WindowScale(2).value(tf.zeros([1, 2]))

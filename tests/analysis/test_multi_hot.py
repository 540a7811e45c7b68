"""Bit masks of several classes, rows of booleans and JSON texts say the same."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import multi_hot

_CLASSES = st.lists(st.text(min_size=1), min_size=1, max_size=62, unique=True)


@given(st.data(), _CLASSES)
def test_masks_bits_and_texts_say_the_same(data, classes):
    rows = data.draw(st.lists(st.integers(0, 2 ** len(classes) - 1), max_size=20))
    bits = multi_hot.bits(rows, len(classes))
    texts = multi_hot.texts(rows, classes)
    assert bits.shape == (len(rows), len(classes))
    assert multi_hot.masks(bits).tolist() == rows
    assert multi_hot.from_texts(texts, classes).tolist() == rows
    for text, row in zip(texts, bits, strict=True):
        assert text == json.dumps([classes[index] for index in np.flatnonzero(row)], ensure_ascii=False)


def test_bit_0_is_the_first_class():
    assert multi_hot.bits([1, 4], 3).tolist() == [[True, False, False], [False, False, True]]
    assert multi_hot.texts([6, 0], ["a", "ü", "c"]).tolist() == ['["ü", "c"]', "[]"]


def test_a_name_that_is_no_class():
    with pytest.raises(KeyError, match="other"):
        multi_hot.from_texts(['["other"]'], ["a"])

"""tf.Examples that are made in vectors are those of protobuf, byte for byte, with the features by name."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from tfx_bsl.coders import example_coder

from components.data.encoding import encoded

_KINDS: dict[pa.DataType, tuple[st.SearchStrategy[Any], str]] = {
    pa.binary(): (st.binary(max_size=200), "bytes_list"),
    pa.float32(): (st.floats(width=32), "float_list"),
    pa.int64(): (st.integers(-(2**63), 2**63 - 1), "int64_list"),
    pa.list_(pa.float32()): (st.lists(st.floats(width=32), min_size=1, max_size=40), "float_list"),
}


@st.composite
def batches(draw: st.DrawFn) -> pa.RecordBatch:
    """Some rows of columns of all kinds, with missing values; a part of a larger batch."""
    rows = draw(st.integers(1, 12))
    names = draw(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5, unique=True))
    columns = {}
    for name in names:
        kind = draw(st.sampled_from(list(_KINDS)))
        values = st.none() | _KINDS[kind][0]
        columns[name] = pa.array(draw(st.lists(values, min_size=rows, max_size=rows)), kind)
    return pa.RecordBatch.from_pydict(columns).slice(draw(st.integers(0, rows - 1)))


def expected(batch: pa.RecordBatch, row: int) -> bytes:
    """The features by name: messages one after the other are one message."""
    parts = []
    for name in sorted(batch.schema.names):
        feature, value = tf.train.Feature(), batch[name][row].as_py()
        if value is not None:
            values = getattr(feature, _KINDS[batch[name].type][1])
            values.SetInParent()
            values.value.extend(value if isinstance(value, list) else [value])
        parts.append(tf.train.Features(feature={name: feature}).SerializeToString())
    whole = b"".join(parts)
    example: bytes = tf.train.Example(features=tf.train.Features.FromString(whole)).SerializeToString()
    return example[: -len(whole)] + whole  # its features have an order of their own


@given(batches())
def test_examples_are_those_of_protobuf(batch: pa.RecordBatch) -> None:
    assert encoded(batch).to_pylist() == [expected(batch, row) for row in range(batch.num_rows)]


def test_examples_are_decoded_as_those_of_tfx_bsl() -> None:
    numbers = np.arange(1000)
    columns = {
        "text": pa.array([b"x" * (number % 300) for number in numbers]),
        "number": pa.array(numbers.astype(np.float32), mask=numbers % 3 == 0),
        "label": pa.array(numbers % 200),
    }
    lists = {
        name: [None if value is None else [value] for value in column.to_pylist()] for name, column in columns.items()
    }
    kinds = {name: pa.list_(column.type) for name, column in columns.items()}
    theirs = example_coder.RecordBatchToExamples(
        pa.RecordBatch.from_pydict({name: pa.array(values, kinds[name]) for name, values in lists.items()})
    )
    decoder = example_coder.ExamplesToRecordBatchDecoder()
    ours = encoded(pa.RecordBatch.from_pydict(columns)).to_pylist()
    assert decoder.DecodeBatch(ours).to_pydict() == decoder.DecodeBatch(theirs).to_pydict()


def test_a_column_of_another_type_is_refused() -> None:
    with pytest.raises(KeyError):
        encoded(pa.RecordBatch.from_pydict({"a": pa.array([1.0], pa.float64())}))

import math

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from components.data import examples, keys
from components.evaluation import digests
from schemas.description import Description
from schemas.features import Category, Number
from schemas.tasks import BinaryClassification

cells = st.tuples(
    st.sampled_from([math.nan, 0.0, 1.0]),
    st.sampled_from([-1.0, 0.0]),
    st.text("ab", max_size=2),
    st.text("ab", max_size=2),
)


def digest(**columns: list) -> list[int]:
    dtypes = {float: tf.float32, str: tf.string, int: tf.int64}
    tensors = {name: tf.constant(values, dtypes[type(values[0])]) for name, values in columns.items()}
    return digests.digest(tensors).numpy().tolist()


@given(st.lists(cells, min_size=1, max_size=12))
def test_digests_are_equal_where_all_columns_are(rows: list[tuple]) -> None:
    columns = dict(zip("abcd", map(list, zip(*rows, strict=True)), strict=True))
    found = digest(**columns)
    same = [[repr(one) == repr(other) for other in rows] for one in rows]
    assert (np.equal.outer(found, found) == np.array(same)).all()


def test_zero_has_one_sign_nan_one_form_and_columns_have_ends() -> None:
    assert digest(a=[0.0]) == digest(a=[-0.0])
    other = np.array([0x7FC00001], np.uint32).view(np.float32)
    assert digests.digest({"a": tf.constant(other)}).numpy().tolist() == digest(a=[math.nan])
    assert digest(a=["xy"], b=["z"]) != digest(a=["x"], b=["yz"])
    assert digest(a=[1.0], b=["1"]) != digest(a=[1.0], b=[""])


def test_labels_of_several_numbers_have_a_digest() -> None:
    one, other, again = digests.digest({"label": tf.constant([[1.0, 2.0], [1.0, 3.0], [1.0, 2.0]])}).numpy().tolist()
    assert one == again != other


@pytest.mark.parametrize("at_once", [2, 4096])
def test_of_real_files_other_columns_do_not_count_and_keys_follow(tmp_path, monkeypatch, at_once: int) -> None:
    monkeypatch.setattr(digests, "_AT_ONCE", at_once)

    def record(age: float, sex: bytes, deck: bytes, label: int) -> bytes:
        example = tf.train.Example()
        example.features.feature["Age"].float_list.value.append(age)
        example.features.feature["Survived"].int64_list.value.append(label)
        for name, value in {"Sex": sex, "Deck": deck}.items():
            example.features.feature[name].bytes_list.value.append(value)
        return example.SerializeToString()

    records = [record(22, b"male", b"A", 0), record(22, b"male", b"B", 1), record(22, b"female", b"A", 0)]
    names = keys.pa.table({"key": ["a", "b", "c"], "source_row": [1, 2, 3]})
    examples.write(str(tmp_path), "train", examples.Examples(records, names))
    task = BinaryClassification("Survived", ("died", "survived"))
    page = Description("titanic", task, {"Age": Number(), "Sex": Category()})
    blocks = list(digests.of_split(str(tmp_path), "train", page))
    first, second, third = np.concatenate([block.digests for block in blocks]).tolist()
    assert first == second != third
    labels = np.concatenate([block.labels for block in blocks]).tolist()
    assert labels[0] == labels[2] != labels[1]
    assert [key for block in blocks for key in block.keys.to_pylist()] == ["a", "b", "c"]

"""Rows of a split, against files that TensorFlow wrote and files that are damaged."""

import dataclasses
import gzip
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from prediction import split_rows
from schemas import request
from schemas.errors import InputError
from schemas.model_card import ModelCard
from tests import pictures
from tests.prediction import several_models

MakeCard = Callable[..., ModelCard]
INPUTS = {
    "Age": {"type": "number", "tensor": "Age"},
    "Sex": {"type": "string", "tensor": "Sex"},
    "Photo": {"type": "image", "tensor": "Photo"},
}
PNG = pictures.encoded(pictures.drawn())


def example(**columns: Any) -> bytes:
    made = tf.train.Example()
    for name, value in columns.items():
        feature = made.features.feature[name]
        match value:
            case bytes():
                feature.bytes_list.value.append(value)
            case float():
                feature.float_list.value.append(value)
            case int():
                feature.int64_list.value.append(value)
    return made.SerializeToString()


FULL = example(Age=22.0, Sex=b"male", Photo=PNG, Survived=1)


def write(file: Path, *records: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(file), "GZIP") as out:
        for record in records:
            out.write(record)


@pytest.fixture
def card(tmp_path: Path, make_card: MakeCard) -> ModelCard:
    return make_card(inputs=INPUTS, data={"examples": str(tmp_path)})


def test_rows_of_all_files_are_inputs_with_their_label(tmp_path: Path, card: ModelCard) -> None:
    write(tmp_path / "Split-test/examples-00001.gz", example(Survived=0))
    write(tmp_path / "Split-test/examples-00000.gz", FULL, example(Age=math.nan, Sex="Zoë".encode(), Photo=b""))
    write(tmp_path / "Split-eval/examples-00000.gz", FULL)
    found = list(split_rows.rows(card))
    assert [(row.input, row.label) for row in found] == [
        ({"Age": 22.0, "Sex": "male", "Photo": PNG}, "survived"),
        ({"Age": None, "Sex": "Zoë", "Photo": b""}, None),
        ({"Age": None, "Sex": None, "Photo": None}, "died"),
    ]
    assert found[0].example == FULL
    assert request.parse(card, found[0].input) == {"Age": 22.0, "Sex": "male", "Photo": PNG}


def test_a_regression_s_label_is_its_value(make_card: MakeCard) -> None:
    card = make_card(inputs=INPUTS, classes=None, label="price")
    assert split_rows.row_of(card, example(price=12.5)).label == 12.5
    assert split_rows.row_of(card, example(Age=1.0)).label is None


def test_a_label_of_any_number_of_classes_is_the_array_of_their_names(make_card: MakeCard) -> None:
    card = several_models.labels_card()
    assert split_rows.row_of(card, example(Age=3.0, Sex="male", traits=0b110)).label == '["für €", "male"]'
    assert split_rows.row_of(card, example(Age=3.0, Sex="male", traits=0)).label == "[]"
    assert split_rows.row_of(card, example(Age=3.0, Sex="male")).label is None


def test_the_label_of_several_tasks_is_that_of_the_first() -> None:
    record = example(Age=3.0, Sex="male", Survived=1, traits=0)
    assert split_rows.row_of(several_models.several_card(), record).label == "survived"


def test_rows_are_streamed_up_to_the_limit(tmp_path: Path, card: ModelCard) -> None:
    write(tmp_path / "Split-test/examples-00000.gz", FULL, FULL, FULL)
    (tmp_path / "Split-test/examples-00001.gz").write_bytes(b"not read")
    assert len(list(split_rows.rows(card, limit=2))) == 2
    with pytest.raises(InputError, match=r"examples-00001.gz: it ends within a record"):
        list(split_rows.rows(card))


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_records_are_read_as_tensorflow_wrote_them(
    tmp_path_factory: pytest.TempPathFactory, records: list[bytes]
) -> None:
    file = tmp_path_factory.mktemp("records") / "a.gz"
    write(file, *records)
    assert list(split_rows.records(file)) == records


@given(place=st.integers(0), change=st.integers(1, 255), cut=st.booleans())
def test_a_damaged_file_is_refused_wherever_it_is_damaged(
    tmp_path_factory: pytest.TempPathFactory, place: int, change: int, cut: bool
) -> None:
    file = tmp_path_factory.mktemp("damaged") / "a.gz"
    write(file, FULL, FULL)
    data = bytearray(gzip.decompress(file.read_bytes()))
    if cut:
        place = 1 + place % (len(data) // 2 - 1)  # within the first record
        del data[place:]
    else:
        data[place % len(data)] ^= change
    file.write_bytes(gzip.compress(data))
    with pytest.raises(InputError, match=r"^cannot read the examples .*a\.gz: "):
        list(split_rows.records(file))


def test_a_file_that_ends_early_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.gz"
    write(file, FULL, FULL)
    file.write_bytes(file.read_bytes()[:-12])
    with pytest.raises(InputError, match="a gzipped TFRecord file is expected"):
        list(split_rows.records(file))


def test_other_bytes_or_types_than_the_card_s_are_refused(card: ModelCard) -> None:
    with pytest.raises(InputError, match="column 'Age' is a bytes_list; a float_list is expected"):
        split_rows.row_of(card, example(Age=b"22"))
    with pytest.raises(InputError, match="does not fit its model card"):
        split_rows.row_of(card, b"\xff\xff")
    with pytest.raises(InputError, match="does not fit its model card"):
        split_rows.row_of(card, example(Survived=2))


def test_a_card_without_examples_and_examples_that_are_gone_say_what_to_do(tmp_path: Path, make_card: MakeCard) -> None:
    for data, reason in (({}, "does not say where its examples are"), ({"examples": str(tmp_path)}, "no longer in")):
        card = make_card(data=data, version="1.0.0")
        with pytest.raises(InputError, match=f"titanic 1.0.0 .*{reason}.*slipway run titanic") as caught:
            list(split_rows.rows(card))
        assert "\n" not in str(caught.value)


def test_a_card_that_was_read_from_a_file_serves_as_well(tmp_path: Path, card: ModelCard) -> None:
    write(tmp_path / "Split-test/examples-00000.gz", FULL)
    again = ModelCard(**json.loads(json.dumps(dataclasses.asdict(card))))
    assert [row.label for row in split_rows.rows(again)] == ["survived"]

from collections.abc import Callable
from pathlib import Path

import pytest
import tensorflow as tf
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from components.data import violations

SCHEMA = text_format.Parse(
    """
    feature { name: "Age" type: FLOAT presence { min_fraction: 0.5 min_count: 1 } float_domain { min: 0 max: 110 } }
    feature { name: "Sex" type: BYTES domain: "sexes" }
    feature { name: "Deck" type: BYTES string_domain { value: "A" value: "B" } }
    feature { name: "Survived" type: INT int_domain { min: 0 max: 1 } }
    string_domain { name: "sexes" value: "female" value: "male" }
    """,
    schema_pb2.Schema(),
)
Values = dict[str, float | str]
Found = dict[str, list[str]]


def example(values: Values) -> bytes:
    features = {}
    for name, value in values.items():
        if isinstance(value, str):
            features[name] = tf.train.Feature(bytes_list=tf.train.BytesList(value=[value.encode()]))
        elif name == "Survived":
            features[name] = tf.train.Feature(int64_list=tf.train.Int64List(value=[int(value)]))
        else:
            features[name] = tf.train.Feature(float_list=tf.train.FloatList(value=[value]))
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()


@pytest.fixture
def found_in(tmp_path: Path) -> Callable[..., Found]:
    """What is found in rows that are written as ExampleGen writes them, some in each file."""

    def of(*files: list[Values], columns: tuple[str, ...] = ("Age", "Sex", "Deck", "Survived")) -> Found:
        for i, rows in enumerate(files):
            with tf.io.TFRecordWriter(str(tmp_path / f"examples-{i:05d}.gz"), "GZIP") as out:
                for row in rows:
                    out.write(example(row))
        return violations.of_split(str(tmp_path), SCHEMA, list(columns))

    return of


def test_data_that_keeps_the_schema_has_no_text(found_in: Callable[..., Found]) -> None:
    rows: list[Values] = [{"Age": 0.0, "Sex": "male", "Deck": "A", "Survived": 1}, {"Age": 110.0, "Survived": 0}]
    assert found_in(rows) == {"Age": [], "Sex": [], "Deck": [], "Survived": []}


def test_both_bounds_are_counted_with_the_first_value_and_its_row(found_in: Callable[..., Found]) -> None:
    ages = [22.0, 2200.0, -1.0, 38.0, 3800.0]
    found = found_in([{"Age": age} for age in ages], columns=("Age",))
    assert found == {
        "Age": ["1 of 5 values below 0 (first: -1.0 in row 3)", "2 of 5 values above 110 (first: 2200.0 in row 2)"]
    }


def test_rows_without_a_value_are_no_values_but_count_as_rows(found_in: Callable[..., Found]) -> None:
    found = found_in([{}, {"Sex": "male"}, {}, {"Sex": "woman"}], columns=("Sex",))
    assert found == {"Sex": ["1 of 2 values outside female, male (first: 'woman' in row 4)"]}


def test_a_domain_of_the_column_counts_as_a_shared_one(found_in: Callable[..., Found]) -> None:
    assert found_in([{"Deck": "C"}], columns=("Deck",)) == {
        "Deck": ["1 of 1 values outside A, B (first: 'C' in row 1)"]
    }


def test_whole_numbers_have_ranges_too(found_in: Callable[..., Found]) -> None:
    found = found_in([{"Survived": 1}, {"Survived": 7}], columns=("Survived",))
    assert found == {"Survived": ["1 of 2 values above 1 (first: 7 in row 2)"]}


def test_rows_go_on_over_the_files(found_in: Callable[..., Found]) -> None:
    found = found_in([{"Age": 1.0}] * 3, [{"Age": 2.0}, {"Age": 200.0}], columns=("Age",))
    assert found == {"Age": ["1 of 5 values above 110 (first: 200.0 in row 5)"]}


@pytest.mark.parametrize(
    ("missing", "text"), [(2, []), (3, ["3 of 4 rows without a value, at least 50% need one (first: row 1)"])]
)
def test_too_few_values_are_counted_against_the_presence(
    found_in: Callable[..., Found], missing: int, text: list[str]
) -> None:
    rows: list[Values] = [{"Sex": "male"}] * missing + [{"Age": 30.0}] * (4 - missing)
    assert found_in(rows, columns=("Age",)) == {"Age": text}


def test_a_column_without_any_value(found_in: Callable[..., Found]) -> None:
    found = found_in([{"Sex": "male"}] * 2, columns=("Age", "Deck"))
    assert found == {"Age": ["2 of 2 rows without a value, at least 50% need one (first: row 1)"], "Deck": []}


def test_a_column_that_the_schema_lacks_is_left_out(found_in: Callable[..., Found]) -> None:
    assert found_in([{"Age": 1.0}], columns=("Fare", "Age")) == {"Age": []}

"""Many numbers as one matrix: what each column of it is, and that it is what single tensors would hold."""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_transform.beam as tft_beam
from tensorflow_transform.tf_metadata import dataset_metadata, schema_utils

from components.evaluation import distances
from components.evaluation.shares import Examples, shares_of
from components.features.preprocessing import all_dense, dense, preprocessing_fn
from components.features.raw import to_raw
from schemas import encoding
from schemas.description import Description
from schemas.encoding import MATRIX, MATRIX_FROM
from schemas.features import Category, Number
from schemas.tasks import Regression

_KINDS = (
    Number(),
    Number(scale="log", indicator=True),
    Number(scale="min_max", missing="zero"),
    Number(scale="none", missing=-3.0, indicator=True),
    Number(missing="median"),
)


def _features(count: int) -> dict:
    return {f"n{place}": _KINDS[place % len(_KINDS)] for place in range(count)} | {"c": Category(names=("a", "b"))}


def _encoded(features: dict, rows: dict, tmp_path) -> dict[str, np.ndarray]:
    spec = {name: tf.io.VarLenFeature(tf.string if name == "c" else tf.float32) for name in rows}
    metadata = dataset_metadata.DatasetMetadata(schema_utils.schema_from_feature_spec(spec))
    description = Description("many", Regression(label="y"), features)
    lists = [
        {name: [] if values[row] is None else [values[row]] for name, values in rows.items()}
        for row in range(len(rows["y"]))
    ]

    def encode(inputs):
        return preprocessing_fn(inputs, {"description": description.to_json()})

    with tft_beam.Context(temp_dir=str(tmp_path)):
        (data, _), _ = (lists, metadata) | tft_beam.AnalyzeAndTransformDataset(encode)
    return {name: np.stack([row[name] for row in data]) for name in data[0]}


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """The same rows with a tensor for each number and with one for all."""
    rng = np.random.default_rng(7)
    features = _features(MATRIX_FROM)
    rows = {
        name: [None if rng.random() < 0.2 else float(np.float32(rng.normal(2, 3))) for _ in range(30)]
        for name in features
        if name != "c"
    }
    rows |= {"c": ["a", None, "z"] * 10, "y": [float(row) for row in range(30)]}
    many = _encoded(features, rows, tmp_path_factory.mktemp("many"))
    few_names = list(features)[:9]
    few = _encoded(
        {name: features[name] for name in few_names},
        {name: rows[name] for name in [*few_names, "y"]},
        tmp_path_factory.mktemp("few"),
    )
    return features, many, few


def test_a_few_numbers_keep_tensors_of_their_own():
    description = Description("few", Regression(label="y"), _features(MATRIX_FROM - 1))
    assert MATRIX not in encoding.encoded(description, lambda _: 0)


def test_each_number_stands_where_the_matrix_is_said_to_have_it(both):
    features, many, few = both
    columns = encoding.matrix_columns(features)
    assert set(many) == {MATRIX, "c", "y"}
    for name, expected in few.items():
        if name in columns:
            np.testing.assert_allclose(
                many[MATRIX][:, list(columns[name])], expected.reshape(len(expected), -1), rtol=1e-5, atol=1e-6
            )


def test_the_matrix_is_as_wide_as_is_said_before_anything_is_run(both):
    features, many, _ = both
    said = encoding.encoded(Description("many", Regression(label="y"), features), lambda _: 0)[MATRIX]
    assert (len(many["y"]), *said.shape) == many[MATRIX].shape
    assert [column for places in said.columns.values() for column in places] != []
    assert sorted(column for places in said.columns.values() for column in places) == list(range(said.shape[0]))


def test_neighbours_are_found_by_the_numbers_of_the_matrix(both):
    features, many, _ = both
    found = distances.nearest(features, many, {name: values[3:5] for name, values in many.items()}, 1)
    assert found.indices.tolist() == [[3], [4]]


def test_a_model_of_an_older_version_has_a_tensor_for_each_number(tmp_path):
    features = {f"n{place}": Number() for place in range(MATRIX_FROM)}
    encoded = {name: tf.random.stateless_normal([4], [7, place]) for place, name in enumerate(features)}
    arrays = {name: values.numpy() for name, values in encoded.items()}
    found = distances.nearest(features, arrays, {name: values[2:3] for name, values in arrays.items()}, 1)
    assert found.indices.tolist() == [[2]]

    module = tf.Module()
    specs = {name: tf.TensorSpec([None]) for name in features}
    module.answer = tf.function(lambda given: {"value": tf.add_n(list(given.values()))}, [specs], autograph=False)
    tf.saved_model.save(module, str(tmp_path))
    shares = shares_of(tf.saved_model.load(str(tmp_path)).answer, features, Examples(encoded, None, "value", encoded))
    for name in features:
        np.testing.assert_allclose(shares.by_feature[name], arrays[name] - arrays[name].mean(), atol=1e-5)


@pytest.mark.parametrize("rows", [0, 1, 5])
def test_numbers_taken_together_are_what_they_are_one_by_one(rows):
    rng = np.random.default_rng(rows)
    dense_columns = {
        name: tf.constant(np.where(rng.random(rows) < 0.5, np.nan, rng.random(rows)), tf.float32) for name in "abc"
    }
    raw = to_raw(dense_columns, dict.fromkeys("abc", tf.io.VarLenFeature(tf.float32)))
    # As a batch of tf.Examples gives them: cells without a value are not there, and the width is 0 where none is.
    raw["c"] = tf.SparseTensor(tf.zeros([0, 2], tf.int64), tf.zeros([0]), [rows, 0])
    together = all_dense(raw)
    for name, column in raw.items():
        np.testing.assert_array_equal(together[name], dense(column))

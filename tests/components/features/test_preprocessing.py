"""The encodings, through Transform's own analysis on Beam, against numpy."""

import math
import tempfile
from collections.abc import Callable
from typing import Any

import apache_beam as beam
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from sklearn.feature_extraction.text import TfidfVectorizer
from tensorflow_transform.tf_metadata import dataset_metadata, schema_utils

from components.features.categories import MISSING_NAME
from components.features.encoded import Features
from components.features.encoded import encoded as encoded_features
from components.features.preprocessing import preprocessing_fn
from components.features.transform_graph import TransformGraph
from pipelines.beam.memoising import LOCAL_ARGS, speed_up
from schemas.description import Description
from schemas.encoding import vocabulary_name, weights_name
from schemas.features import Category, Feature, Image, Number, Text
from schemas.tasks import Regression

NAN = math.nan
NUMBERS = [1.0, 5.0, NAN, 9.0, 9.0]
NAMES = ["b", "a", "", "a", "c"]
TEXTS = ["The cat, the DOG!", "the end", "", "cat's über", "the cat " * 9]
HTML = ["<b>one</b>two<br />three", "a < b", "", "4 > 3", "<p class='x'>one"]

FEATURES: dict[str, Feature] = {
    "mean": Number(),
    "median": Number(missing="median"),
    "zero": Number(missing="zero", scale="none"),
    "constant": Number(missing=4.0, scale="min_max"),
    "log": Number(scale="log"),
    "learned": Category(),
    "top": Category(vocabulary=1),
    "frequent": Category(min_count=2),
    "known": Category(names=("a", "b")),
    "flagged": Number(indicator=True),
    "ranged": Number(buckets=2),
    "text": Text(length=4, vocabulary=3),
    "bag": Text(encoding="multi_hot", ngrams=2, length=20),
    "short bag": Text(encoding="multi_hot", length=2, vocabulary=2),
    "tf idf": Text(encoding="tf_idf", ngrams=2, length=20),
    "short tf idf": Text(encoding="tf_idf", length=2),
    "html": Text(encoding="multi_hot", length=20, markup=True),
    "image": Image(height=4, width=2, channels=1),
    "doubled": Number(derived="tests.components.features.test_preprocessing:double", of=("mean",), scale="none"),
}


def double(value: tf.Tensor) -> tf.Tensor:
    return value * 2


def column(feature: Feature) -> list[Any]:
    if isinstance(feature, Number):
        return NUMBERS
    if isinstance(feature, Image):
        return [tf.io.encode_png(np.full((8, 4, 1), 51 * row, np.uint8)).numpy() for row in range(5)]
    if isinstance(feature, Text):
        return HTML if feature.markup else TEXTS
    return NAMES


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> tuple[tft.TFTransformOutput, dict[str, np.ndarray]]:
    """The Transform graph of all features, fitted to five rows, and what it makes of the same rows."""
    speed_up()
    description = Description("all", Regression("y"), FEATURES)
    dtypes = {"number": tf.float32, "string": tf.string, "image": tf.string}
    spec = {name: tf.io.VarLenFeature(dtypes[kind]) for name, kind in description.raw().items()}
    spec["y"] = tf.io.VarLenFeature(tf.float32)
    metadata = dataset_metadata.DatasetMetadata(schema_utils.schema_from_feature_spec(spec))
    rows = []
    for row in range(5):
        cells = {name: column(FEATURES[name])[row] for name in description.raw()}
        present = {k: [v] for k, v in cells.items() if v != "" and v == v}
        rows.append({name: present.get(name, []) for name in cells} | {"y": [float(row)]})
    folder = str(tmp_path_factory.mktemp("transform"))
    config = {"description": description.to_json()}
    with tft_beam.Context(temp_dir=tempfile.mkdtemp(dir=folder)), beam.Pipeline(argv=list(LOCAL_ARGS)) as pipeline:
        data = pipeline | beam.Create(rows)
        fn = (data, metadata) | tft_beam.AnalyzeDataset(lambda inputs: preprocessing_fn(inputs, config))
        _ = fn | tft_beam.WriteTransformFn(folder)
        _ = metadata | tft_beam.WriteMetadata(f"{folder}/{tft.TFTransformOutput.RAW_METADATA_DIR}", pipeline=pipeline)
    output = tft.TFTransformOutput(folder)
    graph = TransformGraph(output, "y")
    raw = {name: tf.constant(column(FEATURES[name])) for name in description.raw()}
    return output, {name: value.numpy() for name, value in graph(raw).items()}


Encoded = dict[str, np.ndarray]


def features_of(output: tft.TFTransformOutput) -> Features:
    return encoded_features(Description("all", Regression("y"), FEATURES), output)


@pytest.fixture
def encoded(fitted: tuple[tft.TFTransformOutput, Encoded]) -> Encoded:
    return fitted[1]


def test_a_z_score_is_of_the_values_that_are_there_and_a_missing_one_is_the_mean(encoded: Encoded) -> None:
    there = np.array([1.0, 5.0, 9.0, 9.0])
    expected = (np.array([1.0, 5.0, 6.0, 9.0, 9.0]) - there.mean()) / there.std()
    np.testing.assert_allclose(encoded["mean"], expected, rtol=1e-5, atol=1e-6)


def test_a_missing_value_can_be_the_median(encoded: Encoded) -> None:
    there = np.array([1.0, 5.0, 9.0, 9.0])
    missing = encoded["median"][2] * there.std() + there.mean()
    assert 5.0 <= missing <= 9.0  # Transform's quantiles are approximate between two values


def test_a_missing_value_can_be_zero_or_a_constant(encoded: Encoded) -> None:
    np.testing.assert_allclose(encoded["zero"], [1, 5, 0, 9, 9])
    np.testing.assert_allclose(encoded["constant"], (np.array([1, 5, 4, 9, 9]) - 1) / 8, rtol=1e-6)


def test_log_is_taken_before_the_z_score(encoded: Encoded) -> None:
    there = np.log1p([1.0, 5.0, 9.0, 9.0])
    np.testing.assert_allclose(encoded["log"][[0, 1, 3, 4]], (there - there.mean()) / there.std(), rtol=1e-5)
    assert encoded["log"][2] == pytest.approx(0, abs=1e-6)


def test_a_learned_vocabulary_has_one_more_id_for_what_it_does_not_know(
    encoded: Encoded, fitted: tuple[tft.TFTransformOutput, Encoded]
) -> None:
    output, _ = fitted
    assert encoded["learned"][1] == encoded["learned"][3] == 0  # the most frequent first
    assert sorted(encoded["learned"]) == [0, 0, 1, 2, 3]  # a missing value is a name of its own
    ids = {name: one.ids for name, one in features_of(output).items()}
    assert ids["learned"] == 5
    assert list(encoded["top"]) == [1, 0, 1, 0, 1] and ids["top"] == 2
    assert list(encoded["frequent"]) == [1, 0, 1, 0, 1]


def test_declared_names_are_numbered_as_they_stand(encoded: Encoded) -> None:
    assert MISSING_NAME not in NAMES
    assert list(encoded["known"]) == [1, 0, 2, 0, 3]  # b, a, missing, a, unknown


def test_text_is_lower_cased_words_cut_and_padded(encoded: Encoded) -> None:
    assert encoded["text"].shape == (5, 4)
    the, cat = encoded["text"][0][0], encoded["text"][0][1]
    assert the == 2 and list(encoded["text"][0][:3]) == [the, cat, the]
    assert list(encoded["text"][1]) == [the, 1, 0, 0] or encoded["text"][1][1] > 1
    assert list(encoded["text"][2]) == [0, 0, 0, 0]
    assert list(encoded["text"][4]) == [the, cat, the, cat]


def grams(name: str, encoded: Encoded, output: tft.TFTransformOutput) -> list[dict[str, float]]:
    """The n-grams of each text, with their weights (1 where there are none)."""
    words = [gram.decode() for gram in output.vocabulary_by_name(vocabulary_name(name))]
    weights = encoded.get(weights_name(name), np.ones_like(encoded[name]))
    return [
        {words[i - 1]: w for i, w in zip(ids, row, strict=True) if i}
        for ids, row in zip(encoded[name], weights, strict=True)
    ]


def test_a_bag_has_each_n_gram_once(fitted: tuple[tft.TFTransformOutput, Encoded]) -> None:
    output, encoded = fitted
    found = [set(text) for text in grams("bag", encoded, output)]
    assert found[0] == {"the", "cat", "dog", "the cat", "cat the", "the dog"}
    assert found[2] == set()
    assert found[4] == {"the", "cat", "the cat", "cat the"}
    assert all((np.diff(ids[ids > 0]) > 0).all() and not ids[np.count_nonzero(ids) :].any() for ids in encoded["bag"])


def test_a_short_bag_keeps_the_most_frequent_n_grams(fitted: tuple[tft.TFTransformOutput, Encoded]) -> None:
    output, encoded = fitted
    assert next(set(text) for text in grams("short bag", encoded, output)) == {"the", "cat"}


def test_markup_is_no_word(fitted: tuple[tft.TFTransformOutput, Encoded]) -> None:
    output, encoded = fitted
    found = [set(text) for text in grams("html", encoded, output)]
    assert found == [{"one", "two", "three"}, {"a", "b"}, set(), {"4", "3"}, {"one"}]


def test_tf_idf_is_that_of_scikit_learn(fitted: tuple[tft.TFTransformOutput, Encoded]) -> None:
    output, encoded = fitted
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"[\w']+")
    matrix = vectorizer.fit_transform(TEXTS).toarray()
    names = vectorizer.get_feature_names_out()
    for row, text in enumerate(grams("tf idf", encoded, output)):
        expected = {name: weight for name, weight in zip(names, matrix[row], strict=True) if weight}
        assert text == pytest.approx(expected, abs=1e-6)


def test_the_tf_idf_weights_that_are_kept_have_length_1(encoded: Encoded) -> None:
    lengths = np.linalg.norm(encoded[weights_name("short tf idf")], axis=1)
    np.testing.assert_allclose(lengths, [1, 1, 0, 1, 1], rtol=1e-5)


def test_no_rows_are_encoded_as_no_rows(fitted: tuple[tft.TFTransformOutput, Encoded]) -> None:
    output, encoded = fitted
    none = TransformGraph(output, "y")(
        {
            n: tf.constant(column(f)[:0], "string" if f.raw != "number" else "float32")
            for n, f in FEATURES.items()
            if f.derived is None and n != "image"
        }
        | {"image": tf.constant([], tf.string)}
    )
    assert {name: value.shape for name, value in none.items()} == {n: (0, *v.shape[1:]) for n, v in encoded.items()}


def test_an_indicator_says_what_was_missing(encoded: Encoded) -> None:
    np.testing.assert_allclose(encoded["flagged"][:, 0], encoded["mean"])
    assert encoded["flagged"][:, 1].tolist() == [0, 0, 1, 0, 0]


def test_buckets_have_about_as_many_values_and_one_for_what_is_missing(encoded: Encoded) -> None:
    assert encoded["ranged"].tolist() == [0, 0, 2, 1, 1]


def test_every_tensor_is_as_the_model_is_told(fitted: tuple[tft.TFTransformOutput, Encoded]) -> None:
    output, encoded = fitted
    told = features_of(output)
    assert set(told) == set(encoded)
    for name, one in told.items():
        assert (encoded[name].shape[1:], encoded[name].dtype.name) == (one.shape, one.dtype), name
        if one.ids:
            assert encoded[name].min() >= 0 and encoded[name].max() < one.ids, name


def test_pictures_are_resized_to_zero_to_one(encoded: Encoded) -> None:
    assert encoded["image"].shape == (5, 4, 2, 1)
    np.testing.assert_allclose(encoded["image"].mean(axis=(1, 2, 3)), np.arange(5) * 51 / 255, rtol=1e-6)


def test_a_derived_feature_is_computed_from_raw_columns(encoded: Encoded) -> None:
    np.testing.assert_allclose(encoded["doubled"][[0, 1, 3]], [2, 10, 18])


def test_answers_do_not_depend_on_the_batch(fitted: tuple[tft.TFTransformOutput, Encoded]) -> None:
    output, encoded = fitted
    graph: Callable[..., Any] = TransformGraph(output, "y")
    one = graph({n: tf.constant(column(f)[1:2]) for n, f in FEATURES.items() if f.derived is None})
    for name, value in one.items():
        np.testing.assert_allclose(value.numpy()[0], encoded[name][1], rtol=1e-6)

"""Distances between encoded examples, against values by hand and scikit-learn's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity

from components.evaluation.distances import nearest
from schemas.features import Category, Feature, Image, Number, Text


def distances(feature: Feature, searched: list, wanted: list) -> list[list[float]]:
    """From each wanted example to all that are searched, in their order."""
    known, new = {"x": np.array(searched)}, {"x": np.array(wanted)}
    found = nearest({"x": feature}, known, new, len(searched))
    back = np.argsort(found.indices, axis=1)
    return np.take_along_axis(found.distances, back, axis=1).tolist()


def test_numbers_are_in_standard_deviations() -> None:
    assert distances(Number(), [0.0, 2.0], [3.0]) == [pytest.approx([3, 1])]  # the deviation is 1
    assert distances(Number(), [0.0, 10.0], [5.0]) == [pytest.approx([1, 1])]
    assert distances(Number(), [4.0, 4.0], [4.0]) == [[0, 0]]
    missing = distances(Number(indicator=True), [[0.0, 0.0], [2.0, 0.0]], [[2.0, 1.0]])
    assert missing == [pytest.approx([5**0.5, 1])]


def test_two_different_categories_are_1_apart() -> None:
    assert distances(Category(), [0, 5, 2], [5, 9]) == [pytest.approx([1, 0, 1]), pytest.approx([1, 1, 1])]
    assert distances(Number(buckets=3), [0, 3], [0]) == [pytest.approx([0, 1])]


def test_texts_are_ordered_as_by_the_cosine_of_their_tf_idf_weights() -> None:
    words = ["", "", "the", "cat", "dog", "sat"]
    searched = [[2, 3, 5, 0], [2, 2, 2, 2], [4, 5, 1, 0], [0, 0, 0, 0]]
    wanted = [[3, 5, 1, 1], [2, 4, 0, 0]]
    texts = [" ".join(words[id_] for id_ in row if id_ > 1) for row in searched + wanted]
    weights = TfidfVectorizer().fit(texts[:4]).transform(texts)
    cosines = cosine_similarity(weights[4:], weights[:4])
    found = distances(Text(length=4), searched, wanted)
    # An empty text has no direction: it is 1 away from every other.
    expected = np.where(weights[:4].sum(axis=1).A1 > 0, np.sqrt(2 - 2 * cosines), 1)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_weights_that_texts_have_already_are_taken() -> None:
    features: dict[str, Feature] = {"x": Text(encoding="tf_idf", length=2)}
    searched = {"x": np.array([[1, 2], [3, 0]]), "x (weights)": np.array([[0.6, 0.8], [1, 0]], np.float32)}
    wanted = {"x": np.array([[1, 0]]), "x (weights)": np.array([[1, 0]], np.float32)}
    found = nearest(features, searched, wanted, 2)
    assert found.indices.tolist() == [[0, 1]]
    assert found.distances[0] == pytest.approx([0.8**0.5, 2**0.5])


def test_pictures_are_compared_by_pixel_and_features_side_by_side() -> None:
    pictures = np.zeros((2, 2, 2, 1), np.float32)
    pictures[1, 0, 0, 0] = 1
    assert distances(Image(height=2, width=2), pictures.tolist(), pictures[:1].tolist()) == [pytest.approx([0, 1])]
    features: dict[str, Feature] = {"n": Number(), "c": Category()}
    searched = {"n": np.array([0.0, 2.0]), "c": np.array([0, 1])}
    found = nearest(features, searched, {"n": np.array([2.0]), "c": np.array([0])}, 5)
    assert found.indices.tolist() == [[1, 0]] and found.distances[0] == pytest.approx([1, 2])


@given(arrays(np.float32, 7, elements=st.floats(-100, 100, width=32)), arrays(np.int64, 7, elements=st.integers(0, 3)))
def test_each_example_is_nearest_to_itself(numbers: np.ndarray, ids: np.ndarray) -> None:
    features: dict[str, Feature] = {"n": Number(), "c": Category()}
    both = {"n": numbers, "c": ids}
    found = nearest(features, both, both, 3)
    assert found.distances[:, 0] == pytest.approx(np.zeros(7), abs=1e-3)
    assert (np.diff(found.distances, axis=1) >= 0).all()

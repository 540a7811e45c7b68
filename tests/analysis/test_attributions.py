"""Integrated gradients and occlusion, against cases whose attributions can be computed by hand."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import attributions
from analysis.attributions import integrated_gradients, occlusion

RANDOM = np.random.default_rng(0)
X = tf.constant(RANDOM.normal(size=(5, 3)), tf.float32)
R = tf.constant(RANDOM.normal(size=(1, 3)), tf.float32)
WEIGHTS = tf.constant([2.0, -1.0, 0.0])


def test_of_a_linear_model_each_input_has_its_weight_times_its_way() -> None:
    found = integrated_gradients(lambda inputs: tf.linalg.matvec(inputs["x"], WEIGHTS) + 7, {"x": X}, {"x": R})
    np.testing.assert_allclose(found.parts["x"], (X - R).numpy() * WEIGHTS.numpy(), atol=1e-6)
    assert (found.parts["x"][:, 2] == 0).all()
    np.testing.assert_allclose(found.reference_scores, [float(tf.tensordot(R[0], WEIGHTS, 1)) + 7] * 5, rtol=1e-6)


def test_a_product_s_factors_have_the_same_part() -> None:
    """Of xy from (0, 0) both have xy / 2; of x²y, x has two thirds (Sundararajan et al., 2017, by hand)."""
    inputs = {"x": tf.constant([2.0, -3.0]), "y": tf.constant([5.0, 0.5])}
    zero = {"x": tf.zeros([1]), "y": tf.zeros([1])}
    product = integrated_gradients(lambda found: found["x"] * found["y"], inputs, zero)
    np.testing.assert_allclose(product.parts["x"], [5, -0.75], rtol=1e-5)
    np.testing.assert_allclose(product.parts["y"], [5, -0.75], rtol=1e-5)
    square = integrated_gradients(lambda found: found["x"] ** 2 * found["y"], inputs, zero)
    np.testing.assert_allclose(square.parts["x"], np.array([20, 4.5]) * 2 / 3, rtol=1e-5)
    np.testing.assert_allclose(square.gaps, [0, 0], atol=1e-4)


@settings(max_examples=15)  # each is traced
@given(st.integers(0, 2**32 - 1), st.sampled_from(["relu", "tanh", "sigmoid"]))
def test_the_parts_of_a_network_sum_to_the_difference_of_its_scores(seed: int, activation: str) -> None:
    random = np.random.default_rng(seed)
    first, second = (tf.constant(random.normal(size=shape), tf.float32) for shape in ((3, 8), (8,)))

    def score(inputs: dict[str, tf.Tensor]) -> tf.Tensor:
        hidden = getattr(tf.nn, activation)(inputs["x"] @ first)
        return tf.sigmoid(tf.linalg.matvec(hidden, second))

    found = integrated_gradients(score, {"x": X}, {"x": R})
    explained = found.scores - found.reference_scores
    np.testing.assert_allclose(found.parts["x"].sum(axis=1) + found.gaps, explained, atol=1e-9)
    assert (np.abs(found.gaps) <= np.maximum(0.02 * np.abs(explained), 0.002)).all()


@given(st.floats(0.001, 0.999))
@settings(max_examples=10)
def test_the_line_is_divided_where_it_bends(place: float) -> None:
    def bend(inputs: dict[str, tf.Tensor]) -> tf.Tensor:
        return tf.nn.relu(inputs["x"] - place)

    found = integrated_gradients(bend, {"x": tf.ones([1])}, {"x": tf.zeros([1])})
    assert abs(found.gaps[0]) < 0.01 * (1 - place)


def test_what_has_no_reference_stays_as_it_is() -> None:
    inputs = {"x": tf.constant([1.0, 1.0]), "factor": tf.constant([3.0, 5.0]), "row": tf.constant([0, 1])}

    def score(found: dict[str, tf.Tensor]) -> tf.Tensor:
        return found["x"] * found["factor"] + tf.gather(tf.constant([10.0, 20.0]), found["row"])

    found = integrated_gradients(score, inputs, {"x": tf.zeros([1])})
    assert found.parts.keys() == {"x"} and found.parts["x"].tolist() == pytest.approx([3, 5])
    assert found.reference_scores.tolist() == [10, 20]


def test_batches_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    def score(inputs: dict[str, tf.Tensor]) -> tf.Tensor:
        return tf.reduce_prod(tf.sigmoid(inputs["x"]), axis=1)

    whole = integrated_gradients(score, {"x": X}, {"x": R})
    for most in (1, 5, 40):
        monkeypatch.setattr(attributions, "_MOST_POINTS", most)
        found = integrated_gradients(score, {"x": X}, {"x": R})
        np.testing.assert_allclose(found.parts["x"], whole.parts["x"], atol=1e-6)
        np.testing.assert_allclose(found.scores, whole.scores, atol=1e-6)


@pytest.mark.parametrize("name", ["y", "row"])
def test_a_reference_needs_an_input_of_floats(name: str) -> None:
    with pytest.raises(ValueError, match=f"a reference for '{name}'; the inputs with floats are x$"):
        integrated_gradients(lambda found: found["x"][:, 0], {"x": X, "row": tf.range(5)}, {name: tf.zeros([1])})


@given(st.lists(st.floats(-2, 2), min_size=1, max_size=8))
@settings(max_examples=10)
def test_polynomials_are_integrated_exactly(coefficients: list[float]) -> None:
    """One input's attribution is the whole difference, whatever way the line takes."""

    def polynomial(inputs: dict[str, tf.Tensor]) -> tf.Tensor:
        return tf.math.polyval(
            [tf.fill([tf.size(inputs["x"])], coefficient) for coefficient in coefficients], inputs["x"]
        )

    found = integrated_gradients(polynomial, {"x": tf.ones([1])}, {"x": tf.zeros([1])})
    assert found.parts["x"][0] == pytest.approx(sum(coefficients) - coefficients[-1], abs=1e-4)


def test_occlusion_replaces_one_group_at_a_time() -> None:
    inputs = {"x": tf.constant([2.0, 3.0]), "words": tf.constant([[4, 5], [6, 0]])}

    def score(found: dict[str, tf.Tensor]) -> tf.Tensor:
        return found["x"] * tf.cast(tf.reduce_sum(found["words"], axis=1), tf.float32)

    groups = {
        "x": {"x": tf.constant([1.0, 1.0])},
        "first": {"words": tf.constant([[1, 5], [1, 0]])},
        "second": {"words": tf.constant([[4, 1], [6, 0]])},
    }
    found = occlusion(score, inputs, groups)
    assert found.scores.tolist() == [18, 18]
    assert {name: part.tolist() for name, part in found.parts.items()} == {
        "x": [9, 12],
        "first": [6, 15],
        "second": [8, 0],
    }
    assert found.reference_scores.tolist() == [2, 1]
    assert found.gaps.tolist() == [18 - 2 - 23, 18 - 1 - 27]

"""What follows the last dense layer: intervals whose ends do not cross, and that are moved to keep their promise."""

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import mean_pinball_loss

from components.training import conformal, precision
from components.training.models.endings import CumulativeLink, Ends, Widened, ended, unended
from components.training.models.heads import loss_of
from schemas.errors import InputError
from schemas.tasks import Ordinal, Regression, Task
from schemas.training import Training

BETWEEN = Regression("y", quantiles=(0.05, 0.95))
SCORES = arrays(np.float32, (7, 3), elements=st.floats(-50, 50, width=32, allow_subnormal=False))


@given(SCORES, st.floats(-60, 60))
def test_the_value_is_never_outside_of_its_interval(scores: np.ndarray, margin: float) -> None:
    for ends in (Ends()(scores), Widened(margin)(Ends()(scores))):
        value, low, high = np.asarray(ends).T
        assert (value == scores[:, 0]).all() and (low <= value).all() and (value <= high).all()


def test_the_loss_is_that_of_the_value_and_the_pinball_losses_of_the_ends() -> None:
    random = np.random.default_rng(0)
    labels, answers = random.normal(size=40).astype(np.float32), random.normal(size=(40, 3)).astype(np.float32)
    found = np.asarray(loss_of(BETWEEN, Training())(labels, answers))
    assert found.shape == (40,)
    expected = ((labels - answers[:, 0]) ** 2).mean()
    expected += mean_pinball_loss(labels, answers[:, 1], alpha=0.05)
    expected += mean_pinball_loss(labels, answers[:, 2], alpha=0.95)
    assert found.mean() == pytest.approx(expected, rel=1e-5)


def test_the_value_learns_by_its_own_loss_alone() -> None:
    import tensorflow as tf

    scores = tf.Variable([[0.5, 0.1, -0.2]])
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(loss_of(BETWEEN, Training())(tf.constant([3.0]), Ends()(scores)))
    gradient = tape.gradient(loss, scores).numpy()[0]
    assert gradient[0] == pytest.approx(2 * (0.5 - 3.0)) and gradient[1] != 0 and gradient[2] != 0


def test_a_model_gets_its_ending_and_loses_it_again() -> None:
    inputs = {"a": keras.Input((1,), name="a")}
    plain = keras.Model(inputs, keras.layers.Dense(3)(inputs["a"]))
    whole = ended(plain, BETWEEN)
    assert isinstance(whole.layers[-1], Ends) and ended(plain, Regression("y")) is plain
    assert [layer.name for layer in unended(whole).layers] == [layer.name for layer in plain.layers]
    assert unended(plain) is plain


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_intervals_of_any_model_hold_the_promised_share_of_other_rows(share: float) -> None:
    random = np.random.default_rng(3)
    covered = []
    for _ in range(400):
        labels = random.standard_t(3, 99)
        low, high = np.full(99, -0.1), np.full(99, 0.4)  # a bad model of them
        margin = conformal.margin(labels[:49], low[:49], high[:49], share)
        assert margin is not None
        covered.append(((labels[49:] >= low[49:] - margin) & (labels[49:] <= high[49:] + margin)).mean())
    assert share - 0.005 <= np.mean(covered) <= share + 1 / 50 + 0.005  # the bounds of theorem 1


def test_too_few_rows_promise_nothing() -> None:
    zeros = np.zeros(8)
    assert conformal.margin(zeros, zeros, zeros, 0.9) is None
    assert conformal.margin(np.arange(9.0), np.zeros(9), np.zeros(9), 0.9) == 8
    with pytest.raises(InputError, match="not finite"):
        conformal.margin(np.zeros(9), np.full(9, np.nan), np.zeros(9), 0.9)


@given(arrays(np.float32, (5, 1), elements=st.floats(-30, 30, width=32, allow_subnormal=False)), st.integers(2, 9))
def test_ordered_classes_share_one_score(scores: np.ndarray, classes: int) -> None:
    link = CumulativeLink(classes)
    even = np.asarray(link(np.zeros((1, 1), np.float32)))
    assert even == pytest.approx(np.full((1, classes), 1 / classes), rel=1e-4)
    shares = np.asarray(link(np.sort(scores, axis=0))).astype(np.float64)
    assert (shares >= 0).all() and shares.sum(axis=1) == pytest.approx(np.ones(5), abs=1e-5)
    thresholds = np.cumsum([link.first.numpy()[0], *np.log1p(np.exp(link.steps.numpy()))])
    expected = 1 / (1 + np.exp(np.sort(scores, axis=0) - thresholds))  # P(class <= k)
    assert shares.cumsum(axis=1)[:, :-1] == pytest.approx(expected, abs=1e-5)


def test_thresholds_stay_in_order_whatever_they_learn() -> None:
    task = Ordinal("y", ("a", "b", "c", "d"))
    inputs = {"a": keras.Input((1,), name="a")}
    model = ended(keras.Model(inputs, keras.layers.Dense(1)(inputs["a"])), task)
    model.compile(keras.optimizers.SGD(1.0), loss_of(task, Training()))
    numbers = np.linspace(-2, 2, 80, dtype=np.float32)[:, None]
    labels = np.digitize(numbers[:, 0], [-1.5, 0.5, 0.7])
    model.fit({"a": numbers}, labels, epochs=60, verbose=0)
    link = model.layers[-1]
    assert isinstance(link, CumulativeLink) and (np.log1p(np.exp(link.steps.numpy())) > 0).all()
    assert (model.predict({"a": numbers}, verbose=0).argmax(axis=1) == labels).mean() > 0.85


@pytest.mark.parametrize("task", [BETWEEN, Ordinal("y", ("a", "b", "c"))])
def test_an_ending_computes_in_float32_whatever_the_layers_before_do(task: Task) -> None:
    with precision.policy("mixed_float16"):
        inputs = {"a": keras.Input((1,), name="a")}
        whole = ended(keras.Model(inputs, keras.layers.Dense(**task.output)(inputs["a"])), task)
    assert whole.output.dtype == "float32" and whole.layers[-1].compute_dtype == "float32"

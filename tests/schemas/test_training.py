import math

import pytest

from schemas.problems import Problem
from schemas.training import Training

ONE_OR_MORE = "a whole number of at least 1"


@pytest.mark.parametrize(
    "training",
    [
        Training(),
        Training(1, 1, 1, 1e-9, "cosine", 1.0, 1, True, "absolute", 100, 0),
        Training(precision="mixed_float16", xla=True, workers=256),
        Training(precision="mixed_bfloat16"),
        Training(learning_rate=100, weight_decay=0, loss="huber", seed=2**31 - 1),
    ],
)
def test_a_sound_training_has_no_problems(training: Training) -> None:
    assert list(training.problems()) == []


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [
        ("epochs", 0, ONE_OR_MORE),
        ("epochs", 2.5, ONE_OR_MORE),
        ("steps_per_epoch", 0, ONE_OR_MORE),
        ("batch_size", True, ONE_OR_MORE),
        ("learning_rate", 0, "a number from 1e-09 to 100"),
        ("learning_rate", math.nan, "a number from 1e-09 to 100"),
        ("schedule", "linear", "one of constant, cosine"),
        ("schedule", None, "one of constant, cosine"),
        ("weight_decay", -1e-9, "a number from 0 to 1"),
        ("weight_decay", 1.1, "a number from 0 to 1"),
        ("patience", 0, ONE_OR_MORE),
        ("balanced", 1, "True or False"),
        ("loss", "mse", "one of auto, squared, absolute, huber, cross_entropy, focal"),
        ("ensemble", 0, "a whole number from 1 to 100"),
        ("ensemble", 101, "a whole number from 1 to 100"),
        ("seed", -1, "a whole number from 0 to 2147483647"),
        ("seed", 2**31, "a whole number from 0 to 2147483647"),
        ("precision", "float16", "one of float32, mixed_float16, mixed_bfloat16"),
        ("xla", "yes", "True or False"),
        ("workers", 0, "a whole number from 1 to 256"),
        ("workers", 257, "a whole number from 1 to 256"),
        ("optimizer", "adagrad", "one of adam, adamw, nadam, rmsprop, sgd, lion"),
        ("momentum", 1, "a number from 0 to 0.999"),
        ("focal_gamma", -1, "a number from 0 to 10"),
        ("label_smoothing", 0.6, "a number from 0 to 0.5"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(field: str, value: object, allowed: str) -> None:
    assert list(Training(**{field: value}).problems()) == [Problem(field, value, allowed)]


def test_every_wrong_field_is_a_problem_of_its_own() -> None:
    wrong = Training(epochs=0, schedule="up", balanced=None, seed=-1)
    assert [problem.field for problem in wrong.problems()] == ["epochs", "schedule", "balanced", "seed"]

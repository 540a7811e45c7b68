"""The tuner over made-up trainings: what it proposes, what it keeps, and what ends it."""

import dataclasses
import math
from pathlib import Path

import keras_tuner
import pytest
import tensorflow as tf
from keras_tuner.errors import FatalError

from analysis.trials import TUNED, Trial
from components.training.tuner import SettingsTuner, changed, hyperparameters
from schemas import events
from schemas.models import Tabular
from schemas.search_space import Parameter
from schemas.training import Training

RATE = Parameter("learning_rate", 1e-4, 1e-1, logarithmic=True)
HIDDEN = Parameter("hidden", choices=("", "8", "32,16"))
BATCH = Parameter("batch_size", 4, 64, whole=True)
NORM = Parameter("batch_norm", choices=("false", "true"))


class Made:
    """Trials whose eval loss is lowest at a rate of 0.01 and with batch normalisation."""

    def __init__(self, failing: dict[int, object] | None = None) -> None:
        self.failing = failing or {}
        self.seen: list[tuple[Tabular, Training]] = []

    def fit(self, model, training):
        self.seen.append((model, training))
        failing = self.failing.get(len(self.seen), 0.0)
        if isinstance(failing, Exception):
            raise failing
        loss = math.log10(training.learning_rate / 0.01) ** 2 + (not model.batch_norm) + 0.01
        return Trial(0, "", (), "", 1, 0.1, None if failing is None else loss, {}, {}, fit="good fit"), None


def tuner(made: Made, folder: Path, budget: int, parameters=(RATE, NORM)) -> SettingsTuner:
    return SettingsTuner(
        made,
        Tabular(),
        Training(),
        parameters,
        hyperparameters=hyperparameters(parameters),
        objective=keras_tuner.Objective("eval_loss", "min"),
        max_trials=budget,
        num_initial_points=5,
        seed=1,
        directory=str(folder),
        overwrite=True,
    )


def test_values_are_within_their_ranges_and_reach_the_training(tmp_path: Path) -> None:
    made = Made()
    found = tuner(made, tmp_path, 6, (RATE, HIDDEN, BATCH, NORM))
    found.search()
    assert len(found.made) == 6
    for (model, training), trial in zip(made.seen, found.made, strict=True):
        assert 1e-4 <= training.learning_rate <= 1e-1 and 4 <= training.batch_size <= 64
        assert model.hidden in ((), (8,), (32, 16))
        assert changed(Tabular(), Training(), trial.settings) == (model, training)
    assert [trial.number for trial in found.made] == [2, 3, 4, 5, 6, 7] and {one.stage for one in found.made} == {TUNED}


def test_later_proposals_are_better_than_random_ones(tmp_path: Path) -> None:
    found = tuner(Made(), tmp_path, 11)
    found.search()
    losses = [trial.eval_loss for trial in found.made]
    assert min(losses[5:]) <= min(losses[:5]) and min(losses) < 0.1


def test_the_same_seed_proposes_the_same(tmp_path: Path) -> None:
    one, other = (tuner(Made(), tmp_path / name, 7) for name in ("one", "other"))
    one.search()
    other.search()
    assert [trial.settings for trial in one.made] == [trial.settings for trial in other.made]


def test_a_training_that_diverged_or_has_no_memory_is_passed_over(tmp_path: Path) -> None:
    heard: list[events.Event] = []
    made = Made({2: None, 4: tf.errors.ResourceExhaustedError(None, None, "no memory")})
    found = tuner(made, tmp_path, 6)
    with events.listening(heard.append):
        found.search()
    assert len(made.seen) == 6 and len(found.made) == 5
    assert found.made[1].eval_loss is None
    best = found.get_best_hyperparameters()[0].values
    finite = [trial for trial in found.made if trial.eval_loss is not None]
    assert f"batch_norm={best['batch_norm']}" in min(finite, key=lambda trial: trial.eval_loss).settings
    assert [event.reason for event in heard if isinstance(event, events.StepFailed)] == ["no memory is left for it"]


def test_any_other_error_ends_the_search(tmp_path: Path) -> None:
    made = Made({2: KeyError("columns")})
    with pytest.raises(FatalError, match="columns"):
        tuner(made, tmp_path, 6).search()
    assert len(made.seen) == 2


def test_settings_of_model_and_training_are_taken_in() -> None:
    model, training = changed(Tabular(), Training(), ("hidden=", "learning_rate=0.02", "batch_norm=true"))
    assert model == dataclasses.replace(Tabular(), hidden=(), batch_norm=True)
    assert training == dataclasses.replace(Training(), learning_rate=0.02)

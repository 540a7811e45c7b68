"""The path of the universal workflow, with trainings that are made up: which trial follows which outcome."""

import dataclasses
from collections.abc import Callable

import pytest

from analysis.fit import GOOD, OVERFITS, UNDERFITS
from analysis.trials import PAGE, REGULARISED, SCALED, SMALL, Trial, best
from pipelines.experiments import path, sizes
from pipelines.experiments.path import Path
from pipelines.spec import BinaryClassification, Csv, Number, Pipeline, Tabular, Training

PAGE_OF = Pipeline(
    name="ships",
    source=Csv("ships.csv"),
    task=BinaryClassification("sunk", ("no", "yes")),
    features={"tons": Number()},
    model=Tabular(hidden=(64, 32), dropout=0.2, l2=1e-2),
    training=Training(epochs=10, ensemble=3),
)
NAIVE = Trial(0, "naive baseline", (), "", 0, 0.7, 0.7, {}, {"binary_accuracy": 0.6})
Outcome = tuple[float, str] | tuple[float, str, float]  # eval loss, fit, accuracy


class Made:
    """Trials whose outcome a function of the model decides."""

    def __init__(self, outcome: Callable[[Tabular, Training], Outcome]) -> None:
        self.outcome = outcome
        self.specs: list[Tabular] = []
        self.trainings: list[Training] = []
        self.trials: list[Trial] = []

    def train(self, stage, what, spec, training) -> Trial:
        loss, fit, *accuracy = self.outcome(spec, training)
        self.specs.append(spec)
        self.trainings.append(training)
        metrics = {"binary_accuracy": accuracy[0] if accuracy else 0.9}
        trial = Trial(
            len(self.specs), stage, (), what, 1, loss / 2, loss, metrics, metrics, training.epochs, training.epochs, fit
        )
        self.trials.append(trial)
        return trial

    def of(self, stage: str) -> list[Tabular]:
        return [spec for spec, trial in zip(self.specs, self.trials, strict=True) if trial.stage == stage]


def walked(outcome: Callable[[Tabular, Training], Outcome]) -> tuple[Made, Path]:
    made = Made(outcome)
    found = Path(PAGE_OF, NAIVE, made.train)
    found.walk()
    return made, found


def weights(spec: Tabular) -> int:
    return sum(spec.hidden)


def test_the_small_model_is_the_first_one_that_beats_the_naive_baseline() -> None:
    made, _ = walked(lambda spec, _: (0.5, OVERFITS, 0.9 if weights(spec) >= 16 else 0.6))
    assert [spec.hidden for spec in made.of(SMALL)] == [(), (8,), (16,)]
    assert all(spec == sizes.plain(spec) for spec in (*made.of(SMALL), *made.of(SCALED)))
    assert all(training.ensemble == 1 for training in made.trainings)


def test_where_none_beats_it_a_note_says_so_and_the_path_goes_on() -> None:
    made, found = walked(lambda spec, _: (0.5, OVERFITS, 0.6))
    assert len(made.of(SMALL)) == path.MOST_SMALL and made.of(SCALED)
    assert "beats the naive baseline's binary_accuracy" in found.notes[0]


def test_scaling_ends_with_a_model_that_overfits_and_is_no_better() -> None:
    losses = {(): 0.5, (8,): 0.4, (16,): 0.3, (32, 16): 0.299, (64, 32): 0.1}
    made, found = walked(lambda spec, _: (losses[spec.hidden], OVERFITS if spec.hidden else GOOD))
    assert [spec.hidden for spec in made.of(SCALED)] == [(8,), (16,), (32, 16)]
    assert found.notes == []


def test_a_model_that_overfits_and_is_better_is_scaled_up_further() -> None:
    made, found = walked(lambda spec, _: (1 / (1 + weights(spec)), OVERFITS))
    assert len(made.of(SCALED)) == path.MOST_SCALED
    assert "no model overfits without being better" in found.notes[0]


def test_a_model_that_was_still_learning_gets_twice_the_epochs_before_it_gets_larger() -> None:
    made, _ = walked(lambda _, training: (0.5, UNDERFITS) if training.epochs < 40 else (0.5, OVERFITS))
    made_of = zip(made.specs, made.trainings, made.trials, strict=True)
    scaled = [(spec.hidden, training.epochs) for spec, training, trial in made_of if trial.stage == SCALED]
    assert scaled == [((), 20), ((), 40)]
    assert made.trials[1].what == "no hidden layer, 20 epochs"


def regularised(spec: Tabular, _: Training) -> Outcome:
    """Of (32, 16): dropout of a quarter and L2 of 1e-4 help, together the most; a smaller one with both is better still."""
    plain = {(): 0.5, (8,): 0.4, (16,): 0.3, (32, 16): 0.3}.get(spec.hidden, 0.3)
    gain = 0.05 * (spec.dropout == 0.25) + 0.02 * (spec.l2 == 1e-4) - 0.05 * spec.batch_norm
    return plain - gain - 0.01 * (spec.hidden == (16,) and gain > 0), OVERFITS


def test_changes_that_help_are_joined_and_tried_on_a_smaller_model() -> None:
    made, _ = walked(regularised)
    tried = made.of(REGULARISED)
    base = made.of(SCALED)[-1]
    assert base.hidden == (32, 16)
    singles = tried[: len(sizes.regularised(base))]
    assert [dataclasses.replace(base, **change) for change in sizes.regularised(base)] == singles
    joined, smaller, *others = tried[len(singles) :]
    assert joined == dataclasses.replace(base, dropout=0.25, l2=1e-4)
    assert smaller == dataclasses.replace(joined, hidden=(16,))
    assert [spec.hidden for spec in others] == [(8,)]
    assert made.specs[best(made.trials).number - 1] == smaller


def test_where_nothing_helps_nothing_is_joined() -> None:
    made, _ = walked(lambda spec, _: (0.5 if spec == sizes.plain(spec) else 0.6, OVERFITS))
    assert len(made.of(REGULARISED)) == len(sizes.regularised(Tabular()))


def test_the_page_s_own_model_is_the_last_trial_as_a_single_one() -> None:
    made, _ = walked(lambda spec, _: (0.1 if spec == PAGE_OF.model else 0.5, OVERFITS))
    assert made.trials[-1].stage == PAGE and made.specs[-1] == PAGE_OF.model
    assert made.trainings[-1] == dataclasses.replace(PAGE_OF.training, ensemble=1)
    assert best(made.trials) == made.trials[-1]


@pytest.mark.parametrize("loss", [None, 0.4])
def test_a_training_that_diverged_is_never_the_best(loss: float | None) -> None:
    trials = [
        NAIVE,
        *(dataclasses.replace(NAIVE, number=number, eval_loss=found) for number, found in ((1, loss), (2, 0.5))),
    ]
    assert best(trials).number == (2 if loss is None else 1)

"""Constructed trainings of each kind, and the verdicts on them."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from analysis import fit
from analysis.fit import Facts, SizeLoss
from analysis.records import FitDiagnosis
from schemas import settings
from schemas.curves import Curve
from schemas.events import EpochEnded
from schemas.models import Convolutional, Tabular
from schemas.training import Training

Losses = Callable[[int], float]


def curve(train: Losses, evaluation: Losses, epochs: int = 30, of: int = 50, member: int = 1) -> Curve:
    """Losses by epoch, from 1."""
    found = [
        EpochEnded(epoch, of, {"loss": train(epoch)}, {"loss": evaluation(epoch)}, member)
        for epoch in range(1, epochs + 1)
    ]
    return Curve(member, tuple(found))


def facts(**changes: Any) -> Facts:
    chosen = {one.name: one.default for part in (Tabular, Training) for one in settings.of(part)}
    values = {"examples": 5000, "naive_loss": 0.69, "contradicted": 0.0, "settings": chosen, "classifies": True}
    return Facts(**(values | changes))


def falling(to: float, rate: float = 5.0) -> Losses:
    return lambda epoch: to + 0.4 * math.exp(-epoch / rate)


def verdict(train: Losses, evaluation: Losses, epochs: int = 30, of: int = 50, **changes: Any) -> FitDiagnosis:
    return fit.diagnose([curve(train, evaluation, epochs, of)], facts(**changes))


def test_close_losses_that_stop_falling_are_a_good_fit() -> None:
    found = verdict(falling(0.28), falling(0.30))
    assert (found.kind, found.suggestion) == ("good fit", "")
    assert "0.3" in found.sentence and found.evidence


def test_an_eval_loss_that_rises_while_the_train_loss_falls_is_overfitting_since_the_epoch_after_the_best() -> None:
    found = verdict(falling(0.05, 8), lambda epoch: 0.3 + 0.02 * abs(epoch - 8))
    assert (found.kind, found.since) == ("overfits", 9)
    assert found.suggestion == "dropout=0.4"


def test_a_rise_that_is_small_beside_what_was_learned_is_no_overfitting() -> None:
    def losses(epoch: int) -> float:
        return 0.04 + 0.0004 * abs(epoch - 8)

    assert verdict(falling(0.03, 8), losses, naive_loss=2.3).kind == "good fit"
    assert verdict(falling(0.03, 8), losses, naive_loss=None).kind == "overfits"


def test_one_bad_epoch_at_the_end_is_no_overfitting() -> None:
    assert verdict(falling(0.28), lambda epoch: 0.30 if epoch < 30 else 0.34).kind == "good fit"


def test_a_gap_is_too_little_data_where_there_is_little_and_overfitting_where_there_is_much() -> None:
    losses = falling(0.1), falling(0.3)
    assert verdict(*losses, examples=400).kind == "too little data"
    assert verdict(*losses, examples=50_000).kind == "overfits"


@pytest.mark.parametrize(("half", "kind"), [(0.40, "too little data"), (0.305, "overfits")])
def test_a_learning_curve_by_size_decides_what_a_gap_means(half: float, kind: str) -> None:
    sizes = (SizeLoss(2500, 0.1, half), SizeLoss(5000, 0.1, 0.3))
    assert verdict(falling(0.1), falling(0.3), sizes=sizes).kind == kind


def test_a_fall_over_several_doublings_counts_by_the_doubling() -> None:
    # From an eighth: 11.5% are 4% in each of three doublings.
    sizes = (SizeLoss(625, 0.1, 0.339), SizeLoss(5000, 0.1, 0.3))
    assert verdict(falling(0.1), falling(0.3), sizes=sizes).kind == "overfits"


def test_labels_that_were_not_answered_are_not_spoken_of() -> None:
    found = verdict(falling(0.28), falling(0.30), contradicted=None)
    assert found.kind == "good fit" and "label noise" not in " ".join(found.evidence)


def test_a_model_that_is_hardly_better_than_the_naive_baseline_underfits_and_should_be_larger() -> None:
    found = verdict(lambda _: 0.67, lambda _: 0.68)
    assert (found.kind, found.suggestion) == ("underfits", "hidden=128,64")


def test_a_training_that_ends_while_the_eval_loss_falls_underfits_and_should_be_longer() -> None:
    found = verdict(falling(0.2, 20), falling(0.21, 20), epochs=20, of=20)
    assert (found.kind, found.suggestion) == ("underfits", "epochs=200")


def test_a_loss_that_falls_at_the_end_of_a_stopped_training_is_no_underfitting() -> None:
    assert verdict(falling(0.2, 20), falling(0.21, 20), epochs=20, of=100).kind == "good fit"


def test_contradicted_labels_without_a_gap_are_suspected_noise() -> None:
    found = verdict(falling(0.28), falling(0.30), contradicted=0.08)
    assert (found.kind, found.suggestion) == ("label noise", "label_smoothing=0.1")
    assert "8.0%" in found.sentence
    assert verdict(falling(0.05), falling(0.30), contradicted=0.08).kind != "label noise"


def test_of_a_regression_the_advice_is_a_loss_that_forgives() -> None:
    found = verdict(falling(0.28), falling(0.30), contradicted=0.08, classifies=False)
    assert found.suggestion == "loss=huber"


def test_a_training_without_a_finite_loss_is_unknown() -> None:
    assert verdict(lambda _: math.nan, lambda _: math.nan).kind == "unknown"
    assert fit.diagnose([], facts()).kind == "unknown"


def test_the_verdict_on_an_ensemble_is_that_of_most_of_its_models() -> None:
    good, bad = curve(falling(0.28), falling(0.3)), curve(falling(0.05, 8), lambda epoch: 0.3 + 0.02 * abs(epoch - 8))
    assert fit.diagnose([good, bad, bad], facts()).kind == "overfits"
    found = fit.diagnose([good, good, bad], facts())
    assert found.kind == "good fit" and found.evidence[0].startswith("2 of 3 models")


def test_pictures_are_to_be_moved_where_there_are_few() -> None:
    chosen = {one.name: one.default for part in (Convolutional, Training) for one in settings.of(part)}
    assert verdict(falling(0.1), falling(0.3), examples=300, settings=chosen).suggestion == "shift=0.1"


@pytest.mark.parametrize("kind", ["overfits", "too little data", "underfits", "label noise"])
@pytest.mark.parametrize("model", [Tabular, Convolutional])
@pytest.mark.parametrize("still_falls", [False, True])
def test_every_advice_is_a_setting_that_the_page_takes(kind: str, model: type, still_falls: bool) -> None:
    from analysis import advice

    known = settings.by_name(model) | settings.by_name(Training)
    chosen = {name: one.default for name, one in known.items()}
    text, why = advice.of(kind, chosen, still_falls=still_falls, classifies=True)
    key, _, value = text.partition("=")
    assert why and not list(known[key].problems(known[key].read(value)))
    assert known[key].read(value) != chosen[key]

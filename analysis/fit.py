"""Whether a training went well: a verdict in words, the numbers behind it, and one change to try.

The rules, in this order; the first that holds is the verdict. Losses are those of the curves (schemas.curves), which include
the penalties on weights; of an ensemble each member is diagnosed, and the verdict is that of most.

- *label noise*: the model contradicts at least ``NOISY`` of the labels with a probability of their own class below
  ``CONTRADICTED``, and the losses of train and eval are close: it has not learned them by heart.
- *overfits*: from the best epoch to the last ``LAST`` ones the eval loss rises by more than ``RISE`` of itself while the train
  loss falls.
- *too little data*: at the best epoch the eval loss exceeds the train loss by more than ``GAP`` of itself, and the learning
  curve by training-set size (analysis.learning_curve) still falls by more than ``FALLING`` of itself per doubling, from its
  last but one size to the whole. Where no such curve was measured: there are fewer than ``FEW`` training examples. With more,
  or a flat curve, the gap is overfitting.
- *underfits*: the best eval loss is not ``BETTER`` than the naive baseline's; or the training ended at its last epoch while
  the eval loss still fell by more than ``STILL`` in its last tenth.
- *good fit*: none of these.

Where the eval loss is below ``SMALL`` of the naive baseline's, rise and gap are shares of that instead: what is small beside
all that was learned does not matter.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import Any

from analysis import advice
from analysis.records import FitDiagnosis
from schemas.curves import Curve

NOISY, CONTRADICTED = 0.03, 0.1
RISE, LAST = 0.05, 3
GAP = 0.25
FALLING = 0.05
FEW = 1000
BETTER = 0.05
SMALL = 0.1
STILL = 0.02
GOOD, OVERFITS, UNDERFITS = "good fit", "overfits", "underfits"
TOO_LITTLE, NOISE, UNKNOWN = "too little data", "label noise", "unknown"
_LOSS = "loss"


@dataclass(frozen=True)
class SizeLoss:
    """A point of the learning curve by training-set size.

    Attributes:
      examples: how many were learned from.
      train, eval: the losses at the best epoch, on one scale for all sizes.
    """

    examples: int
    train: float
    eval: float


@dataclass(frozen=True)
class Facts:
    """What is known besides the curves.

    Attributes:
      examples: how many the model has learned from.
      naive_loss: the loss of the naive baseline, on the scale of the curves; None where it is not comparable.
      contradicted: the share of test labels that the model contradicts with confidence; None where they were not answered.
      settings: of model and training, by name.
      classifies: whether the task is a classification.
      sizes: the learning curve by training-set size, rising; empty where nobody measured it.
    """

    examples: int
    naive_loss: float | None
    contradicted: float | None
    settings: Mapping[str, Any]
    classifies: bool
    sizes: Sequence[SizeLoss] = ()


@dataclass(frozen=True)
class _Shape:
    """The numbers of one member's curve: losses at the best epoch and at the last, and how they changed."""

    best: int
    last: int
    of: int
    train: float
    eval: float
    last_train: float  # of the last epochs after the best one, as is last_eval
    last_eval: float
    scale: float  # what rise and gap are shares of
    before_end: float  # the lowest eval loss before the last tenth of the epochs

    @property
    def gap(self) -> float:
        return (self.eval - self.train) / self.scale if self.scale > 0 else 0.0

    @property
    def rise(self) -> float:
        return (self.last_eval - self.eval) / self.scale if self.scale > 0 else 0.0

    @property
    def still_falls(self) -> float:
        return (self.before_end - self.eval) / self.before_end if self.before_end > 0 else 0.0


def diagnose(curves: Sequence[Curve], facts: Facts) -> FitDiagnosis:
    """The verdict on a training. ``unknown`` where no epoch has a finite eval loss."""
    smallest = SMALL * (facts.naive_loss or 0.0)
    shapes = [shape for curve in curves if (shape := _shape(curve, smallest)) is not None]
    if not shapes:
        return FitDiagnosis(UNKNOWN, None, "No epoch has a finite eval loss: the training diverged.", ())
    kinds = [_kind(shape, facts) for shape in shapes]
    kind, count = Counter(kinds).most_common(1)[0]
    chosen = [shape for shape, found in zip(shapes, kinds, strict=True) if found == kind]
    # The member in the middle stands for all: its numbers are of one training, which means are not.
    shape = sorted(chosen, key=lambda each: each.eval)[(len(chosen) - 1) // 2]
    evidence = _evidence(shape, facts)
    if len(shapes) > 1:
        evidence = (
            f"{count} of {len(shapes)} models of the ensemble show this; the numbers are of one of them.",
            *evidence,
        )
    setting, why = advice.of(kind, facts.settings, still_falls=shape.still_falls > STILL, classifies=facts.classifies)
    since = int(median(each.best for each in chosen)) + 1 if kind == OVERFITS else None
    return FitDiagnosis(kind, since, _sentence(kind, shape, facts, since), evidence, setting, why)


def _shape(curve: Curve, smallest: float) -> _Shape | None:
    best = curve.best
    if best is None or not curve.epochs:
        return None
    last = curve.epochs[-1]
    end = [epoch for epoch in curve.epochs[-LAST:] if epoch.epoch > best.epoch] or [best]
    early = [epoch.eval[_LOSS] for epoch in curve.epochs[: -max(1, len(curve.epochs) // 10)] if _LOSS in epoch.eval]
    return _Shape(
        best=best.epoch,
        last=last.epoch,
        of=last.of,
        train=_number(best.train),
        eval=_number(best.eval),
        last_train=mean(_number(epoch.train) for epoch in end),
        last_eval=mean(_number(epoch.eval) for epoch in end),
        scale=max(_number(best.eval), smallest),
        before_end=min(early, default=_number(best.eval)),
    )


def _number(metrics: Mapping[str, float | None]) -> float:
    found = metrics.get(_LOSS)
    return float("inf") if found is None else float(found)


def _kind(shape: _Shape, facts: Facts) -> str:
    if facts.contradicted is not None and facts.contradicted >= NOISY and shape.gap < GAP and shape.rise < RISE:
        return NOISE
    if shape.rise > RISE and shape.last_train < shape.train:
        return OVERFITS
    if shape.gap > GAP:
        return TOO_LITTLE if _needs_data(facts) else OVERFITS
    if facts.naive_loss is not None and shape.eval > (1 - BETTER) * facts.naive_loss:
        return UNDERFITS
    if shape.last == shape.of and shape.still_falls > STILL:
        return UNDERFITS
    return GOOD


def _needs_data(facts: Facts) -> bool:
    if len(facts.sizes) < 2:
        return facts.examples < FEW
    return fall_per_doubling(*facts.sizes[-2:]) > FALLING


def fall_per_doubling(before: SizeLoss, after: SizeLoss) -> float:
    """By what share of itself the eval loss falls with each doubling of the training examples; negative where it rises."""
    if not (before.eval > 0 and after.eval > 0 and after.examples > before.examples):
        return 0.0
    return 1 - (after.eval / before.eval) ** (1 / math.log2(after.examples / before.examples))


def _sentence(kind: str, shape: _Shape, facts: Facts, since: int | None) -> str:
    at_best = f"epoch {shape.best} (eval loss {shape.eval:.4g}, train loss {shape.train:.4g})"
    if kind == OVERFITS:
        return (
            f"The model overfits since epoch {since}: it goes on learning the training examples, and is no longer better on "
            f"others. The weights are those of {at_best}."
        )
    if kind == TOO_LITTLE:
        return (
            f"There is too little data: at {at_best} the model knows its {facts.examples:,} training examples much "
            "better than others."
        )
    if kind == NOISE:
        return (
            f"Label noise is suspected: the model contradicts {facts.contradicted:.1%} of the test labels with confidence, "
            "though it has not learned its training examples by heart."
        )
    if kind == UNDERFITS and shape.last == shape.of and shape.still_falls > STILL:
        return f"The model underfits: the eval loss still fell when the training ended after epoch {shape.last}."
    if kind == UNDERFITS:
        return f"The model underfits: its eval loss of {shape.eval:.4g} is hardly better than the naive baseline's."
    return f"The fit is good: the losses of train and eval are close at {at_best}, and neither rises after it."


def _evidence(shape: _Shape, facts: Facts) -> tuple[str, ...]:
    found = [
        f"Best epoch {shape.best} of {shape.last} ({shape.of} at most): train loss {shape.train:.4g}, eval loss "
        f"{shape.eval:.4g}, a gap of {shape.gap:.0%} (above {GAP:.0%} the model knows its training examples "
        "too well).",
        f"From there to the last epochs the eval loss rose by {shape.rise:.0%} (above {RISE:.0%} it overfits), and the train "
        f"loss went from {shape.train:.4g} to {shape.last_train:.4g}.",
        f"Training examples: {facts.examples:,}.",
    ]
    if facts.naive_loss is not None:
        found.append(f"The naive baseline's loss: {facts.naive_loss:.4g}.")
    if facts.contradicted is not None:
        found.append(
            f"Test labels that the model contradicts with a probability below {CONTRADICTED}: {facts.contradicted:.1%} (from "
            f"{NOISY:.0%} on label noise is suspected)."
        )
    if len(facts.sizes) > 1:
        before, whole = facts.sizes[-2:]
        found.append(
            f"By training-set size, without penalties on weights: an eval loss of {before.eval:.4g} with {before.examples:,} "
            f"examples, of {whole.eval:.4g} with {whole.examples:,}; each doubling lowers it by "
            f"{fall_per_doubling(before, whole):.0%} (above {FALLING:.0%} more examples are likely to help)."
        )
    return tuple(found)

"""What more examples would bring: the learning curve by training-set size (`slipway learning-curve`), a part of the fit."""

import math
from dataclasses import dataclass

from analysis.learning_curve import LearningCurve, sentence
from reports import wording
from reports.figures import scale
from reports.figures.figure import Axis, Figure, Line, Points
from reports.material import Material
from schemas.codec import completed

LOSS, METRIC = "size_loss", "size_metric"
"""The figures' names."""
_PARTS = {
    "classes": "each with its share of every class",
    "time": "each the most recent examples",
    "": "chosen at random",
}


@dataclass(frozen=True)
class View:
    """What the curve says; why it may not hold for this version, "" where it does; and how it was measured."""

    text: str
    other: str
    how: str


def view(curve: LearningCurve, material: Material) -> View:
    """What the template of the section on the training shows."""
    card, changed = material.record.card, []
    if completed(curve.configuration) != completed(card.configuration):  # either may be of an older version
        changed.append("other settings or features")
    if (curve.fingerprint, curve.limit) != (card.data.get("fingerprint"), card.data.get("limit", 0)):
        changed.append("other data")
    other = f"It was measured with {wording.listed(changed)} than those of this model." if changed else ""
    day = f"{curve.run_id[:4]}-{curve.run_id[4:6]}-{curve.run_id[6:8]}"
    parts = _PARTS[curve.strata]
    how = (
        f"Measured on {day} by {command(curve.dataset)}: parts of the train split, {parts}; a larger part has all examples "
        "of a smaller one. Each training may take as many steps as on the whole; all are compared on the same "
        f"{wording.count(curve.eval_examples, 'eval example')}."
    )
    return View(sentence(curve), other, how)


def command(name: str) -> str:
    """What measures the curve."""
    return f"slipway learning-curve {name}"


def figures(curve: LearningCurve) -> tuple[Figure, ...]:
    """The losses, and the primary metric, by the number of training examples."""
    return _losses(curve), _metric(curve)


def _losses(curve: LearningCurve) -> Figure:
    train, evaluation = (
        [math.nan if value is None else value for value in values]
        for values in ([point.train for point in curve.points], [point.eval for point in curve.points])
    )
    x = [point.examples for point in curve.points]
    return Figure(
        slug=LOSS,
        title="Loss by training-set size",
        text="The loss, without penalties on weights, on the examples that were learned from and on the eval split. Where the "
        "eval split's line still falls at its end, more examples are likely to help; where both lines are flat and close, "
        "they are not.",
        x=_examples(curve),
        y=Axis("loss", *scale.around([*train, *evaluation])),
        marks=(
            Line("learned from", x, train, 1),
            Line("eval split", x, evaluation, 2, dashed=True),
            Points("", x, train, 1),
            Points("", x, evaluation, 2),
        ),
        columns=("training examples", "of the train split", "best epoch", "learned from", "eval split"),
        rows=tuple(
            (
                f"{point.examples:,}",
                wording.share(point.share),
                wording.first(
                    [f"{best} of {all_}" for best, all_ in zip(point.best_epochs, point.epochs, strict=True)]
                ),
                wording.number(point.train),
                wording.number(point.eval),
            )
            for point in curve.points
        ),
    )


def _metric(curve: LearningCurve) -> Figure:
    name = wording.metric(curve.primary)
    value, low, high = (
        [math.nan if found is None else found for found in (getattr(point.metric, end) for point in curve.points)]
        for end in ("value", "low", "high")
    )
    x = [point.examples for point in curve.points]
    axis = _examples(curve)
    naive = Line("naive baseline", [axis.low, axis.high], [curve.naive, curve.naive], 0, dashed=True)
    return Figure(
        slug=METRIC,
        title=f"{name[:1].upper()}{name[1:]} by training-set size",
        text=f"The {name} on the eval split, with its 95% interval. All sizes are measured on the same examples, so that "
        "their differences vary less than the intervals suggest.",
        x=axis,
        y=Axis(name, *scale.around([*value, *low, *high, curve.naive])),
        marks=(Line("eval split", x, value, 2), Points("", x, value, 2, low=low, high=high), naive),
        columns=("training examples", f"{name} (95% interval)"),
        rows=tuple((f"{point.examples:,}", wording.with_interval(point.metric)) for point in curve.points),
    )


def _examples(curve: LearningCurve) -> Axis:
    return Axis("training examples", 0, 1.04 * curve.points[-1].examples, whole=True)

"""The curves of a classification: ROC, precision and recall, reliability, thresholds."""

from analysis.error_records import Calibration, CalibrationBin, ClassificationErrors, Curve
from reports import wording
from reports.figures.figure import Axis, Figure, Line, Points, Rule

_CURVES = 6  # colours that one can tell apart


def figures(found: ClassificationErrors, *, several: bool = False) -> list[Figure]:
    """Those that there are numbers for.

    Args:
      several: whether an answer has any number of the classes, so that calibration and thresholds are of all decisions.
    """
    drawn = []
    if found.roc:
        drawn.append(_curve("roc", "ROC curve", found.roc, ("false positive rate", "recall"), "AUC"))
    if found.precision_recall:
        axes = ("recall", "precision")
        drawn.append(
            _curve("precision_recall", "Precision and recall", found.precision_recall, axes, "average precision")
        )
    if found.calibration.bins:
        drawn.append(_reliability(found.calibration, several=several))
    if found.thresholds:
        drawn.append(_thresholds(found, "every class" if several else f"“{found.classes[-1]}”"))
    return drawn


def _curve(slug: str, title: str, curves: tuple[Curve, ...], axes: tuple[str, str], area: str) -> Figure:
    """The curves of the classes; of many, those with the smallest areas."""
    worst = sorted(curves, key=lambda curve: 1.0 if curve.area.value is None else curve.area.value)[:_CURVES]
    kept = [curve for curve in curves if curve in worst]
    which = f" of the {len(kept)} classes with the smallest areas" if len(curves) > len(kept) else ""
    lines = [
        Line(f"{curve.name} ({wording.metric_value(curve.area.value)})", curve.x, curve.y, colour)
        for colour, curve in enumerate(kept, 1)
    ]
    chance = (Line("by chance", (0, 1), (0, 1), 0, dashed=True),) if slug == "roc" else ()
    return Figure(
        slug=slug,
        title=f"{title}{which}",
        text=f"{axes[1].capitalize()} against {axes[0]}. The {area} with its 95% interval: "
        + wording.listed([f"“{curve.name}” {wording.with_interval(curve.area)}" for curve in kept])
        + ".",
        x=Axis(axes[0], 0, 1),
        y=Axis(axes[1], 0, 1),
        marks=(*chance, *lines),
        columns=("class", area, axes[0], axes[1], "threshold"),
        rows=tuple(row for curve in kept for row in _points(curve, 20 if len(kept) == 1 else 6)),
    )


def _points(curve: Curve, most: int) -> list[tuple[str, ...]]:
    step = max(1, len(curve.x) // most)
    chosen = sorted({*range(0, len(curve.x), step), len(curve.x) - 1})
    numbers = [(curve.x[index], curve.y[index], curve.thresholds[index]) for index in chosen]
    return [(curve.name, wording.metric_value(curve.area.value), *map(wording.metric_value, row)) for row in numbers]


def _reliability(found: Calibration, *, several: bool) -> Figure:
    low = min(0.5, *(each.low for each in found.bins))
    share, what = ("share that has the class", "probability") if several else ("accuracy", "confidence")
    meaning = (
        "of five decisions with 0.8 four have the class"
        if several
        else "a confidence of 0.8 is right four times of five"
    )
    return Figure(
        slug="reliability",
        title=f"Whether a {what} can be believed",
        text=f"{share.capitalize()} by {what}, with 95% intervals; on the dashed line {meaning}. "
        f"The expected calibration error is {found.ece:.3f}.",
        x=Axis(what, low, 1),
        y=Axis(share, 0, 1),
        marks=(Line("as it should be", (low, 1), (low, 1), 0, dashed=True), _accuracies(found.bins, share, what)),
        columns=(what, "decisions" if several else "examples", f"mean {what}", f"{share} (95% interval)"),
        rows=tuple(
            (
                f"{each.low:.2f} to {each.high:.2f}",
                f"{each.rows:,}",
                wording.metric_value(each.confidence),
                wording.with_interval(each.accuracy),
            )
            for each in found.bins
        ),
    )


def _accuracies(bins: tuple[CalibrationBin, ...], share: str, what: str) -> Points:
    return Points(
        share,
        [each.confidence for each in bins],
        [_bound(each.accuracy.value) for each in bins],
        1,
        [f"{each.rows:,} with a {what} around {each.confidence:.2f}" for each in bins],
        [_bound(each.accuracy.low) for each in bins],
        [_bound(each.accuracy.high) for each in bins],
    )


def _bound(value: float | None) -> float:
    return float("nan") if value is None else value


def _thresholds(found: ClassificationErrors, positive: str) -> Figure:
    at = [each.threshold for each in found.thresholds]
    best = found.best_threshold
    lines = [
        Line(
            "F1" if name == "f1" else name,
            at,
            [_bound(getattr(each, name)) for each in found.thresholds],
            colour,
            dashed=name == "f1",
        )
        for colour, name in enumerate(("accuracy", "precision", "recall", "f1"), 1)
    ]
    step = max(1, len(found.thresholds) // 20)
    return Figure(
        slug="thresholds",
        title=f"Other thresholds for {positive}",
        text=f"Scores by the probability from which on {positive} is answered"
        + (f"; F1 is highest at {best:.2f}." if best is not None else "."),
        x=Axis("threshold", 0, 1),
        y=Axis("score", 0, 1),
        marks=(*([] if best is None else [Rule("highest F1", best)]), *lines),
        columns=("threshold", "accuracy", "precision", "recall", "F1", "share of positive answers"),
        rows=tuple(
            (
                f"{each.threshold:.2f}",
                *(wording.metric_value(v) for v in (each.accuracy, each.precision, each.recall, each.f1)),
                wording.share(each.positive),
            )
            for each in found.thresholds[::step]
        ),
    )

"""The errors of a classification: the confusion matrix, each class, curves, calibration and thresholds."""

from dataclasses import dataclass

from analysis.error_records import Calibration, ClassificationErrors, ClassScores, Curve
from reports import wording
from reports.figures.figure import Axis, Figure, Line, Matrix, Points, Rule
from reports.material import Material
from reports.sections.section import Section

LARGEST = 20  # classes in the page's matrix: more have no room beside each other
_CURVES = 6  # colours that one can tell apart
_OTHERS = "all others"


@dataclass(frozen=True)
class Cell:
    """One cell of the matrix: how many, its share of the label's examples, and whether it is the right answer."""

    count: int
    share: float
    right: bool


@dataclass(frozen=True)
class MatrixRow:
    """The answers to the examples of one label."""

    name: str
    cells: list[Cell]
    total: int


@dataclass(frozen=True)
class Pair:
    """A label, the answer that stands for it most often by mistake, and how often."""

    label: str
    answer: str
    count: int
    share: float


@dataclass(frozen=True)
class View:
    """What the template shows."""

    names: list[str]
    matrix: list[MatrixRow]
    matrix_note: str
    pairs: list[Pair]
    classes: tuple[ClassScores, ...]
    ece: str


def section(material: Material) -> Section:
    """The section of a classification."""
    found = material.analysis.classification if material.analysis else None
    if found is None:
        return Section(
            id="errors",
            title="Errors",
            lead="There is no confusion matrix.",
            absent=("The errors are not in this report: analysis.json is missing.",),
        )
    names, rows, note = matrix(found)
    return Section(
        id="errors",
        title="Errors",
        lead=summary(found),
        badge=str(wrong(found)),
        view=View(names, rows, note, pairs(found)[:8], found.per_class, f"{found.calibration.ece:.3f}"),
        figures=tuple(_figures(found)),
        notes=found.notes,
    )


def wrong(found: ClassificationErrors) -> int:
    """How many answers are not the label; those that are not finite among them."""
    return rows_of(found) - sum(row[index] for index, row in enumerate(found.confusion))


def rows_of(found: ClassificationErrors) -> int:
    """How many examples there are."""
    return sum(each.support for each in found.per_class)


def pairs(found: ClassificationErrors) -> list[Pair]:
    """The mistakes, the most frequent first."""
    mistakes = [
        Pair(found.classes[label], found.classes[answer], count, count / sum(row))
        for label, row in enumerate(found.confusion)
        for answer, count in enumerate(row)
        if count and label != answer
    ]
    return sorted(mistakes, key=lambda pair: (-pair.count, -pair.share))


def summary(found: ClassificationErrors) -> str:
    """How many answers are wrong, and which way, in a sentence."""
    rows, errors = rows_of(found), wrong(found)
    if not errors:
        return f"All {rows:,} test examples are answered as their label says."
    start = f"{errors:,} of {rows:,} answers are wrong ({wording.share(errors / rows)})"
    if found.not_finite:
        start += f", {found.not_finite:,} of them because no finite probability was computed"
    if len(found.classes) == 2:
        negative, positive = found.classes
        misses, alarms = found.confusion[1][0], found.confusion[0][1]
        return (
            f"{start}: {wording.count(misses, 'example')} of “{positive}” answered as “{negative}” (false negatives), and "
            f"{wording.count(alarms, 'example')} of “{negative}” as “{positive}” (false positives)."
        )
    most = next(iter(pairs(found)), None)
    if most is None:
        return f"{start}."
    return f"{start}; the most frequent mistake is “{most.answer}” for “{most.label}”, {wording.count(most.count, 'time')}."


def matrix(found: ClassificationErrors) -> tuple[list[str], list[MatrixRow], str]:
    """The matrix for the page: names, rows, and what was summed because it has no room."""
    size = len(found.classes)
    if size <= LARGEST:
        rows = [
            _row(name, row, index) for index, (name, row) in enumerate(zip(found.classes, found.confusion, strict=True))
        ]
        return list(found.classes), rows, ""
    errors = [
        sum(row) + sum(other[index] for other in found.confusion) - 2 * row[index]
        for index, row in enumerate(found.confusion)
    ]
    kept = sorted(sorted(range(size), key=lambda index: -errors[index])[:LARGEST])
    rows = []
    for place, index in enumerate(kept):
        row = found.confusion[index]
        shown = [row[other] for other in kept]
        rows.append(_row(found.classes[index], [*shown, sum(row) - sum(shown)], place))
    note = f"The {LARGEST} classes with most mistakes, of {size:,}; answers of other classes are summed in the last column."
    return [*(found.classes[index] for index in kept), _OTHERS], rows, note


def _row(name: str, counts: list[int] | tuple[int, ...], own: int) -> MatrixRow:
    total = sum(counts)
    cells = [Cell(count, count / total if total else 0.0, place == own) for place, count in enumerate(counts)]
    return MatrixRow(name, cells, total)


def _figures(found: ClassificationErrors) -> list[Figure]:
    names, rows, note = matrix(found)
    shown = names[: len(rows)]
    counts = [[cell.count for cell in row.cells[: len(rows)]] for row in rows]
    figures = [
        Figure(
            slug="confusion",
            title="Confusion matrix",
            text=f"Labels by rows, answers by columns. {summary(found)} {note}".strip(),
            x=Axis("answer", 0, len(shown)),
            y=Axis("label", 0, len(shown)),
            marks=(Matrix(shown, counts),),
        )
    ]
    if found.roc:
        figures.append(_curve("roc", "ROC curve", found.roc, ("false positive rate", "recall"), "AUC"))
    if found.precision_recall:
        labels = ("recall", "precision")
        figures.append(
            _curve("precision_recall", "Precision and recall", found.precision_recall, labels, "average precision")
        )
    if found.calibration.bins:
        figures.append(_reliability(found.calibration))
    if found.thresholds:
        figures.append(_thresholds(found))
    return figures


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


def _reliability(found: Calibration) -> Figure:
    bins = found.bins
    low = min(0.5, *(each.low for each in bins))
    rows = tuple(
        (
            f"{each.low:.2f} to {each.high:.2f}",
            f"{each.rows:,}",
            wording.metric_value(each.confidence),
            wording.with_interval(each.accuracy),
        )
        for each in bins
    )
    return Figure(
        slug="reliability",
        title="Whether a confidence can be believed",
        text="Accuracy by confidence, with 95% intervals; on the dashed line a confidence of 0.8 is right four times of five. "
        f"The expected calibration error is {found.ece:.3f}.",
        x=Axis("confidence", low, 1),
        y=Axis("accuracy", 0, 1),
        marks=(
            Line("as it should be", (low, 1), (low, 1), 0, dashed=True),
            Points(
                "accuracy",
                [each.confidence for each in bins],
                [each.accuracy.value if each.accuracy.value is not None else float("nan") for each in bins],
                1,
                [
                    f"{wording.count(each.rows, 'example')} with a confidence around {each.confidence:.2f}"
                    for each in bins
                ],
                [_bound(each.accuracy.low) for each in bins],
                [_bound(each.accuracy.high) for each in bins],
            ),
        ),
        columns=("confidence", "examples", "mean confidence", "accuracy (95% interval)"),
        rows=rows,
    )


def _bound(value: float | None) -> float:
    return float("nan") if value is None else value


def _thresholds(found: ClassificationErrors) -> Figure:
    at = [each.threshold for each in found.thresholds]
    positive = found.classes[-1]
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
        title=f"Other thresholds for “{positive}”",
        text=f"Scores by the probability from which on “{positive}” is the answer"
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

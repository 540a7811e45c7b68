"""The errors of a classification: the confusion matrix, each class, curves, calibration and thresholds."""

from dataclasses import dataclass

from analysis.error_records import ClassificationErrors, ClassScores
from reports import wording
from reports.figures.figure import Axis, Figure, Matrix
from reports.material import Material
from reports.sections import error_curves
from reports.sections.section import Section

LARGEST = 20  # classes in the page's matrix: more have no room beside each other
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
    if any(found.off_by[1:]):
        far = max(distance for distance, count in enumerate(found.off_by) if count)
        near = f"{found.off_by[1]:,} of them by one rank" if found.off_by[1] else "none of them by one rank"
        return f"{start}, {near}; the farthest is {wording.count(far, 'rank')} from its label."
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
    confusion = Figure(
        slug="confusion",
        title="Confusion matrix",
        text=f"Labels by rows, answers by columns. {summary(found)} {note}".strip(),
        x=Axis("answer", 0, len(shown)),
        y=Axis("label", 0, len(shown)),
        marks=(Matrix(shown, counts),),
    )
    return [confusion, *error_curves.figures(found)]

"""The errors where an answer has any number of the classes: each class by itself, how many there are, and which together."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis import multi_hot
from analysis.error_records import ClassificationErrors, ClassScores
from analysis.predictions import Predictions
from analysis.records import Analysis
from reports import wording
from reports.figures.figure import Axis, Figure, Ranges
from reports.material import Material
from reports.ruler import Ruler
from reports.sections import error_curves
from reports.sections.section import Section
from schemas.records import Interval

_PAIRS = 10  # of classes that stand together
_DRAWN = 40  # classes of the figure


@dataclass(frozen=True)
class Row:
    """A class: how often it is in the labels and in the answers; precision, recall and F1 as text and on a line of 0 to 1."""

    name: str
    support: int
    predicted: int
    scores: list[tuple[str, Ruler | None]]


@dataclass(frozen=True)
class View:
    """What the template shows.

    Attributes:
      rows: a class each.
      sizes: how many examples have so many classes: the number, labels, answers.
      together: two classes each, and how many examples have both: in the label, in the answer.
    """

    rows: list[Row]
    sizes: list[tuple[str, str, str]]
    together: list[tuple[str, str, str]]


def section(material: Material) -> Section:
    """The section of a label of any number of classes; without predictions.parquet it has each class alone."""
    analysis = material.analysis
    found = analysis.classification if analysis else None
    if analysis is None or found is None:
        return Section(
            id="errors",
            title="Errors",
            lead="There are no scores of the classes.",
            absent=("The errors are not in this report: analysis.json is missing.",),
        )
    predictions = material.predictions
    absent = () if predictions else ("How many classes there are, and which together: predictions.parquet is missing.",)
    return Section(
        id="errors",
        title="Errors",
        lead=summary(analysis, found),
        badge=str(analysis.rows - exact(analysis)),
        view=View(
            [_row(each) for each in found.per_class],
            _sizes(predictions) if predictions else [],
            list(_together(predictions)) if predictions else [],
        ),
        figures=(_figure(found), *error_curves.figures(found, several=True)),
        absent=absent,
        notes=found.notes,
    )


def exact(analysis: Analysis) -> int:
    """How many answers have exactly their label's classes."""
    return round((analysis.metrics["exact_match"].value or 0) * analysis.rows)


def summary(analysis: Analysis, found: ClassificationErrors) -> str:
    """How many answers are not exactly right, and what they miss or have too much, in a sentence."""
    wrong = analysis.rows - exact(analysis)
    if not wrong:
        return f"All {analysis.rows:,} test examples are answered with exactly the classes of their label."
    support = sum(each.support for each in found.per_class)
    predicted = sum(each.predicted for each in found.per_class)
    right = sum(round((each.recall.value or 0) * each.support) for each in found.per_class)
    return (
        f"{wrong:,} of {analysis.rows:,} answers have not exactly the classes of their label "
        f"({wording.share(wrong / analysis.rows)}): of {wording.count(support, 'class', 'classes')} in the labels "
        f"{support - right:,} {'is' if support - right == 1 else 'are'} missed, and of {predicted:,} answered "
        f"{predicted - right:,} {'is' if predicted - right == 1 else 'are'} not there."
    )


def weakest(found: ClassificationErrors) -> str:
    """The class with the lowest recall of those with five examples or more; "" without one."""
    known = [each for each in found.per_class if each.support >= 5 and each.recall.value is not None]
    if not known:
        return ""
    worst = min(known, key=lambda each: each.recall.value or 0)
    return (
        f"Found worst is “{worst.name}”: in {wording.share(worst.recall.value)} of its "
        f"{wording.count(worst.support, 'example')} ({wording.share(worst.recall.low)} to {wording.share(worst.recall.high)})."
    )


def _row(each: ClassScores) -> Row:
    scores = [(wording.with_interval(one), _ruler(one)) for one in (each.precision, each.recall, each.f1)]
    return Row(each.name, each.support, each.predicted, scores)


def _ruler(found: Interval) -> Ruler | None:
    return None if found.value is None else Ruler.within(0, 1, "", found, ())


def _sizes(predictions: Predictions) -> list[tuple[str, str, str]]:
    """How many labels and answers have so many classes, from none on."""
    labels, answers = (_bits(predictions, masks).sum(axis=1) for masks in (predictions.labels, predictions.answers))
    most = int(max(labels.max(initial=0), answers.max(initial=0)))
    counted = (np.bincount(each, minlength=most + 1).tolist() for each in (labels, answers))
    return [(str(size), f"{label:,}", f"{answer:,}") for size, (label, answer) in enumerate(zip(*counted, strict=True))]


def _together(predictions: Predictions) -> Iterator[tuple[str, str, str]]:
    """The pairs of classes that stand together most often, in a label or in an answer."""
    labels, answers = (
        found.T @ found
        for found in (_bits(predictions, masks).astype(np.int64) for masks in (predictions.labels, predictions.answers))
    )
    names = predictions.classes or ()
    above = np.triu(np.maximum(labels, answers), 1)
    for place in np.argsort(-above, axis=None, kind="stable")[:_PAIRS].tolist():
        one, other = divmod(place, len(names))
        if above[one, other]:
            yield f"{names[one]}, {names[other]}", f"{labels[one, other]:,}", f"{answers[one, other]:,}"


def _bits(predictions: Predictions, masks: np.ndarray) -> np.ndarray:
    """bool[N, classes]; an answer that is not finite has none."""
    return multi_hot.bits(np.maximum(masks, 0), len(predictions.classes or ()))


def _figure(found: ClassificationErrors) -> Figure:
    shown = sorted(found.per_class, key=lambda each: -each.support)[:_DRAWN]
    which = f" of the {len(shown)} classes with the most examples" if len(found.per_class) > len(shown) else ""
    value, low, high = (
        [math.nan if (end := getattr(each.f1, name)) is None else end for each in shown]
        for name in ("value", "low", "high")
    )
    return Figure(
        slug="classes",
        title=f"F1 by class{which}",
        text="The F1 of each class with its 95% interval, and in how many labels it is.",
        x=Axis("F1", 0, 1),
        y=Axis("class", 0, len(shown)),
        marks=(Ranges([f"{each.name} ({each.support:,})" for each in shown], value, low, high),),
    )

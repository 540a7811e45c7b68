"""The errors of a regression: how large they are, which way they lean, and where they are larger."""

from dataclasses import dataclass

import numpy as np

from analysis.error_records import IntervalErrors, RegressionErrors
from reports import wording
from reports.figures import scale
from reports.figures.figure import Axis, Bars, Figure, Line, Points
from reports.material import Material
from reports.sections import forecasts
from reports.sections.section import Section
from schemas.tasks import Forecast

POINTS = 600  # in the scatter of answers against labels: more are a blot
_QUANTILES = {"0.5": "half of all answers", "0.9": "nine of ten", "0.95": "19 of 20", "1.0": "all"}


@dataclass(frozen=True)
class View:
    """What the template shows: text by text."""

    quantiles: list[tuple[str, str]]
    facts: list[tuple[str, str, str]]


def section(material: Material) -> Section:
    """The section of a regression."""
    found = material.analysis.regression if material.analysis else None
    if found is None:
        return Section(
            id="errors",
            title="Errors",
            lead="There are no residuals.",
            absent=("The errors are not in this report: analysis.json is missing.",),
        )
    figures = [_histogram(found, material.task.label), _by_prediction(found)]
    absent: tuple[str, ...] = ()
    if material.predictions is not None:
        figures.insert(0, _scatter(material))
        if isinstance(material.task, Forecast):
            figures = [*forecasts.figures(material, material.predictions, material.task), *figures]
    else:
        absent = ("Answers against labels are not drawn: predictions.parquet is missing.",)
    return Section(
        id="errors",
        title="Errors",
        lead=summary(found),
        view=View(
            [(words, wording.number(found.quantiles.get(share))) for share, words in _QUANTILES.items()],
            _facts(found),
        ),
        figures=tuple(figures),
        absent=absent,
    )


def summary(found: RegressionErrors) -> str:
    """How far the answers are off, in a sentence."""
    half, most, all_ = (found.quantiles.get(share) for share in ("0.5", "0.9", "1.0"))
    return (
        f"Half of the answers are off by at most {wording.number(half)}, nine of ten by at most {wording.number(most)}, "
        f"and the worst one by {wording.number(all_)}."
    )


def leaning(found: RegressionErrors) -> str:
    """Which way the answers lean, where the sample is large enough to say so; else ""."""
    bias = found.bias
    if bias.value is None or bias.low is None or bias.high is None or bias.low <= 0 <= bias.high:
        return ""
    side = "too low" if bias.value > 0 else "too high"
    return f"On average the answers are {wording.number(abs(bias.value))} {side}"


def _facts(found: RegressionErrors) -> list[tuple[str, str, str]]:
    bias = leaning(found) or "The interval holds 0: no lean is shown"
    rows = [("bias (mean of label − answer)", wording.with_interval(found.bias), f"{bias}.")]
    if found.r2 is not None:
        meaning = (
            "The share of the label's variance that the answers explain; 1 is perfect, 0 is no better than the mean."
        )
        rows.append(("R²", wording.metric_value(found.r2), meaning))
    if found.normality is not None:
        usual = "not " if found.normality < 0.05 else ""
        meaning = f"The residuals are {usual}compatible with a normal distribution (D'Agostino and Pearson)."
        rows.append(("normality, p-value", wording.number(found.normality), meaning))
    return rows + (_ends(found.ends) if found.ends is not None else [])


def _ends(found: IntervalErrors) -> list[tuple[str, str, str]]:
    share, coverage = wording.share(found.share), found.coverage
    if coverage.low is None or coverage.high is None or coverage.low <= found.share <= coverage.high:
        kept = f"{share} are promised, which this interval holds"
    else:
        kept = f"{share} are promised: the intervals are too {'narrow' if coverage.high < found.share else 'wide'}"
    sides = (
        f"{wording.share(found.below)} of the labels lie below their interval and {wording.share(found.above)} above it"
    )
    return [
        ("coverage of the intervals", wording.with_interval(coverage), f"{kept}. {sides}."),
        ("mean width of the intervals", wording.with_interval(found.width), "In the label's unit; less is better."),
    ]


def _scatter(material: Material) -> Figure:
    assert material.predictions is not None
    labels, answers = material.predictions.labels, material.predictions.answers
    chosen = np.unique(np.linspace(0, len(labels) - 1, min(POINTS, len(labels))).astype(int)).tolist()
    x, y = [float(labels[row]) for row in chosen], [float(answers[row]) for row in chosen]
    low, high = scale.around([*x, *y])
    which = (
        f"{len(x):,} of {len(labels):,} test examples, evenly chosen" if len(x) < len(labels) else "each test example"
    )
    residuals = np.abs(np.asarray(x) - np.asarray(y))
    worst = sorted(range(len(x)), key=lambda index: -residuals[index])[:20]
    return Figure(
        slug="answers",
        title="Answers against labels",
        text=f"A point is {which}; on the dashed line the answer is the label. Points below it are answered too low.",
        x=Axis(f"label ({material.task.label})", low, high),
        y=Axis("answer", low, high),
        marks=(
            Line("answer = label", (low, high), (low, high), 0, dashed=True),
            Points(
                "",
                x,
                y,
                1,
                [f"label {wording.number(a)}, answer {wording.number(b)}" for a, b in zip(x, y, strict=True)],
            ),
        ),
        columns=("label", "answer", "error"),
        rows=tuple((wording.number(x[i]), wording.number(y[i]), wording.number(x[i] - y[i])) for i in worst),
    )


def _histogram(found: RegressionErrors, label: str) -> Figure:
    return Figure(
        slug="residuals",
        title="Residuals",
        text="How many examples have which residual (label − answer); right of 0 the answer is too low.",
        x=Axis(f"residual, in the unit of {label}", found.edges[0], found.edges[-1]),
        y=Axis("examples", 0, max(found.histogram, default=1) * 1.08 or 1.0),
        marks=(Bars("", found.edges, found.histogram, 1),),
        columns=("from", "to", "examples"),
        rows=tuple(
            (wording.number(low), wording.number(high), f"{count:,}")
            for low, high, count in zip(found.edges, found.edges[1:], found.histogram, strict=False)
        ),
    )


def _by_prediction(found: RegressionErrors) -> Figure:
    bins = found.by_prediction
    centre = [(each.low + each.high) / 2 for each in bins]
    low = [each.mean - each.spread for each in bins]
    high = [each.mean + each.spread for each in bins]
    return Figure(
        slug="residuals_by_answer",
        title="Residuals by answer",
        text="The mean residual of examples with similar answers, and one standard deviation to each side: "
        "off the dashed line the answers lean one way, and long whiskers mean large errors.",
        x=Axis("answer", *scale.around(centre)),
        y=Axis("residual", *scale.around([*low, *high], zero=True)),
        marks=(
            Line("no lean", scale.around(centre), (0, 0), 0, dashed=True),
            Points("mean ± standard deviation", centre, [each.mean for each in bins], 1, (), low, high),
        ),
        columns=("answers", "examples", "mean residual", "standard deviation"),
        rows=tuple(
            (
                f"{wording.number(each.low)} to {wording.number(each.high)}",
                f"{each.rows:,}",
                wording.number(each.mean),
                wording.number(each.spread),
            )
            for each in bins
        ),
    )

"""The thresholds and the first handpicked cases of a draft, from a quick baseline on its data.

Light to import: TensorFlow, whose hash divides the rows, and scikit-learn are loaded by the function.
"""

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING

from components.data import sources
from components.data.inference.drafts import Draft
from pipelines.page import draft_page, drafting
from pipelines.spec import Pipeline
from schemas.home import Home
from schemas.quiet import output_to
from schemas.records import Interval

if TYPE_CHECKING:
    from components.data.quick_baseline import Measured


def with_baseline(draft: Draft, home: Home) -> tuple[Draft, str]:
    """The draft with thresholds, what they come from among its assumptions, and its page; and its cases, "" for none.

    Args:
      home: where its data already lies.

    Raises:
      InputError: the data cannot be read.
    """
    pipeline = drafting.pipeline_of(draft)
    located = sources.prepare(pipeline.source, pipeline.name, home.data, pipeline.columns())
    with output_to(Path(os.devnull)):  # what TensorFlow prints while it loads
        from components.data import quick_baseline

        found = quick_baseline.measured(
            pipeline.source, located.path, pipeline.description, pipeline.splits, pipeline.columns(), draft.rows
        )
    if found is None:
        sentence = (
            "There are no thresholds: the splits have too few rows for a quick baseline, or nothing that it reads."
        )
        return _finished(draft, {}, sentence), ""
    bounds = quick_baseline.thresholds(pipeline.task, found)
    if not bounds:
        # What it answers right it may answer by chance: a sound model may answer otherwise.
        return _finished(draft, {}, _no_better(pipeline, found)), ""
    names = [metric.name for metric in quick_baseline.judged_by(pipeline.task) if metric.name in found.metrics]
    cases = quick_baseline.cases(pipeline.task, pipeline.description.raw(), found)
    return _finished(draft, bounds, _sentence(found, bounds, names)), cases


def _finished(draft: Draft, thresholds: dict[str, float], sentence: str) -> Draft:
    draft = dataclasses.replace(draft, thresholds=thresholds, assumed=[*draft.assumed, sentence])
    return dataclasses.replace(draft, page=draft_page.page(draft))


def _sentence(found: "Measured", bounds: dict[str, float], names: list[str]) -> str:
    """Args: ``names``, of the metrics that might have a bound."""
    without = [name for name in names if name not in bounds]
    none = "".join(
        f" There is none of {name}: it would be no better than the naive baseline's {_number(found.naive[name].value)}."
        for name in without
    )
    worse = f"The threshold of {' and '.join(bounds)} is a little worse than what a quick baseline reaches"
    return f"{worse}: {_reached(found, names)}.{none}"


def _no_better(pipeline: Pipeline, found: "Measured") -> str:
    name = pipeline.task.primary.name
    same = "the most frequent class" if pipeline.task.classes_or_none else "the mean"
    return (
        f"There are no thresholds and no cases: a quick baseline is not surely better than to answer {same} always, which "
        f"has {name} {_number(found.naive[name].value)}: {_reached(found, [name])}. Do the columns tell of the label?"
    )


def _reached(found: "Measured", names: list[str]) -> str:
    metrics = ", ".join(_shown(name, found.metrics[name]) for name in names)
    where = f"trained on {found.trained_on:,} rows and judged on {found.judged_on:,} of the test split"
    return f"{found.model}, {where}, has {metrics}"


def _shown(name: str, interval: Interval) -> str:
    return f"{name} {_number(interval.value)} (95% interval {_number(interval.low)} to {_number(interval.high)})"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"

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
    cases = quick_baseline.cases(pipeline.task, pipeline.description.raw(), found)
    return _finished(draft, bounds, _sentence(pipeline, found, bounds)), cases


def _finished(draft: Draft, thresholds: dict[str, float], sentence: str) -> Draft:
    draft = dataclasses.replace(draft, thresholds=thresholds, assumed=[*draft.assumed, sentence])
    return dataclasses.replace(draft, page=draft_page.page(draft))


def _sentence(pipeline: Pipeline, found: "Measured", bounds: dict[str, float]) -> str:
    metrics = ", ".join(_shown(name, found.metrics[name]) for name in bounds) or "no metric that says anything"
    where = f"trained on {found.trained_on:,} rows and judged on {found.judged_on:,} of the test split"
    named = " and ".join(bounds) or pipeline.task.primary.name
    return f"The threshold of {named} is below a quick baseline: {found.model}, {where}, has {metrics}."


def _shown(name: str, interval: Interval) -> str:
    return f"{name} {interval.value:.4g} (95% interval {interval.low:.4g} to {interval.high:.4g})"

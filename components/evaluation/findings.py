"""Everything that can be said of a model from its answers: the parts of analysis.json, each timed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis import predictions
from analysis.records import Analysis
from schemas.description import Description
from schemas.records import Verdict


@dataclass(frozen=True)
class Judged:
    """A trained model, its examples and its answers.

    Attributes:
      description: the page's.
      spec, training: the page's model and training.
      model: the folder of the SavedModel.
      examples: the folder of the Examples artifact.
      transform: the folder of the TransformGraph artifact.
      verdict: the Evaluator's.
      answers: the folder of predictions.parquet.
    """

    description: Description
    spec: Any
    training: Any
    model: Path
    examples: Path
    transform: str
    verdict: Verdict
    answers: Path


def of(judged: Judged) -> Analysis:
    """The analysis of a model."""
    answers = predictions.read(judged.answers)
    return Analysis(
        rows=len(answers),
        primary=answers.task.primary.name,
        metrics=judged.verdict.intervals,
    )

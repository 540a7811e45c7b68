"""What a learning curve found: its result and its figure, in the home's reports."""

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis import fit, learning_curve
from analysis.learning_curve import FILE, CurvePoint, LearningCurve
from components.data import summary
from components.evaluation import fit_facts, verdict
from components.learning_curve import point
from pipelines.execution.launching import FinishedStep
from pipelines.experiments.opening import Experiment
from reports.figures import png
from reports.sections import learning_curve as section
from schemas import codec, curves
from schemas.curves import Curve
from schemas.files import write_whole
from schemas.splits import EVAL


@dataclass(frozen=True)
class Measured:
    """A training that is done.

    Attributes:
      point: what it reached.
      losses: of the eval examples, float64[N].
      curves: of the training.
    """

    point: CurvePoint
    losses: np.ndarray
    curves: tuple[Curve, ...]

    @classmethod
    def of(cls, share: float, steps: Sequence[FinishedStep]) -> "Measured":
        """Of the steps of one size; the last one has the point."""
        (artifact,) = steps[-1].outputs["point"]
        seconds = round(sum(step.seconds for step in steps), 3)
        cached = all(step.cached for step in steps)
        found = dataclasses.replace(point.read(artifact.uri), share=share, seconds=seconds, cached=cached)
        return cls(found, point.losses(artifact.uri), curves.read(Path(artifact.uri)))


def of(experiment: Experiment, measured: Sequence[Measured], folder: Path) -> LearningCurve:
    """The result, without settings, limit and total time.

    Args:
      measured: by rising size, the whole train split at last.
      folder: where the report is going to be.
    """
    page = experiment.page
    task, points = page.task, tuple(one.point for one in measured)
    counted = summary.read(experiment.folder("ExampleGen", "examples"))
    facts = fit_facts.of(
        task, page.model, page.training, counted, contradicted=None, sizes=learning_curve.sizes(points)
    )
    return LearningCurve(
        dataset=page.name,
        run_id=experiment.session.run_id,
        primary=task.primary.name,
        points=points,
        eval_examples=counted["splits"][EVAL]["rows"],
        strata="time" if page.splits.time else "classes" if task.parts[0].classes_or_none else "",
        naive=verdict.naive_baseline(task, counted, EVAL)[task.primary.name],
        fall=learning_curve.fall(*(one.losses for one in measured[-2:])),
        fit=fit.diagnose(measured[-1].curves, facts),
        settings=(),
        limit=0,
        configuration=codec.encode(page.configuration()),
        fingerprint=counted["fingerprint"],
        seconds=experiment.seconds,
        figure=str(folder / f"{section.LOSS}.png"),
        log=str(experiment.session.log),
    )


def write(result: LearningCurve, folder: Path) -> None:
    """Writes the figures, and result.json at last."""
    for figure in section.figures(result):
        png.write(folder / f"{figure.slug}.png", figure)
    write_whole(folder / FILE, json.dumps(result.to_json(), indent=1))

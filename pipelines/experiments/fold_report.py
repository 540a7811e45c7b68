"""What a K-fold found: its result, the out-of-fold predictions and the figure, in the home's reports."""

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis import out_of_fold, predictions
from analysis.folds import FILE, CrossValidation, FoldResult, better, spread
from analysis.predictions import Predictions
from components.data import summary
from components.folds import dividing, fold
from pipelines.execution.launching import FinishedStep
from pipelines.experiments.fold_plan import Plan, node
from pipelines.experiments.opening import Experiment
from reports import folds_figure
from schemas import curves
from schemas.files import write_whole
from schemas.splits import TEST

FIGURE = "folds.png"


@dataclass(frozen=True)
class Judged:
    """A fold that is done.

    Attributes:
      result: of it.
      folder: with its predictions and curves.
    """

    result: FoldResult
    folder: Path

    @classmethod
    def of(cls, steps: Sequence[FinishedStep]) -> "Judged":
        """Of its steps; the last one has the result."""
        (artifact,) = steps[-1].outputs["result"]
        seconds = round(sum(step.seconds for step in steps), 3)
        cached = all(step.cached for step in steps)
        result = dataclasses.replace(fold.read(artifact.uri), seconds=seconds, cached=cached)
        return cls(result, Path(artifact.uri))


def of(
    experiment: Experiment, plan: Plan, judged: Sequence[Judged], answers: Predictions, folder: Path
) -> CrossValidation:
    """The result, without settings, limit and total time.

    Args:
      judged: in the order of the plan.
      answers: out of fold.
      folder: where the report is going to be.
    """
    page = experiment.page
    task, primary = page.task, page.task.primary
    results = tuple(one.result for one in judged)
    divisions = [
        dividing.read(experiment.folder(node("Folds", repeat), "folds")) for repeat in range(1, plan.repeats + 1)
    ]
    counted = summary.read(experiment.folder("ExampleGen", "examples"))
    ratio = plan.test_over_train(by_time=bool(page.splits.time))
    return CrossValidation(
        dataset=page.name,
        run_id=experiment.session.run_id,
        folds=plan.folds,
        repeats=plan.repeats,
        rows=divisions[0]["rows"],
        held_out=counted["splits"][TEST]["rows"],
        strata=divisions[0]["strata"],
        key=page.splits.key,
        primary=primary.name,
        metrics={
            metric.name: spread((result.metrics[metric.name] for result in results), ratio, metric)
            for metric in task.metrics
        },
        naive=spread((result.naive[primary.name] for result in results), ratio, primary),
        better=spread(better(primary, results), ratio),
        results=results,
        settings=(),
        limit=0,
        notes=tuple(dict.fromkeys(note for division in divisions for note in division["notes"])),
        seconds=experiment.seconds,
        predictions=str(folder / predictions.FILE),
        figure=str(folder / FIGURE),
        log=str(experiment.session.log),
        contradicted=out_of_fold.contradicted(answers),
        time=page.splits.time,
    )


def gathered(plan: Plan, judged: Sequence[Judged]) -> Predictions:
    """The out-of-fold predictions."""
    repeats = range(1, plan.repeats + 1)
    return out_of_fold.gathered([[one.folder for one in judged if one.result.repeat == repeat] for repeat in repeats])


def write(result: CrossValidation, judged: Sequence[Judged], answers: Predictions, folder: Path) -> None:
    """Writes the predictions and the figure, and result.json at last."""
    out_of_fold.write(answers, Path(result.predictions))
    folds_figure.draw(result, [curves.read(one.folder) for one in judged], Path(result.figure))
    write_whole(folder / FILE, json.dumps(result.to_json(), indent=1))

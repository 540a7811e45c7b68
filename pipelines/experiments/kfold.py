"""K-fold cross-validation of a page: ExampleGen once, then Transform and a training anew for each fold."""

import dataclasses
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from analysis.folds import CrossValidation
from pipelines.execution.session import Request
from pipelines.experiments.fold_plan import Plan, node
from pipelines.experiments.opening import Experiment, before, opened
from schemas import events
from schemas.errors import InputError

if TYPE_CHECKING:
    from pipelines.execution.wiring import Parts
    from pipelines.experiments.fold_report import Judged

KIND = "kfold"


def run(request: Request, plan: Plan, settings: Sequence[str] = ()) -> CrossValidation:
    """Divides, trains and judges; writes the report's files. Folds that an earlier K-fold has done are taken over.

    Args:
      request: what to do it with; nothing is pushed.
      plan: the folds.
      settings: the ``--set`` texts, for the result.

    Raises:
      InputError: something that the user can mend, such as more folds than examples.
    """
    begun = time.monotonic()
    if request.pipeline.training.workers > 1:
        raise InputError(
            "workers: received more than 1; the folds of a K-fold are trained by one process, with workers=1"
        )

    def make(parts: "Parts") -> list[Any]:
        from pipelines.experiments.fold_components import components

        return components(parts, plan)

    with opened(request, before("Transform"), make) as experiment:
        from pipelines.experiments import fold_report

        judged = [_fold(experiment, plan, repeat, fold) for repeat, fold in plan]
        folder = request.home.reports(request.pipeline.name) / KIND
        answers = fold_report.gathered(plan, judged)
        result = fold_report.of(experiment, plan, judged, answers, folder)
        total = round(time.monotonic() - begun, 3)
        result = dataclasses.replace(
            result, settings=tuple(settings), limit=request.limit, seconds=result.seconds | {"total": total}
        )
        fold_report.write(result, judged, answers, folder)
    return result


def _fold(experiment: Experiment, plan: Plan, repeat: int, fold: int) -> "Judged":
    """One fold, published as a step."""
    from pipelines.experiments.fold_report import Judged

    session, name = experiment.session, plan.name(repeat, fold)
    events.publish(events.StepStarted(name))
    try:
        if fold == 1:
            division = node("Folds", repeat)
            experiment.done[division] = session.launch_quietly(division)
        steps = [session.launch_quietly(node(kind, repeat, fold)) for kind in ("Transform", "Fold")]
    except BaseException:
        events.publish(events.StepFailed(name))
        raise
    judged = Judged.of(steps)
    primary = experiment.page.task.primary.name
    value = judged.result.metrics[primary]
    detail = f"{primary} {value:.4f}" if value is not None else f"{primary} has no value"
    events.publish(events.StepFinished(name, judged.result.seconds, judged.result.cached, detail))
    return judged

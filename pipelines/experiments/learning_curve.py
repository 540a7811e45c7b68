"""The learning curve of a page by training-set size: ExampleGen once, then Transform and a training for each size."""

import dataclasses
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from analysis import learning_curve
from analysis.learning_curve import LearningCurve
from pipelines.execution.session import Request
from pipelines.experiments.curve_plan import Plan, name, node
from pipelines.experiments.opening import Experiment, before, opened
from schemas import events
from schemas.errors import InputError

if TYPE_CHECKING:
    from pipelines.execution.wiring import Parts
    from pipelines.experiments.curve_report import Measured


def run(request: Request, plan: Plan, settings: Sequence[str] = ()) -> LearningCurve:
    """Trains on each size, measures, and writes the report's files. Sizes that an earlier one has done are taken over.

    Args:
      request: what to do it with; nothing is pushed.
      plan: the sizes.
      settings: the ``--set`` texts, for the result.

    Raises:
      InputError: something that the user can mend, such as a size of too few examples.
    """
    begun = time.monotonic()
    if request.pipeline.training.workers > 1:
        raise InputError(
            f"workers: received {request.pipeline.training.workers}; a learning curve trains in one process, with workers=1"
        )

    def make(parts: "Parts") -> list[Any]:
        from pipelines.experiments.curve_components import components

        return components(parts, plan)

    with opened(request, before("Trainer"), make) as experiment:
        from pipelines.experiments import curve_report

        measured = [_measured(experiment, share) for share in (*plan.shares, 1.0)]
        folder = learning_curve.folder(request.home, request.pipeline.name)
        result = curve_report.of(experiment, measured, folder)
        total = round(time.monotonic() - begun, 3)
        result = dataclasses.replace(
            result, settings=tuple(settings), limit=request.limit, seconds=result.seconds | {"total": total}
        )
        curve_report.write(result, folder)
    return result


def _measured(experiment: Experiment, share: float) -> "Measured":
    """One size, published as a step."""
    from pipelines.experiments.curve_report import Measured

    step = name(share)
    kinds = ("Point",) if share == 1 else ("Subset", "Transform", "Point")  # the whole has the run's own Transform
    events.publish(events.StepStarted(step))
    try:
        found = Measured.of(share, [experiment.session.launch_quietly(node(kind, share)) for kind in kinds])
    except BaseException:
        events.publish(events.StepFailed(step))
        raise
    point = found.point
    loss = "no finite eval loss" if point.eval is None else f"eval loss {point.eval:.4g}"
    events.publish(events.StepFinished(step, point.seconds, point.cached, f"{loss}, {point.examples:,} examples"))
    return found

"""What a search found: its result and its figure, in the home's reports."""

import json
import time
from collections.abc import Sequence
from pathlib import Path

from analysis.trials import FILE, Search, best
from pipelines.execution.session import Request
from pipelines.experiments.opening import Experiment
from pipelines.experiments.recorder import Recorder
from reports import search_figure
from schemas.files import write_whole

_FIGURE = "trials.png"


def written(
    request: Request,
    experiment: Experiment,
    recorder: Recorder,
    kind: str,
    base: Sequence[str],
    notes: Sequence[str],
    begun: float,
) -> Search:
    """Judges the best trial by the test split, and writes the figure, and result.json at last.

    Args:
      kind: ``workflow`` or ``tune``; names the folder.
      base: the ``--set`` texts that the search began with.
      begun: time.monotonic() of its begin.
    """
    folder = folder_of(request, kind)
    chosen = best(recorder.trials)
    test, naive = recorder.judged()
    found = Search(
        dataset=experiment.page.name,
        kind=kind,
        run_id=experiment.session.run_id,
        primary=experiment.page.task.primary.name,
        trials=tuple(recorder.trials),
        best=chosen.number,
        settings=chosen.settings,
        test=test,
        naive=naive,
        examples=recorder.rows,
        base=tuple(base),
        limit=request.limit,
        notes=tuple(notes),
        seconds=experiment.seconds | {"total": round(time.monotonic() - begun, 3)},
        figure=str(folder / _FIGURE),
        log=str(experiment.session.log),
    )
    search_figure.draw(found, Path(found.figure))
    write_whole(folder / FILE, json.dumps(found.to_json(), indent=1))
    return found


def folder_of(request: Request, kind: str) -> Path:
    """Where a search's report is kept."""
    return request.home.reports(request.pipeline.name) / kind

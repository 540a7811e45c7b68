"""The universal workflow of a page: ExampleGen and Transform once, then a path of trials; the test split judges the best."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from analysis.trials import Search
from pipelines.execution.session import Request
from pipelines.experiments import sizes
from pipelines.experiments.opening import before, opened
from schemas.errors import InputError

if TYPE_CHECKING:
    from pipelines.execution.wiring import Parts

KIND = "workflow"


def run(request: Request, settings: Sequence[str] = ()) -> Search:
    """Walks the path (pipelines.experiments.path), and writes the report's files.

    Args:
      request: what to do it with; nothing is pushed.
      settings: the ``--set`` texts, for the result.

    Raises:
      InputError: something that the user can mend.
    """
    begun = time.monotonic()
    check(request)
    first = before("Trainer")

    def make(parts: "Parts") -> list[Any]:
        from pipelines.execution.builder import components

        return components(parts, first)

    with opened(request, first, make) as experiment:
        from pipelines.experiments import search_report
        from pipelines.experiments.path import Path
        from pipelines.experiments.recorder import Recorder

        recorder = Recorder(experiment)
        path = Path(experiment.page, recorder.naive, recorder.train)
        path.walk()
        return search_report.written(request, experiment, recorder, KIND, settings, path.notes, begun)


def check(request: Request) -> None:
    """Raises InputError for a page that has no path."""
    page = request.pipeline
    if not sizes.has_sizes(page.model):
        raise InputError(
            f"{page.name}: its model is {type(page.model).__name__}(...), of which no setting is a size; a workflow takes "
            f"Tabular, Convolutional, Sequence or NGrams; slipway tune {page.name} takes any"
        )
    if page.training.workers > 1:
        raise InputError(f"workers: received {page.training.workers}; a workflow trains in one process, with workers=1")

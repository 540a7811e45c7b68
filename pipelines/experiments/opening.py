"""What experiments begin with: the steps of a run up to those that train, cached as in a run; then nodes of their own."""

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines import steps
from pipelines.execution import metadata_store, preflight
from pipelines.execution.alone import alone, logged
from pipelines.execution.session import Make, Request, Session
from pipelines.page.resolution import resolved
from pipelines.spec import Pipeline
from pipelines.steps import IMPORTS, Step

if TYPE_CHECKING:
    from pipelines.execution.launching import FinishedStep


@dataclass(frozen=True)
class Experiment:
    """An experiment that goes on: its first steps are done.

    Attributes:
      page: with the curated schema's names taken in.
      session: with the nodes that are still to be launched.
      done: the first steps by id.
    """

    page: Pipeline
    session: Session
    done: dict[str, "FinishedStep"]

    @property
    def seconds(self) -> dict[str, float]:
        """Of the imports and of the first steps."""
        of_steps = {name: round(step.seconds, 3) for name, step in self.done.items()}
        return {IMPORTS: round(self.session.seconds, 3)} | of_steps

    def folder(self, step: str, output: str) -> str:
        """The folder of a first step's output."""
        (artifact,) = self.done[step].outputs[output]
        return str(artifact.uri)


def before(step: str) -> tuple[Step, ...]:
    """The steps of a run that stand before a step."""
    ids = [one.id for one in steps.TABLE]
    return steps.TABLE[: ids.index(step)]


@contextmanager
def opened(request: Request, first: Sequence[Step], make: Make) -> Iterator[Experiment]:
    """Runs the first steps, alone on this dataset and with the libraries' output in a log.

    Args:
      request: what to do it with.
      first: the steps of a run that come first.
      make: gives their components and those of the experiment.

    Raises:
      InputError: something that the user can mend.
    """
    with alone(request):
        request = dataclasses.replace(request, pipeline=resolved(request.pipeline))
        store = metadata_store.from_environment(request.home)
        located = preflight.located(request.pipeline, request.home, request.span, request.window)
        with logged(request, located, store, make) as session:
            from pipelines.execution import local_runner

            local_runner.clean(session)
            done = {step.id: session.launch(step.id) for step in first}
            yield Experiment(request.pipeline, session, done)

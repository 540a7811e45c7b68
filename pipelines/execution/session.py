"""What a run and a pod begin with: the libraries loaded, a page's pipeline built and compiled, its steps ready to launch."""

import gc
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.data.sources import Located
from pipelines.beam import job_server
from pipelines.beam.runners import LOCAL_ARGS
from pipelines.execution import metadata_store
from pipelines.execution.metadata_store import Store
from pipelines.spec import Pipeline
from pipelines.steps import IMPORTS, TRAINER
from schemas import events
from schemas.home import Home

if TYPE_CHECKING:
    from pipelines.execution.launching import Connection, FinishedStep
    from pipelines.execution.wiring import Parts

Make = Callable[["Parts"], Sequence[Any]]
"""Gives the components of a pipeline in order, each after those that it follows."""


@dataclass(frozen=True)
class Request:
    """What to run.

    Attributes:
      pipeline: the page, with the settings of the command line taken in.
      home: where things are kept.
      limit: the most rows, 0 for all.
      cache: whether finished steps of earlier runs are reused.
      accept_drift: whether the data may differ from that of the last pushed model.
      span: which span of the data, 0 for the dataset's own folder.
      window: how many spans are read together, ``span`` and those before it.
      beam_args: where Beam runs (pipelines.beam.runners.arguments); the result does not depend on it.
    """

    pipeline: Pipeline
    home: Home
    limit: int = 0
    cache: bool = True
    accept_drift: bool = False
    span: int = 0
    window: int = 1
    beam_args: tuple[str, ...] = LOCAL_ARGS


@dataclass(frozen=True)
class Session:
    """A pipeline that is compiled for one run.

    Attributes:
      ir: TFX's intermediate representation (pipelines.execution.launching.compiled).
      connection: to the metadata store.
      root: where artifacts are kept.
      run_id: names the run in MLMD.
      log: of the libraries.
      operators: TFX's custom_executor_operators by step, for those that need others than TFX's own.
      seconds: how long it took to load the libraries, build and compile.
    """

    ir: Any
    connection: "Connection"
    root: Path
    run_id: str
    log: Path
    operators: Mapping[str, dict[Any, Any] | None] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def nodes(self) -> dict[str, Any]:
        """The compiled nodes by id, in an order in which they can run."""
        from pipelines.execution import launching

        return launching.nodes_of(self.ir)

    def launch(self, step: str) -> "FinishedStep":
        """Runs one step, and publishes how it goes. Raises what ``launch_quietly`` raises."""
        events.publish(events.StepStarted(step))
        try:
            done = self.launch_quietly(step)
        except BaseException:
            events.publish(events.StepFailed(step))
            raise
        events.publish(events.StepFinished(step, done.seconds, done.cached or done.kept))
        return done

    def launch_quietly(self, step: str) -> "FinishedStep":
        """Runs one step, a part of what is published as another. Raises what pipelines.execution.launching.launch raises."""
        from pipelines.execution import launching

        return launching.launch(self.ir, self.nodes[step], self.connection, self.operators.get(step))


@contextmanager
def opened(
    request: Request, located: Located, store: Store, run_id: str, log: Path, make: Make | None = None
) -> Iterator[Session]:
    """Loads the libraries, which is published as a step, builds the page's pipeline and compiles it.

    Beam's job server, where one is asked for, is there until the context ends.

    Args:
      request: what to run, its page with the curated schema's names taken in.
      located: where its source was found.
      store: where steps are recorded.
      run_id: names the run in MLMD.
      log: of the libraries; the job server's is beside it.
      make: gives other components than those of the table of steps; called when the libraries are loaded.

    Raises:
      StoreUnreachableError: the metadata server was away for too long.
    """
    if store.server:  # one that is away is found before the training
        metadata_store.connect(store, first=True)
    events.publish(events.StepStarted(IMPORTS))
    begun = time.monotonic()
    with job_server.running(request.beam_args, log.with_suffix(".job_server.log")) as beam_args:
        load()
        from pipelines import workers
        from pipelines.execution import builder, launching

        root = store.root(request.home, request.pipeline.name)
        built = builder.build(
            request.pipeline,
            located,
            request.home,
            root,
            limit=request.limit,
            cache=request.cache,
            accept_drift=request.accept_drift,
            beam_args=beam_args(),
            make=make,
        )
        ir = launching.compiled(built, run_id)
        operators = {TRAINER: workers.operators_for(request.pipeline.training)}
        seconds = time.monotonic() - begun
        events.publish(events.StepFinished(IMPORTS, seconds, False))
        yield Session(ir, launching.Connection(store), root, run_id, log, operators, seconds)


def load() -> None:
    """Imports what builds and launches pipelines, which takes seconds, and hastens Beam (pipelines.beam.memoising)."""
    # Collecting garbage while a million objects are made that all stay takes a fifth of the time.
    gc.disable()
    from pipelines.beam import histograms, memoising, whole_examples
    from pipelines.execution import builder, launching  # noqa: F401

    gc.freeze()
    gc.enable()
    memoising.speed_up()
    histograms.speed_up()
    whole_examples.speed_up()

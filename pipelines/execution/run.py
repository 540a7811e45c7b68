"""One run of a dataset's pipeline, from the preflight to the result."""

import dataclasses
import gc
import json
import os
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from components.data import sources
from pipelines.beam import job_server
from pipelines.beam.runners import LOCAL_ARGS
from pipelines.execution import metadata_store, preflight
from pipelines.execution.metadata_store import Store
from pipelines.page.resolution import fingerprint, with_domains
from pipelines.spec import Pipeline
from pipelines.steps import IMPORTS, TRAINER
from registry import version_map
from schemas import events
from schemas.errors import InputError
from schemas.files import write_whole
from schemas.home import Home
from schemas.json_record import JsonRecord
from schemas.lock import only_one
from schemas.quiet import output_to
from schemas.records import RunResult

RECORD = "last_run.json"


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
      beam_args: where Beam runs (pipelines.beam.runners.arguments); the result does not depend on it.
    """

    pipeline: Pipeline
    home: Home
    limit: int = 0
    cache: bool = True
    accept_drift: bool = False
    span: int = 0
    beam_args: tuple[str, ...] = LOCAL_ARGS


@dataclass(frozen=True)
class LastRun(JsonRecord):
    """What is kept of a dataset's last run, in RECORD.

    Attributes:
      key: the fingerprint of all that the result follows from.
      evidence: the paths that must still be there for the result to stand.
      result: without the total time.
    """

    key: str
    evidence: tuple[str, ...]
    result: RunResult


def run(request: Request) -> RunResult:
    """Runs the pipeline, or repeats the result of the last run if nothing changed since; publishes what happens.

    Steps are named as in TFX, and ``Imports`` for the loading of libraries.

    Raises:
      InputError: something that the user can mend; nothing was pushed.
    """
    begun = time.monotonic()
    name = request.pipeline.name
    events.publish(events.RunStarted(name))
    request.home.prepare(name)

    def waiting(process: str) -> None:
        text = f"another run of {name} is going on (process {process}); waiting for it to end"
        events.publish(events.Waiting("run", text))

    try:
        with only_one(request.home.pipeline(name) / ".lock", waiting):
            result = _run_alone(request)
    except InputError:
        raise
    except Exception as error:
        if (explained := preflight.explained(error, request.home)) is not None:
            raise explained from error
        raise
    total = round(time.monotonic() - begun, 3)
    result = dataclasses.replace(result, seconds=result.seconds | {"total": total})
    events.publish(events.RunFinished(result.to_json()))
    return result


def _run_alone(request: Request) -> RunResult:
    """The run, while no other run of the dataset goes on. What it is made of is looked at now, not before the wait."""
    home, pipeline = request.home, with_domains(request.pipeline)
    store = metadata_store.from_environment(home)
    located = preflight.located(pipeline, home, request.span)
    key = fingerprint(pipeline, located, request.limit, request.accept_drift)
    record = home.pipeline(pipeline.name) / RECORD
    known = _known_result(record, key, home.models(pipeline.name)) if request.cache else None
    if known is not None:
        return known
    record.unlink(missing_ok=True)  # a run that is killed now may have pushed: the old result would no longer be true
    if store.server:  # one that is away is found before the training
        metadata_store.connect(store, first=True)
    result, evidence = _run_steps(request, pipeline, located, store)
    # Unless the code was edited while it ran.
    if fingerprint(pipeline, located, request.limit, request.accept_drift) == key:
        try:
            evidence += [] if store.server else [store.name]
            write_whole(record, json.dumps(LastRun(key, tuple(evidence), result).to_json(), indent=1))
        except OSError as error:  # what was pushed stays pushed
            text = f"the result could not be recorded ({error}): the next run will not know that nothing changed"
            events.publish(events.Note(text))
    return result


def _known_result(record: Path, key: str, models: Path) -> RunResult | None:
    """The last run's result, if nothing that it follows from has changed and all that it made is still there."""
    try:
        known = LastRun.from_json(json.loads(record.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None  # nothing was recorded, or somebody edited it: run
    result, same = known.result, known.key == key and all(os.path.exists(path) for path in known.evidence)
    newest = [int(folder.name) for folder in version_map.folders(models)[-1:]]
    if not same or (result.blessed and newest != [result.serving_version]):
        return None
    cached = tuple(step for step in result.seconds if step not in (IMPORTS, "total"))
    return dataclasses.replace(result, cached=cached, seconds={}, repeated=True)


def _run_steps(
    request: Request, pipeline: Pipeline, located: sources.Located, store: Store
) -> tuple[RunResult, list[str]]:
    """Runs all steps with the libraries' output in a log file; returns the result and the paths that it rests on."""
    home, name = request.home, pipeline.name
    run_id = datetime.now().strftime("%Y%m%dT%H%M%S.%f")
    log = home.pipeline(name) / "logs" / f"{run_id}.log"
    log.parent.mkdir(exist_ok=True)
    with (
        output_to(log),
        job_server.running(request.beam_args, log.with_suffix(".job_server.log")) as beam_args,
    ):
        try:
            events.publish(events.StepStarted(IMPORTS))
            begun = time.monotonic()
            # Collecting garbage while a million objects are made that all stay takes a fifth of the time.
            gc.disable()
            from pipelines import workers
            from pipelines.execution import builder, launching, local_runner

            gc.freeze()
            gc.enable()
            options = {"cache": request.cache, "accept_drift": request.accept_drift}
            root = store.root(home, name)
            built = builder.build(pipeline, located, home, root, limit=request.limit, beam_args=beam_args(), **options)
            imports = time.monotonic() - begun
            events.publish(events.StepFinished(IMPORTS, imports, False))
            steps = local_runner.run(
                built,
                launching.Connection(store),
                run_id,
                {TRAINER: workers.operators_for(pipeline.training)},
            )
        except Exception as error:
            error.add_note(f"the libraries' own output is in {log}")
            raise
    from pipelines.execution import result

    seconds = {IMPORTS: round(imports, 3)} | {step.name: round(step.seconds, 3) for step in steps.values()}
    return result.of_steps(pipeline, run_id, steps, seconds, log), result.evidence(steps)

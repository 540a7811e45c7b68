"""One run of a dataset's pipeline, from the preflight to the result."""

import dataclasses
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from components.data import sources
from pipelines.execution import metadata_store, preflight, reporting
from pipelines.execution.alone import alone, logged
from pipelines.execution.metadata_store import Store
from pipelines.execution.session import Request
from pipelines.page.resolution import fingerprint, resolved
from pipelines.steps import IMPORTS, REPORT
from registry import version_map
from schemas import events
from schemas.files import write_whole
from schemas.json_record import JsonRecord
from schemas.records import RunResult

RECORD = "last_run.json"


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
    events.publish(events.RunStarted(request.pipeline.name))
    with alone(request):
        result = _run_alone(request)
    total = round(time.monotonic() - begun, 3)
    result = dataclasses.replace(result, seconds=result.seconds | {"total": total})
    events.publish(events.RunFinished(result.to_json()))
    return result


def _run_alone(request: Request) -> RunResult:
    """The run, while no other run of the dataset goes on. What it is made of is looked at now, not before the wait."""
    request = dataclasses.replace(request, pipeline=resolved(request.pipeline))
    home, pipeline = request.home, request.pipeline
    store = metadata_store.from_environment(home)
    located = preflight.located(pipeline, home, request.span, request.window)
    key = fingerprint(pipeline, located, request.limit, request.accept_drift)
    record = home.pipeline(pipeline.name) / RECORD
    known = _known_result(record, key, home.models(pipeline.name)) if request.cache else None
    if known is not None:
        return known
    record.unlink(missing_ok=True)  # a run that is killed now may have pushed: the old result would no longer be true
    result, evidence = _run_steps(request, located, store)
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
    cached = tuple(step for step in result.seconds if step not in (IMPORTS, REPORT, "total"))
    return dataclasses.replace(result, cached=cached, seconds={}, repeated=True)


def _run_steps(request: Request, located: sources.Located, store: Store) -> tuple[RunResult, list[str]]:
    """Runs all steps; returns the result and the paths that it rests on."""
    with logged(request, located, store) as opened:
        from pipelines.execution import local_runner, result

        steps = local_runner.run(opened)
        seconds = {IMPORTS: round(opened.seconds, 3)} | {step.name: round(step.seconds, 3) for step in steps.values()}
        made = result.of_steps(request.pipeline, opened.run_id, steps, seconds, opened.log)
        return reporting.with_report(request.home, made), result.evidence(steps)

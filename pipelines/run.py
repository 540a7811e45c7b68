"""One run of a dataset's pipeline, from the preflight to the result."""

import errno
import gc
import json
import os
import shutil
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TextIO

from components import progress, sources
from pipelines.effective import fingerprint, with_domains
from pipelines.lock import only_one
from pipelines.spec import Pipeline
from schemas import version_map
from schemas.errors import InputError
from schemas.home import Home
from schemas.quiet import output_to

RECORD = "last_run.json"
_SPACE_FOR_ARTIFACTS = 64 << 20  # models, statistics, logs
_SPACE_PER_SOURCE_BYTE = 3
_FULL = ("No space left on device", "disk is full", "Disk quota exceeded")


class Console(Protocol):
    """Who is told about the run. Steps are named as in TFX, and ``Imports`` for the loading of libraries."""

    def waiting(self, process: str) -> None: ...
    def attach(self, terminal: TextIO) -> None: ...
    def started(self, step: str) -> None: ...
    def finished(self, step: str, seconds: float, cached: bool) -> None: ...
    def note(self, message: str) -> None: ...
    def detach(self) -> None: ...


@dataclass(frozen=True)
class Request:
    """What to run.

    Attributes:
      pipeline: the page, with the settings of the command line taken in.
      home: where things are kept.
      limit: the most rows, 0 for all.
      cache: whether finished steps of earlier runs are reused.
    """

    pipeline: Pipeline
    home: Home
    limit: int = 0
    cache: bool = True


def run(request: Request, console: Console) -> dict[str, Any]:
    """Runs the pipeline, or repeats the result of the last run if nothing changed since.

    Returns:
      What ``slipway run --json`` prints (docs of slipway.py).

    Raises:
      InputError: something that the user can mend; nothing was pushed.
    """
    begun = time.monotonic()
    home, name = request.home, request.pipeline.name
    located = sources.prepare(request.pipeline.source, name, home.data, request.pipeline.columns())
    home.prepare(name)
    _check_space(home, located.bytes)
    _check_versions(home, name)
    pipeline = with_domains(request.pipeline)
    key = fingerprint(pipeline, located, request.limit)
    with only_one(home.pipeline(name) / ".lock", console.waiting):
        record = home.pipeline(name) / RECORD
        known = _known_result(record, key, home) if request.cache else None
        if known is not None:
            known["seconds"] = {"total": round(time.monotonic() - begun, 3)}
            return known
        result, evidence = _run_steps(request, pipeline, located, console)
        result["seconds"]["total"] = round(time.monotonic() - begun, 3)
        _write(record, {"key": key, "evidence": evidence, "result": result})
        return result


def _known_result(record: Path, key: str, home: Home) -> dict[str, Any] | None:
    """The last run's result, if nothing that it follows from has changed and all that it made is still there."""
    try:
        known = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    there = home.metadata.exists() and all(os.path.exists(path) for path in known["evidence"])
    if known["key"] != key or not there:
        return None
    result: dict[str, Any] = known["result"] | {"repeated": True}
    result["cached"] = [
        *result["cached"],
        *(step for step in result["seconds"] if step not in (*result["cached"], "total")),
    ]
    return result


def _run_steps(
    request: Request, pipeline: Pipeline, located: sources.Located, console: Console
) -> tuple[dict[str, Any], list[str]]:
    """Runs all steps with the libraries' output in a log file; returns the result and the paths that it rests on."""
    home, name = request.home, pipeline.name
    run_id = datetime.now().strftime("%Y%m%dT%H%M%S.%f")
    log = home.pipeline(name) / "logs" / f"{run_id}.log"
    log.parent.mkdir(exist_ok=True)
    with output_to(log) as terminal, progress.listening(console.note):
        console.attach(terminal)
        try:
            console.started("Imports")
            begun = time.monotonic()
            # Collecting garbage while a million objects are made that all stay takes a fifth of the time.
            gc.disable()
            from pipelines import builder, local_runner

            gc.freeze()
            gc.enable()
            built = builder.build(pipeline, located, home, limit=request.limit, cache=request.cache)
            imports = time.monotonic() - begun
            console.finished("Imports", imports, False)
            steps = local_runner.run(
                built, run_id, console.started, lambda step: console.finished(step.name, step.seconds, step.cached)
            )
        except Exception as error:
            raise _explained(error, home, log) from error
        finally:
            console.detach()
    from pipelines import result

    seconds = {"Imports": round(imports, 3)} | {step.name: round(step.seconds, 3) for step in steps.values()}
    return result.of_steps(name, run_id, steps, seconds, log), result.evidence(steps)


def _explained(error: Exception, home: Home, log: Path) -> Exception:
    """The error with what a user needs to know: a full disk is theirs to mend, all else is ours."""
    if isinstance(error, InputError):
        return error
    if getattr(error, "errno", None) == errno.ENOSPC or any(text in str(error) for text in _FULL):
        free = shutil.disk_usage(home.root).free >> 20
        return InputError(
            f"the disk of {home.root} is full ({free} MB free); free some space, or set SLIPWAY_HOME elsewhere"
        )
    error.add_note(f"the libraries' own output is in {log}")
    return error


def _check_space(home: Home, source_bytes: int) -> None:
    free = shutil.disk_usage(home.root).free
    needed = _SPACE_FOR_ARTIFACTS + _SPACE_PER_SOURCE_BYTE * source_bytes
    if free < needed:
        raise InputError(
            f"{home.root} has {free >> 20} MB free, and this run needs about {needed >> 20} MB; "
            "free some space, or set SLIPWAY_HOME elsewhere"
        )


def _check_versions(home: Home, name: str) -> None:
    """Raises InputError for a version map or a pushed model that cannot be read: before the training, not after."""
    version_map.entries(home.registry(name))
    version_map.cards(home.models(name))


def _write(record: Path, content: dict[str, Any]) -> None:
    temporary = record.with_suffix(".part")
    temporary.write_text(json.dumps(content, indent=1), encoding="utf-8")
    os.replace(temporary, record)

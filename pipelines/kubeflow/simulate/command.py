"""`slipway simulate`: from the options to the run's record."""

import asyncio
import contextlib
import json
import secrets
import signal
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.kubeflow.simulate import cluster as declared
from pipelines.kubeflow.simulate import containers, document, placeholders, processes, runner
from pipelines.kubeflow.simulate.attempts import Kill
from pipelines.kubeflow.simulate.cluster import Cluster
from pipelines.kubeflow.simulate.display import Display
from pipelines.kubeflow.simulate.mariadb import MariaDB
from pipelines.kubeflow.simulate.record import FAILED, RECORD, SUCCEEDED, Outcome, Result
from schemas.errors import InputError
from schemas.lock import only_one


@dataclass(frozen=True)
class SimulationRequest:
    """One simulation: the pipeline, and the cluster to run it in.

    Attributes:
      file: the compiled pipeline.
      folder: stands for the cluster: its claims, its MariaDB, and the records of its runs.
      cluster: declared by a file, or the default one.
      parameters: KEY=VALUE texts.
      kills: as Kill.parse takes them.
      backoff_scale: the share of each back-off that is waited.
      docker: the pods are containers of the pipeline's images, and not processes.
    """

    file: Path
    folder: Path
    cluster: Cluster
    parameters: Sequence[str] = ()
    kills: Sequence[str] = ()
    backoff_scale: float = 0.0
    docker: bool = False


def simulate(request: SimulationRequest, display: Display) -> Result:
    """Runs the pipeline, and writes its record into ``folder/runs/RUN_ID``.

    Raises:
      InputError: the document, the cluster or an option does not allow it; no task was started.
    """
    pipeline = document.read(request.file)
    run = _new_run(pipeline.name, placeholders.parameters(pipeline, _assignments(request.parameters)))
    kills = {kill.task: kill for kill in (Kill.parse(text, list(pipeline.tasks)) for text in request.kills)}
    # Checked before the folder is locked: a mistake is reported at once, and not when another simulation has ended. The
    # port of its MariaDB is not known yet, and does not matter to the checks.
    planned = request.cluster.with_metadata("127.0.0.1:0", "") if request.cluster.mariadb else request.cluster
    engine = containers.Containers() if request.docker else processes.Processes()
    homes, notes = runner.check(pipeline, run, planned, engine, request.folder)
    for note in notes:
        display.note(note)
    with _locked(request.folder, display), _with_metadata(request, display) as cluster:
        engine.begin(request.folder)
        own = request.folder / "runs" / run.run_id
        own.mkdir(parents=True)
        begun = time.monotonic()
        settings = runner.Settings(request.folder, own, engine, kills, request.backoff_scale)
        outcomes = asyncio.run(_until_signal(runner.run(pipeline, run, cluster, settings, display)))
        result = _result(pipeline, run, cluster, outcomes, time.monotonic() - begun, homes, notes)
    for kill in kills.values():
        # A kill that did not happen would make a test of retries pass by mistake.
        if not any(attempt["killed"] for attempt in outcomes[kill.task]["attempts"]):
            display.note(f"--kill: {kill.task} was not killed: it ended before")
    (own / RECORD).write_text(json.dumps(result, indent=1))
    return result


def _assignments(texts: Sequence[str]) -> dict[str, str]:
    found = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise InputError(f"-p {text}: KEY=VALUE is expected")
        found[key] = value
    return found


def _new_run(pipeline: str, parameters: Mapping[str, Any]) -> placeholders.Run:
    now = datetime.now(UTC)
    created = now.isoformat(timespec="seconds").replace("+00:00", "Z")
    name = f"{pipeline}-{now:%Y%m%d-%H%M%S}"
    return placeholders.Run(
        # Argo names a run's pods after the workflow: the pipeline's name and five random characters.
        str(uuid.uuid4()),
        name,
        f"{pipeline}-{secrets.token_hex(3)[:5]}",
        created,
        created,
        parameters,
    )


@contextlib.contextmanager
def _locked(folder: Path, display: Display) -> Iterator[None]:
    """One simulation at a time in a folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".lock").touch()
    except OSError as error:
        raise InputError(f"--folder {folder}: {error.strerror}; name a folder that you can write to") from error
    waiting = "another simulation uses {} (process {}); waiting for it to end"
    with only_one(folder / ".lock", lambda process: display.note(waiting.format(folder, process))):
        yield


@contextlib.contextmanager
def _with_metadata(request: SimulationRequest, display: Display) -> Iterator[Cluster]:
    """The cluster with its metadata store running."""
    if request.cluster.mariadb:
        with MariaDB(request.folder / "mariadb") as server:
            yield request.cluster.with_metadata(f"127.0.0.1:{server.port}", server.password)
        return
    if request.cluster.services.get(declared.METADATA_SERVICE) == declared.SQLITE:
        display.note("metadata: SQLite, as no MariaDB is installed here; a cluster has MariaDB")
    yield request.cluster


async def _until_signal(running: Any) -> Any:
    """SIGTERM ends the run as Ctrl-C does."""
    task = asyncio.ensure_future(running)
    loop = asyncio.get_running_loop()
    # asyncio.run itself cancels at SIGINT only; on SIGTERM the process would leave the tasks' processes behind.
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


def _result(
    pipeline: document.Document,
    run: placeholders.Run,
    cluster: Cluster,
    outcomes: Mapping[str, Outcome],
    seconds: float,
    homes: list[str],
    notes: list[str],
) -> Result:
    succeeded = all(outcome["state"] == SUCCEEDED for outcome in outcomes.values())
    return {
        "pipeline": pipeline.name,
        "run_id": run.run_id,
        "state": SUCCEEDED if succeeded else FAILED,
        "seconds": round(seconds, 2),
        "parameters": dict(run.parameters),
        "services": cluster.services,
        "tasks": dict(outcomes),
        "homes": homes,
        "notes": notes,
    }

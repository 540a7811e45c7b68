"""`slipway gc`: removes old versions, and the artifacts of runs that no version needs any more."""

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.execution import metadata_store
from pipelines.execution.alone import no_run
from pipelines.execution.artifacts import Lineage, Unneeded
from pipelines.execution.blessings import Blessings
from pipelines.execution.metadata_store import Store
from pipelines.execution.run import RECORD, LastRun
from registry import dossier, removal, retention, version_map
from registry.decisions import now
from registry.exclusive import changing
from registry.retention import Kept, Retention
from registry.standing import Standing, standings
from schemas.home import Home
from schemas.json_record import JsonRecord


@dataclass(frozen=True)
class Removed(JsonRecord):
    """What ``slipway gc --json`` prints.

    Attributes:
      dataset: the dataset.
      dry_run: whether nothing was removed.
      kept: the versions that stay, with why.
      kept_runs: the refused runs that stay.
      versions, runs: versions and refused runs that went.
      artifacts: how many artifacts of runs went.
      freed_mb: megabytes that are free now.
      notes: what was not looked into, and why.
    """

    dataset: str
    dry_run: bool
    kept: tuple[Kept, ...]
    kept_runs: tuple[str, ...]
    versions: tuple[str, ...]
    runs: tuple[str, ...]
    artifacts: int
    freed_mb: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Recorded:
    """What ML Metadata has of a dataset."""

    blessings: Blessings
    lineage: Lineage


def collect(home: Home, name: str, keep: int, dry_run: bool) -> Removed:
    """Removes what is old, while no run of the dataset goes on and nobody else changes its versions.

    Args:
      keep: how many versions stay beside those that are served as the newest, labelled, last blessed, or the last run's.
      dry_run: whether to find out only.

    Raises:
      InputError: the version map, the labels or a dossier cannot be read; nothing was removed.
      StoreUnreachableError: the metadata server did not answer; nothing was removed.
    """
    registry = home.registry(name)
    with contextlib.ExitStack() as held:
        if home.pipeline(name).is_dir():  # a home that only pulls models has none
            held.enter_context(no_run(home, name))
        held.enter_context(changing(registry))
        store = metadata_store.from_environment(home)
        recorded = _recorded(store, home, name)
        found, evidence = standings(home.models(name), registry), _evidence(home, name)
        last = recorded.blessings.last() if recorded is not None else None
        blessed = _pushed_as(last, recorded.blessings, found, registry) if recorded and last is not None else set()
        plan = retention.plan(home, name, found, keep, blessed, evidence)
        going, notes = Unneeded((), ()), _notes(recorded, home, name)
        if recorded is not None:
            uris = {*evidence, *_uris(plan, registry), *([last.uri] if last is not None else [])}
            going = recorded.lineage.unneeded(_runs(plan, found), uris, shared=store.server is not None)
        left_over = _left_over(home, name, recorded)
        size = removal.freed([*plan.paths, *going.paths, *left_over])
        if not dry_run:
            _remove(plan, going, left_over, recorded, registry)
    return Removed(
        dataset=name,
        dry_run=dry_run,
        kept=plan.kept,
        kept_runs=plan.kept_runs,
        versions=plan.removed_versions,
        runs=plan.removed_runs,
        artifacts=len(going.artifacts),
        freed_mb=round(size / 1e6, 1),
        notes=notes,
    )


def _recorded(store: Store, home: Home, name: str) -> _Recorded | None:
    if store.server is None and not Path(store.name).exists():
        return None
    handle = metadata_store.connect(store, first=True)
    context = handle.get_context_by_type_and_name("pipeline", name)
    if context is None:
        return None
    return _Recorded(Blessings(handle, context.id), Lineage(handle, context.id, store.root(home, name)))


def _evidence(home: Home, name: str) -> tuple[str, ...]:
    """The paths that the result of the last run rests on; none where it is not known, and the next run will run."""
    try:
        return LastRun.from_json(json.loads((home.pipeline(name) / RECORD).read_text(encoding="utf-8"))).evidence
    except (OSError, ValueError):
        return ()


def _pushed_as(model: Any, blessings: Blessings, found: list[Standing], registry: Path) -> set[int]:
    """The serving versions of a Model artifact, by a run, by force or by a rollback."""
    numbers = blessings.pushed_versions(model.id)
    entries = [one.entry for one in found if one.there]
    versions = {entry.version for entry in entries if entry.serving_version in numbers}
    versions |= {e.version for e in entries if model.uri in _lineage(dossier.folder(registry, e.version, None))}
    return {entry.serving_version for entry in entries if entry.version in versions and entry.serving_version}


def _lineage(folder: Path) -> set[str]:
    """The URIs of the artifacts that a model came of; none where it has no dossier."""
    if not (folder / dossier.RECORD).exists():
        return set()
    return {origin.uri for origin in dossier.read(folder).lineage}


def _uris(plan: Retention, registry: Path) -> set[str]:
    return {uri for folder in plan.dossiers(registry) for uri in _lineage(folder)}


def _runs(plan: Retention, found: list[Standing]) -> set[str]:
    kept = {one.version for one in plan.kept}
    return {*plan.kept_runs, *(str(one.entry.run_id) for one in found if one.entry.version in kept)}


def _notes(recorded: _Recorded | None, home: Home, name: str) -> tuple[str, ...]:
    if recorded is not None or not home.pipeline(name).is_dir():
        return ()
    return (f"the metadata store has no run of {name}: what is in {home.pipeline(name)} stays",)


def _left_over(home: Home, name: str, recorded: _Recorded | None) -> list[Path]:
    registry, reports = home.registry(name), home.reports(name)
    folders = [home.models(name), *(f for one in (registry, reports) for f in (one, one / dossier.REFUSED))]
    folders.append(registry / dossier.STATISTICS)
    found = [path for folder in folders for path in removal.left_over(folder)]
    return [*found, *(recorded.lineage.left_over() if recorded is not None else [])]


def _remove(
    plan: Retention, going: Unneeded, left_over: list[Path], recorded: _Recorded | None, registry: Path
) -> None:
    for path in (*left_over, *plan.paths):
        removal.remove(path)
    if plan.removed:
        # After the folders: an attempt that is killed is made again, and finds what it has not removed yet.
        version_map.mark_removed(registry, {e.serving_version for e in plan.removed if e.serving_version}, now())
    if recorded is not None:
        recorded.lineage.remove(going)

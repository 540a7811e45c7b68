"""The version map as rows. All of it reads files: for a thread."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from registry import dossier, standing, version_map
from registry.standing import Standing
from registry.version_map import Entry
from schemas import curves, model_card
from schemas.errors import InputError
from schemas.home import Home
from schemas.models import DrawnGraph
from schemas.tasks import Metric
from studio.messages.versions import VersionRow, Versions
from studio.sparkline import thinned
from studio.versions import texts

_LOSS = "loss"
_TYPE = "@type"


def versions_of(home: Home, name: str) -> Versions:
    """All versions, newest first, refused models among them; none where the dataset was never run."""
    found = standing.standings(home.models(name), home.registry(name))[::-1]
    metric = primary(found[0].entry) if found else None
    return Versions(
        dataset=name,
        primary_metric=metric.name if metric else None,
        higher_is_better=metric.higher_is_better if metric else True,
        rows=list(_rows(home, name, found)),
    )


def row_of(home: Home, name: str, id: str) -> VersionRow:
    """One of them. Raises InputError for one that there is not."""
    registry = home.registry(name)
    _, entry = find(registry, name, id)
    for one in standing.standings(home.models(name), registry):
        if one.entry == entry:
            return _row(registry, id, one)
    raise InputError(f"{name} has no version {id!r} any more")


def find(registry: Path, name: str, id: str) -> tuple[Path, Entry]:
    """The dossier's folder, which may not be there, and the entry of what a row's ``id`` names. Raises InputError."""
    entries = version_map.entries(registry)
    for entry in reversed(entries):  # a version that was returned to has an entry for each of its folders
        if id in (entry.version, str(entry.serving_version)) or (entry.version is None and id == entry.run_id):
            return dossier.folder(registry, entry.version, entry.run_id), entry
    known = ", ".join(dict.fromkeys(entry.version for entry in entries if entry.version)) or "none"
    raise InputError(f"{name} has no version {id!r}; its versions are {known}")


def primary(entry: Entry) -> Metric | None:
    """The primary metric; of a card of an older version only its name is known."""
    try:
        return model_card.description_of(entry.card).task.primary
    except InputError:
        name = next(iter(entry.metrics), None)
        return Metric(name, higher_is_better=True) if name else None


def _rows(home: Home, name: str, found: list[Standing]) -> Iterator[VersionRow]:
    taken: set[str] = set()
    for one in found:
        entry = one.entry
        id = entry.version or entry.run_id or ""
        if id in taken and entry.serving_version is not None:
            id = str(entry.serving_version)
        taken.add(id)
        yield _row(home.registry(name), id, one)


def _row(registry: Path, id: str, one: Standing) -> VersionRow:
    entry = one.entry
    folder = dossier.folder(registry, entry.version, entry.run_id)
    return VersionRow(
        id=id,
        version=entry.version,
        serving_version=entry.serving_version,
        run_id=entry.run_id,
        at=entry.at,
        blessed=entry.blessed,
        removed=entry.version is not None and not one.there,
        labels=list(one.labels),
        metrics=entry.metrics,
        intervals={metric: [interval.low, interval.high] for metric, interval in entry.intervals.items()},
        sparkline=_sparkline(folder / curves.PATH.name),
        drawn=_kind(entry) == DrawnGraph.__name__,
        has_graph=(folder / dossier.GRAPH).is_file(),
        has_report=(folder / dossier.RECORD).is_file(),
        parameters=_parameters(entry),
    )


def _parameters(entry: Entry) -> dict[str, str]:
    found = texts.flat(entry.parameters)
    found.pop("training", None)  # its kind, of which there is one
    return found


def _kind(entry: Entry) -> str | None:
    model: dict[str, Any] = entry.parameters.get("model") or {}
    return model.get(_TYPE)


def _sparkline(file: Path) -> list[float]:
    """The eval loss by epoch, of an ensemble that of its first model; empty where it is not known."""
    try:
        found = curves.read_file(file)
    except InputError:
        return []
    losses = [epoch.eval.get(_LOSS, math.nan) for epoch in found[0].epochs] if found else []
    return thinned([loss for loss in losses if math.isfinite(loss)])

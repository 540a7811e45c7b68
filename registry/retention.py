"""Which versions stay when old ones are removed, and what the others have left in the home."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from registry import dossier
from registry.standing import Standing
from registry.version_map import Entry
from schemas.home import Home
from schemas.json_record import JsonRecord

NEWEST, LABELLED, BLESSED, LAST_RUN, RECENT = "newest", "labelled", "last blessed", "last run", "recent"


@dataclass(frozen=True)
class Kept(JsonRecord):
    """A version that stays.

    Attributes:
      version: the version.
      reasons: why: ``newest``, ``labelled``, ``last blessed``, ``last run`` or ``recent``, one of the number to keep.
    """

    version: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Retention:
    """What stays and what goes.

    Attributes:
      kept: versions, the newest last.
      kept_runs: refused runs that stay.
      removed: the entries of versions that go, oldest first; a version that was rolled back to has several. Those of which
        nothing is left any more are not among them.
      removed_runs: refused runs that go, in the same way.
      paths: their folders and files.
    """

    kept: tuple[Kept, ...]
    kept_runs: tuple[str, ...]
    removed: tuple[Entry, ...]
    removed_runs: tuple[str, ...]
    paths: tuple[Path, ...]

    @property
    def removed_versions(self) -> tuple[str, ...]:
        """The versions that go, each once."""
        return tuple(dict.fromkeys(str(entry.version) for entry in self.removed))

    def dossiers(self, registry: Path) -> list[Path]:
        """The dossiers that stay."""
        kept = [dossier.folder(registry, one.version, None) for one in self.kept]
        return kept + [dossier.folder(registry, None, run) for run in self.kept_runs]


def plan(
    home: Home, name: str, found: list[Standing], keep: int, last_blessed: Collection[int], last_run: Collection[str]
) -> Retention:
    """What stays and what goes.

    Args:
      name: the dataset.
      found: registry.standing.standings.
      keep: how many versions stay, the most recently pushed ones; others stay for their own reasons.
      last_blessed: the serving versions of the model that the next run is compared with.
      last_run: the paths that the result of the last run rests on.
    """
    pushed = [one for one in found if one.entry.version and one.there]
    # By the time of the push: a version that was rolled back to is as recent as the rollback.
    recent = list(dict.fromkeys(str(one.entry.version) for one in reversed(pushed)))[:keep]
    reasons: dict[str, set[str]] = {}
    for one in pushed:
        folder = str(home.models(name) / str(one.entry.serving_version))
        for reason, holds in (
            (NEWEST, one.newest),
            (LABELLED, bool(one.labels)),
            (BLESSED, one.entry.serving_version in last_blessed),
            (LAST_RUN, folder in last_run),
            (RECENT, one.entry.version in recent),
        ):
            if holds:
                reasons.setdefault(str(one.entry.version), set()).add(reason)
    since = min((one.entry.at or "" for one in pushed if one.entry.version in recent), default="")
    refused = {str(one.entry.run_id): (one.entry.at or "") >= since for one in found if not one.entry.version}
    entries = [one.entry for one in found if one.entry.version and one.entry.version not in reasons]
    left = {id(entry): _left_of(home, name, entry) for entry in entries}
    left_of_runs = {run: _explaining(home, name, None, run) for run, stays in refused.items() if not stays}
    order = (NEWEST, LABELLED, BLESSED, LAST_RUN, RECENT)
    return Retention(
        kept=tuple(Kept(version, tuple(sorted(why, key=order.index))) for version, why in reasons.items()),
        kept_runs=tuple(run for run, stays in refused.items() if stays),
        removed=tuple(entry for entry in entries if left[id(entry)]),
        removed_runs=tuple(run for run, paths in left_of_runs.items() if paths),
        paths=tuple(dict.fromkeys(path for paths in (*left.values(), *left_of_runs.values()) for path in paths)),
    )


def _left_of(home: Home, name: str, entry: Entry) -> list[Path]:
    # The folder of the model first: what a server may show goes before what explains it.
    own = (home.models(name) / str(entry.serving_version), dossier.past_statistics(home.registry(name), entry.card))
    return [*(path for path in own if path.exists()), *_explaining(home, name, entry.version, None)]


def _explaining(home: Home, name: str, version: str | None, run: str | None) -> list[Path]:
    """The dossier and the report of a version or of a refused run, as far as they are there."""
    folder = dossier.folder(home.registry(name), version, run)
    return [one for one in (folder, home.reports(name) / folder.relative_to(home.registry(name))) if one.exists()]

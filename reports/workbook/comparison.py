"""`slipway compare`: which versions, where the workbook goes, and what is found, for a terminal and as JSON."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.sides import BROKEN, FIXED, OTHER
from registry import dossier, version_map
from registry.versioning import parse
from reports.workbook import answers, book
from reports.workbook.answers import Answers
from reports.workbook.files import SUFFIX, check_name
from schemas.home import Home
from schemas.json_record import JsonRecord
from schemas.records import Metrics


@dataclass(frozen=True)
class VersionSummary(JsonRecord):
    """What the workbook says of one version.

    Attributes:
      version: its semantic version, or the run of a refused model.
      blessed: the verdict of its run.
      examples: rows of its sheet.
      metrics: over these rows.
      changes: what became of the answers of the version before, how many each: ``paired`` (examples that both have) and
        ``fixed``, ``broken``, ``other``, or of a regression ``closer`` and ``further``; empty for the first version.
    """

    version: str
    blessed: bool
    examples: int
    metrics: Metrics
    changes: dict[str, int]


@dataclass(frozen=True)
class Comparison(JsonRecord):
    """What ``slipway compare --json`` prints.

    Attributes:
      dataset: the dataset.
      file: the workbook.
      versions: in their order in the workbook.
      notes: what the workbook leaves out.
      seconds: how long it took.
    """

    dataset: str
    file: str
    versions: tuple[VersionSummary, ...]
    notes: tuple[str, ...]
    seconds: float


def make(home: Home, name: str, versions: Sequence[str], file: Path | None) -> Comparison:
    """Writes the workbook of these versions.

    Args:
      name: the dataset.
      versions: semantic or integer versions, or runs of refused models; the last two versions where it is empty.
      file: where; None for a name in ``home.reports``.

    Raises:
      InputError: there is no such version, or one without a dossier; or the file cannot be written.
    """
    begun = time.perf_counter()
    if file is not None:
        check_name(file)
    registry = home.registry(name)
    folders = [dossier.find(registry, name, version) for version in versions or _last_two(registry)]
    found = answers.read(folders or [dossier.find(registry, name)])
    target = file or home.reports(name) / f"compare-{'-'.join(version.name for version in found)}{SUFFIX}"
    notes = book.write(target, found)
    summaries = tuple(_summary(version) for version in found)
    return Comparison(name, str(target), summaries, tuple(notes), round(time.perf_counter() - begun, 2))


def _last_two(registry: Path) -> list[str]:
    pushed = {entry.version for entry in version_map.entries(registry) if entry.version}
    return sorted(pushed, key=parse)[-2:]


def _summary(version: Answers) -> VersionSummary:
    values = {name: found.value for name, found in version.metrics.items()}
    return VersionSummary(version.name, version.record.verdict.blessed, len(version.rows), values, _changes(version))


def _changes(version: Answers) -> dict[str, int]:
    if version.previous is None:
        return {}
    found = {"paired": int((version.partners >= 0).sum())}
    if version.rows.classes:
        return found | {side: int((version.sides == side).sum()) for side in (FIXED, BROKEN, OTHER)}
    return found | {"closer": int((version.closer > 0).sum()), "further": int((version.closer < 0).sum())}

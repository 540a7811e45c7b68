"""The version map: ``registry/<dataset>/versions.json``, oldest first.

The cards of the pushed models are the truth: an entry that a crash kept from being written is made again from them, without
checks and the outcome of the cases.
"""

import dataclasses
import json
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from registry.versioning import parse
from schemas.errors import InputError
from schemas.files import write_whole
from schemas.json_record import JsonRecord
from schemas.model_card import Decision, ModelCard, TrainingData
from schemas.records import CasesReport, CasesSummary, Check, Interval, Metrics

FILE = "versions.json"


@dataclass(frozen=True, kw_only=True)
class Entry(JsonRecord):
    """One line of the map.

    Attributes:
      version, serving_version: the semantic and the integer version; None for a model that was refused.
      run_id, at: the run that made the model, and when (ISO 8601, UTC).
      data: as in ``ModelCard.data``.
      features, parameters: as the page declared them; parameters are those of ``model`` and ``training``.
      metrics, intervals: on the test split; the 95% intervals are empty where an older version judged.
      blessed: whether it was pushed: the verdict's yes, or a forced blessing.
      checks: of the verdict.
      cases: the outcome of the handpicked cases; None where it is not known, and in entries of older versions.
      decision: as in the card: a forced blessing, or a rollback, which is an entry of the version that was returned to.
      removed: when its folder was removed to free space (ISO 8601, UTC); None for one that nobody removed so.
      card: the model's card.
    """

    version: str | None
    serving_version: int | None
    run_id: str | None
    at: str | None
    data: TrainingData
    features: Any
    parameters: dict[str, Any]
    metrics: Metrics
    blessed: bool
    checks: tuple[Check, ...]
    cases: CasesSummary | None = None
    intervals: dict[str, Interval] = field(default_factory=dict)
    decision: Decision | None = None
    removed: str | None = None
    card: ModelCard


def entries(registry: Path) -> list[Entry]:
    """The version map of a dataset; empty where there is none. Raises InputError for one that cannot be read."""
    path = registry / FILE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, list):
            raise ValueError("a list of entries is expected")
        return [Entry.from_json(entry) for entry in found]
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise InputError(
            f"cannot read the version map {path} ({error}); delete it: "
            "the next run that pushes a model makes it again from the cards of the pushed models"
        ) from error


def folders(models: Path) -> list[Path]:
    """The directories of all pushed models, by rising integer version; as in TF Serving, other names do not count."""
    return sorted((f for f in models.glob("*") if f.name.isdigit()), key=lambda folder: int(folder.name))


def cards(models: Path) -> list[ModelCard]:
    """The cards of all pushed models, by rising integer version.

    Raises InputError for a model folder without a card: it is not skipped, as TensorFlow Serving would serve it.
    """
    return [ModelCard.read(folder) for folder in folders(models)]


def latest(models: Path, registry: Path) -> ModelCard | None:
    """The card of the highest semantic version that was ever pushed; its folder may be gone."""
    # The highest and not the last, and from the map: a version is never given twice, whatever folder was removed.
    pushed = [entry.card for entry in reconcile(models, registry) if entry.version]
    return max(pushed, key=lambda card: parse(card.version or ""), default=None)


def reconcile(models: Path, registry: Path) -> list[Entry]:
    """Adds an entry for every pushed model that has none, and returns the map."""
    found = entries(registry)
    known = {entry.serving_version for entry in found}
    missing = [card for card in cards(models) if card.serving_version not in known]
    if missing:
        # A folder proves the blessing: no other model is pushed.
        found += [entry_of(card, blessed=True) for card in missing]
        _write(registry, found)
    return found


def record(registry: Path, entry: Entry) -> None:
    """Appends an entry; one of the same run and integer version is replaced."""
    # A Pusher that fails after this is run again in the same run, and must not leave two entries.
    others = [
        old for old in entries(registry) if (old.run_id, old.serving_version) != (entry.run_id, entry.serving_version)
    ]
    _write(registry, [*others, entry])


def insert(registry: Path, entry: Entry) -> None:
    """Adds the entry of a version that another home made, by its time; one of the same serving version is replaced."""
    others = [old for old in entries(registry) if old.serving_version != entry.serving_version]
    place = next((n for n, old in enumerate(others) if (old.at or "") > (entry.at or "")), len(others))
    _write(registry, [*others[:place], entry, *others[place:]])


def restore(registry: Path, found: list[Entry]) -> None:
    """Puts the map back to entries that it had before."""
    _write(registry, found)


def keep_cases(registry: Path, serving_version: int | None, cases: CasesReport) -> None:
    """Replaces the outcome of the cases in a pushed model's entry: somebody may edit them after the push."""
    kept = [
        dataclasses.replace(entry, cases=cases.summary()) if entry.serving_version == serving_version else entry
        for entry in entries(registry)
    ]
    _write(registry, kept)


def replace_refused(registry: Path, entry: Entry) -> None:
    """Puts the entry of a model that was pushed after all in the place of its refusal; it is the newest one then."""
    others = [old for old in entries(registry) if old.version or old.run_id != entry.run_id]
    _write(registry, [*others, entry])


def mark_removed(registry: Path, serving_versions: Collection[int], at: str) -> None:
    """Records that the folders of pushed models were removed; their entries stay, as a version is never given twice."""
    marked = [
        dataclasses.replace(entry, removed=entry.removed or at) if entry.serving_version in serving_versions else entry
        for entry in entries(registry)
    ]
    _write(registry, marked)


def entry_of(
    card: ModelCard,
    *,
    blessed: bool,
    checks: tuple[Check, ...] = (),
    cases: CasesReport | None = None,
    intervals: dict[str, Interval] | None = None,
) -> Entry:
    """The entry of a model; checks, cases and intervals are left out where they are not known, as from a card alone."""
    return Entry(
        version=card.version,
        serving_version=card.serving_version,
        run_id=card.run_id,
        at=card.pushed_at,
        data=card.data,
        features=card.configuration["features"],
        parameters={key: card.configuration[key] for key in ("model", "training")},
        metrics=card.metrics,
        blessed=blessed,
        checks=checks,
        cases=cases.summary() if cases is not None else None,
        intervals=intervals or {},
        decision=card.decision,
        card=card,
    )


def _write(registry: Path, found: list[Entry]) -> None:
    text = json.dumps([entry.to_json() for entry in found], indent=1, ensure_ascii=False)
    write_whole(registry / FILE, text)

"""A forced blessing: a person pushes a model that its checks refused, and says why."""

import dataclasses
import json
import shutil
from pathlib import Path

from registry import dossier, version_map
from registry.decisions import FORCED, decision
from registry.dossier import DossierRecord
from registry.pushing import link_or_copy, push_model, serving_version, weights_hash
from registry.version_map import Entry
from registry.versioning import next_version
from schemas.errors import InputError, shown
from schemas.files import replaced_folder
from schemas.splits import TRAIN


def refused(registry: Path, name: str, run_id: str) -> tuple[Entry, DossierRecord]:
    """A run whose model was refused: its entry of the version map, and its dossier's record.

    Raises:
      InputError: there is no such run, its model was pushed, or it has no dossier.
    """
    entries = version_map.entries(registry)
    found = [entry for entry in entries if entry.run_id == run_id]
    if pushed := [entry.version for entry in found if entry.version]:
        raise InputError(f"the model of run {run_id} is pushed already, as version {pushed[-1]}")
    if not found:
        runs = ", ".join(str(entry.run_id) for entry in entries if not entry.version) or "none"
        raise InputError(
            f"{name} has no refused run {shown(run_id)}; its refused runs are {runs} (slipway versions {name})"
        )
    return found[-1], dossier.read(dossier.folder(registry, None, run_id))


def force(models: Path, registry: Path, entry: Entry, record: DossierRecord, why: str) -> Entry:
    """Pushes the model of a refused run as the next version; returns its new entry of the version map.

    The caller has the lock (registry.exclusive.changing).

    Args:
      models, registry: the dataset's folders.
      entry, record: what ``refused`` gave.
      why: the reason, which card, dossier and version map keep.

    Raises:
      InputError: the SavedModel is gone, or is another one than the run judged.
    """
    trained = _trained(entry, record)
    latest = version_map.latest(models, registry)
    decided = decision(FORCED, why, latest.version if latest else None)
    card = dataclasses.replace(
        entry.card,
        version=next_version(entry.card, latest),
        serving_version=serving_version(models),
        pushed_at=decided["at"],
        decision=decided,
    )
    refusal, target = dossier.folder(registry, None, record.run_id), dossier.folder(registry, card.version, None)
    with replaced_folder(target) as part:  # of an attempt that was killed there may be one
        shutil.copytree(refusal, part, dirs_exist_ok=True, copy_function=link_or_copy)
        _write(part, dataclasses.replace(record, card=card, previous=decided["replaced"]))
    statistics = target / dossier.STATISTICS / f"{TRAIN}.pb"
    if statistics.exists():
        (past := dossier.past_statistics(registry, card)).parent.mkdir(exist_ok=True)
        link_or_copy(str(statistics), str(past))
    push_model(trained, models, card)
    forced = dataclasses.replace(
        version_map.entry_of(card, blessed=True, checks=entry.checks, intervals=entry.intervals), cases=entry.cases
    )
    version_map.replace_refused(registry, forced)
    shutil.rmtree(refusal)
    return forced


def _trained(entry: Entry, record: DossierRecord) -> Path:
    trained = Path(record.trained)
    if not trained.is_dir():
        raise InputError(
            f"the model of run {record.run_id} is gone: there is no folder {trained} on this machine any more; "
            f"run the pipeline again: slipway run {entry.card.name}"
        )
    if weights_hash(trained) != entry.card.weights:
        raise InputError(
            f"{trained} is not the model that run {record.run_id} judged: its files have changed; "
            f"run the pipeline again: slipway run {entry.card.name} --no-cache"
        )
    return trained


def _write(part: Path, record: DossierRecord) -> None:
    file = part / dossier.RECORD
    file.unlink()  # a link to the refusal's own
    file.write_text(json.dumps(record.to_json(), indent=1, ensure_ascii=False), encoding="utf-8")

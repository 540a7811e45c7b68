"""The version map: ``registry/<dataset>/versions.json``, oldest first.

An entry has the semantic version and the integer version (both None for a model that was refused), the run, the data's
fingerprint, features, parameters, metrics, the verdict and the outcome of the handpicked cases. The cards of the pushed models
are the truth: an entry that a crash kept from being written is made again from them, without the outcome of the cases.
"""

import json
from pathlib import Path
from typing import Any

from registry.versioning import parse
from schemas.errors import InputError
from schemas.files import write_whole
from schemas.model_card import ModelCard

FILE = "versions.json"


def entries(registry: Path) -> list[dict[str, Any]]:
    """The version map of a dataset; empty where there is none. Raises InputError for one that cannot be read."""
    path = registry / FILE
    try:
        found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, list) or not all(isinstance(entry, dict) and "card" in entry for entry in found):
            raise ValueError("a list of entries is expected")
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise InputError(
            f"cannot read the version map {path} ({error}); delete it: "
            "the next run that pushes a model makes it again from the cards of the pushed models"
        ) from error
    return found


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
    pushed = [ModelCard(**entry["card"]) for entry in reconcile(models, registry) if entry["version"]]
    return max(pushed, key=lambda card: parse(card.version or ""), default=None)


def reconcile(models: Path, registry: Path) -> list[dict[str, Any]]:
    """Adds an entry for every pushed model that has none, and returns the map."""
    found = entries(registry)
    known = {entry["serving_version"] for entry in found}
    missing = [card for card in cards(models) if card.serving_version not in known]
    if missing:
        found += [entry_of(card, {"blessed": True, "checks": []}) for card in missing]
        _write(registry, found)
    return found


def record(registry: Path, entry: dict[str, Any]) -> None:
    """Appends an entry; one of the same run and integer version is replaced."""
    key = ("run_id", "serving_version")
    others = [old for old in entries(registry) if any(old[k] != entry[k] for k in key)]
    _write(registry, [*others, entry])


def keep_cases(registry: Path, serving_version: int | None, cases: dict[str, Any]) -> None:
    """Replaces the outcome of the cases in a pushed model's entry: somebody may edit them after the push."""
    found = entries(registry)
    for entry in found:
        if entry["serving_version"] == serving_version:
            entry["cases"] = short(cases)
    _write(registry, found)


def short(cases: dict[str, Any]) -> dict[str, Any]:
    """What the map keeps of the cases (components.evaluation.cases): how many there were, how many passed, and the others."""
    failed = [result for result in cases["results"] if not result["passed"]]
    return {"count": cases["count"], "passed": cases["passed"], "failed": failed}


def entry_of(card: ModelCard, verdict: dict[str, Any], cases: dict[str, Any] | None = None) -> dict[str, Any]:
    """One line of the map; ``cases`` is what components.evaluation.cases.judge gives, None where it is not known."""
    return {
        "version": card.version,
        "serving_version": card.serving_version,
        "run_id": card.run_id,
        "at": card.pushed_at,
        "data": card.data,
        "features": card.configuration["features"],
        "parameters": {key: card.configuration[key] for key in ("model", "training")},
        "metrics": card.metrics,
        "blessed": verdict["blessed"],
        "checks": verdict["checks"],
        "cases": short(cases) if cases is not None else None,
        "card": vars(card),
    }


def _write(registry: Path, found: list[dict[str, Any]]) -> None:
    write_whole(registry / FILE, json.dumps(found, indent=1, ensure_ascii=False))

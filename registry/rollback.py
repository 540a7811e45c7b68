"""Rollback: an older version becomes the one that is served as the newest.

TensorFlow Serving takes the largest integer for the newest version and knows nothing else. So the older model gets a second
folder with a new integer; its semantic version stays, as it is the same model.
"""

import dataclasses
from pathlib import Path

from registry import dossier, pushed, version_map
from registry.decisions import ROLLBACK, decision
from registry.pushing import link_or_copy, push_model, serving_version
from registry.version_map import Entry
from registry.versioning import parse
from schemas.errors import InputError
from schemas.model_card import ModelCard


def target(models: Path, name: str, version: str | None) -> ModelCard:
    """The card of the version to return to: the named one, or the one below the version that is the newest now.

    Args:
      models: the dataset's folder, ``models/<dataset>``.
      version: semantic or integer.

    Raises:
      InputError: there is no such version, or none below.
    """
    newest = ModelCard.read(pushed.find(models, name))
    if version is not None:
        return ModelCard.read(pushed.find(models, name, version))
    older = [card for card in version_map.cards(models) if _number(card) < _number(newest)]
    if not older:
        raise InputError(
            f"{name} {newest.version} is the oldest version that is kept; name another one: slipway versions {name}"
        )
    return max(older, key=_number)


def roll_back(models: Path, registry: Path, card: ModelCard, why: str) -> Entry | None:
    """Pushes the model of ``card``, a pushed version, once more; None where it is the newest already.

    The caller has the lock (registry.exclusive.changing).

    Args:
      models, registry: the dataset's folders.
      why: the reason, "" for none.

    Returns:
      The new entry of the version map.
    """
    newest = version_map.cards(models)[-1]
    if newest.version == card.version:
        return None
    entries = version_map.reconcile(models, registry)
    (before,) = [entry for entry in entries if entry.serving_version == card.serving_version]
    decided = decision(ROLLBACK, why, newest.version)
    again = dataclasses.replace(
        card, serving_version=serving_version(models), pushed_at=decided["at"], decision=decided
    )
    statistics = dossier.past_statistics(registry, card)
    if statistics.exists():  # before the push, as the Pusher does
        link_or_copy(str(statistics), str(dossier.past_statistics(registry, again)))
    push_model(models / str(card.serving_version), models, again, copy=link_or_copy)
    entry = dataclasses.replace(
        before, serving_version=again.serving_version, at=again.pushed_at, decision=decided, card=again
    )
    version_map.record(registry, entry)
    return entry


def _number(card: ModelCard) -> tuple[int, int, int]:
    return parse(card.version or "")

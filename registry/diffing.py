"""What made two versions different, as their cards and dossiers declare it: features, parameters, data, code, libraries."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from registry.dossier import DossierRecord
from schemas import codec, splits
from schemas.json_record import JsonRecord
from schemas.model_card import ModelCard

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
_TYPE = "@type"  # of schemas.codec
# Where something is the same by accident, and no cause of a difference: the place of the artifact on the training machine.
_NO_CAUSE = ("examples",)


@dataclass(frozen=True)
class Change(JsonRecord):
    """A value that two versions have differently.

    Attributes:
      name: where it stands, such as ``training.epochs``.
      before, after: JSON values; None where there is none.
    """

    name: str
    before: Any
    after: Any


@dataclass(frozen=True)
class FeatureChange(JsonRecord):
    """A feature that only one of two versions has, or that they make differently.

    Attributes:
      name: the feature.
      kind: ``added``, ``removed`` or ``changed``.
      changes: of a changed one, its settings; of another, those that it has.
    """

    name: str
    kind: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Difference(JsonRecord):
    """What differs between two versions. Whatever is empty is the same in both.

    Attributes:
      interface: what a request or an answer has: inputs, outputs, classes.
      features: as the page declares them.
      parameters: of the task, the model, the training, the splits; the thresholds, where both versions have a dossier.
      data: ``fingerprint``, ``limit``, ``span``, and ``rows`` by split.
      origin: the code of features and model, the commit, the devices.
      libraries: versions by name.
    """

    interface: tuple[Change, ...]
    features: tuple[FeatureChange, ...]
    parameters: tuple[Change, ...]
    data: tuple[Change, ...]
    origin: tuple[Change, ...]
    libraries: tuple[Change, ...]


def of_records(before: DossierRecord, after: DossierRecord) -> Difference:
    """What differs between two dossiers."""
    one, other = before.card, after.card
    parameters = {"thresholds": before.thresholds}, {"thresholds": after.thresholds}
    commits = tuple({"commit": record.commit and record.commit.to_json()} for record in (before, after))
    libraries = before.libraries, after.libraries
    return _difference(one, other, parameters, (commits[0], commits[1]), libraries)


def of_cards(before: ModelCard, after: ModelCard) -> Difference:
    """What differs between two cards: nothing of what only a dossier has."""
    return _difference(before, after, ({}, {}), ({}, {}), (before.libraries, after.libraries))


_Pair = tuple[Mapping[str, Any], Mapping[str, Any]]


def _difference(before: ModelCard, after: ModelCard, parameters: _Pair, commits: _Pair, libraries: _Pair) -> Difference:
    # Cards of older versions lack the settings that have come since, which were at their defaults.
    old, new = (codec.completed(card.configuration) for card in (before, after))
    return Difference(
        interface=changes(before.interface, after.interface),
        features=tuple(_features(old["features"], new["features"])),
        parameters=changes(_parameters(old, before, parameters[0]), _parameters(new, after, parameters[1])),
        data=changes(_data(before), _data(after)),
        origin=changes(_origin(before, commits[0]), _origin(after, commits[1])),
        libraries=changes(*libraries),
    )


def _parameters(declared: Mapping[str, Any], card: ModelCard, more: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: declared[key] for key in ("task", "model", "training") if key in declared}
    return found | {"splits": splits.said(card.splits)} | dict(more)


def _data(card: ModelCard) -> dict[str, Any]:
    return {key: value for key, value in card.data.items() if key not in _NO_CAUSE}


def _origin(card: ModelCard, commit: Mapping[str, Any]) -> dict[str, Any]:
    return {"code": card.code, "devices": card.devices, **commit}


def _features(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[FeatureChange]:
    for name in dict.fromkeys((*before, *after)):
        kind = ADDED if name not in before else REMOVED if name not in after else CHANGED
        found = changes(before.get(name, {}), after.get(name, {}))
        if found or kind != CHANGED:
            yield FeatureChange(name, kind, found)


def changes(before: Any, after: Any) -> tuple[Change, ...]:
    """The leaves of two nested values that differ, in the order of ``before`` and then of what only ``after`` has.

    A list is a leaf, but for several tasks, whose names are their labels. A setting that the two have alike is left out.
    """
    old, new = dict(leaves(before, "")), dict(leaves(after, ""))
    names = dict.fromkeys((*old, *new))
    return tuple(Change(name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name))


def _are_tasks(value: Any) -> bool:
    """Whether they are those of a page that has several (schemas.tasks.Several), each with a label of its own."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(one, Mapping) and _TYPE in one and one.get("label") for one in value)
    )


def leaves(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The values within nested mappings, each with its place: names with dots between, ``name`` before them."""
    if _are_tasks(value):
        value = {task["label"]: {key: item for key, item in task.items() if key != "label"} for task in value}
    if isinstance(value, Mapping):
        for key, item in value.items():
            # The type of an object is the value of its own name: ``model`` from Tabular to Custom.
            yield from leaves(item, name if key == _TYPE else f"{name}.{key}" if name else key)
    else:
        yield name or "type", value

"""Features and parameters as the page declares them; what differs from the version before is marked."""

import json
from dataclasses import dataclass
from typing import Any

from registry import diffing
from registry.diffing import ADDED, Change, Difference, FeatureChange
from reports.material import Material
from reports.sections.section import Section

_TYPE = "@type"  # of schemas.codec
_GROUPS = {"model": "Model", "training": "Training", "splits": "Splits"}


@dataclass(frozen=True)
class Setting:
    """A setting; ``before`` is its value in the version before where that was another, else None."""

    name: str
    value: str
    before: str | None


@dataclass(frozen=True)
class Feature:
    """A feature: its kind, how it is encoded, and what of it was different in the version before, else None."""

    name: str
    kind: str
    settings: str
    before: str | None


@dataclass(frozen=True)
class View:
    """Groups of settings by title and kind, the features, those that are gone, and the version before."""

    groups: list[tuple[str, str, list[Setting]]]
    features: list[Feature]
    removed: list[str]
    previous: str | None


def section(material: Material) -> Section:
    """The section; it needs the card alone."""
    card = material.record.card
    now: dict[str, Any] = {**card.configuration, "splits": card.splits}
    found = difference(material)
    before = {change.name: text(change.before) for change in found.parameters} if found else {}
    groups = [
        (
            title,
            str(now[key].get(_TYPE, "")),
            # A drawn graph has its layers in a mapping.
            [_setting(key, name, value, before) for name, value in diffing.leaves(_settings(now[key]), "")],
        )
        for key, title in _GROUPS.items()
        if now.get(key)
    ]
    changed = {feature.name: feature for feature in found.features} if found else {}
    features = [_feature(name, value, changed.get(name)) for name, value in now.get("features", {}).items()]
    removed = [name for name in changed if name not in now.get("features", {})]
    previous = material.previous.version if material.previous else None
    return Section(
        id="parameters",
        title="Parameters",
        lead=_lead(len(features), changes(material), previous),
        view=View(groups, features, removed, previous),
    )


def _settings(part: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name != _TYPE}


def difference(material: Material) -> Difference | None:
    """What this version and the one before were made of, as far as that differs; None without one before."""
    return diffing.of_records(material.previous.record, material.record) if material.previous else None


def changes(material: Material) -> list[tuple[str, str, str]]:
    """The features and parameters that differ from the version before: name, value before, value now."""
    found = difference(material)
    if found is None:
        return []
    return [*(row for feature in found.features for row in _of_feature(feature)), *rows(found.parameters)]


def rows(found: tuple[Change, ...]) -> list[tuple[str, str, str]]:
    """Changes as rows of a table."""
    return [(change.name, text(change.before), text(change.after)) for change in found]


def text(value: Any) -> str:
    """A setting as one types it."""
    if isinstance(value, list | tuple):
        return ",".join(text(item) for item in value)
    if isinstance(value, dict):
        return json.dumps(value)
    return "none" if value is None else str(value)


def _lead(features: int, changed: list[tuple[str, str, str]], previous: str | None) -> str:
    start = f"{features} {'feature' if features == 1 else 'features'}"
    if previous is None:
        return f"{start}."
    if not changed:
        return f"{start}; the same features and parameters as version {previous}."
    return f"{start}; {len(changed)} {'change' if len(changed) == 1 else 'changes'} since version {previous}."


def _of_feature(feature: FeatureChange) -> list[tuple[str, str, str]]:
    name = f"feature {feature.name}"
    if feature.kind == diffing.CHANGED:
        return [(f"{name}, {change.name}", text(change.before), text(change.after)) for change in feature.changes]
    return [(name, "not there", "added")] if feature.kind == ADDED else [(name, "there", "removed")]


def _setting(group: str, name: str, value: Any, before: dict[str, str]) -> Setting:
    return Setting(name, text(value), before.get(f"{group}.{name}"))


def _feature(name: str, value: dict[str, Any], change: FeatureChange | None) -> Feature:
    # What says something: not what is off, empty or none.
    settings = [
        f"{key}={text(item)}" for key, item in value.items() if key != _TYPE and item not in (None, False, [], "", 0)
    ]
    before = None
    if change is not None:
        was = ", ".join(f"{one.name}={text(one.before)}" for one in change.changes)
        before = "not there" if change.kind == ADDED else was
    return Feature(name, str(value.get(_TYPE, "")), ", ".join(settings), before)

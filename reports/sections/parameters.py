"""Features and parameters as the page declares them; what differs from the version before is marked."""

import json
from dataclasses import dataclass
from typing import Any

from reports.material import Material
from reports.sections.section import Section

_TYPE = "@type"
_GROUPS = {"model": "Model", "training": "Training", "splits": "Splits"}


@dataclass(frozen=True)
class Setting:
    """A setting; ``before`` is its value in the version before where that was another, else None."""

    name: str
    value: str
    before: str | None


@dataclass(frozen=True)
class Feature:
    """A feature: its kind, how it is encoded, and what it was before where that differs."""

    name: str
    kind: str
    settings: str
    before: str | None


@dataclass(frozen=True)
class View:
    """Groups of settings by title, the features, and those that are gone."""

    groups: list[tuple[str, str, list[Setting]]]
    features: list[Feature]
    removed: list[str]
    changes: int
    previous: str | None


def section(material: Material) -> Section:
    """The section; it needs the card alone."""
    now = _configuration(material)
    before = _configuration(material.previous) if material.previous else None
    groups = [
        (
            title,
            str(now.get(key, {}).get(_TYPE, "")),
            _settings(now.get(key, {}), before.get(key, {}) if before else None),
        )
        for key, title in _GROUPS.items()
        if now.get(key)
    ]
    features = _features(now.get("features", {}), before.get("features", {}) if before else None)
    removed = [name for name in (before or {}).get("features", {}) if name not in now.get("features", {})]
    changes = len(changed(material))
    previous = material.previous.version if material.previous else None
    lead = f"{len(features)} {'feature' if len(features) == 1 else 'features'}"
    if previous:
        lead += (
            f"; {changes} {'change' if changes == 1 else 'changes'} since version {previous}"
            if changes
            else (f"; the same features and parameters as version {previous}")
        )
    return Section(
        id="parameters",
        title="Parameters",
        lead=f"{lead}.",
        view=View(groups, features, removed, changes, previous),
    )


def changed(material: Material) -> list[tuple[str, str, str]]:
    """What differs from the version before: name, value before, value now; empty without one."""
    if material.previous is None:
        return []
    before, now = (_flat(_configuration(each)) for each in (material.previous, material))
    names = [*before, *(name for name in now if name not in before)]
    return [
        (name, before.get(name, "none"), now.get(name, "none")) for name in names if before.get(name) != now.get(name)
    ]


def _configuration(material: Material) -> dict[str, Any]:
    card = material.record.card
    return {**card.configuration, "splits": card.splits}


def _flat(configuration: dict[str, Any]) -> dict[str, str]:
    """Settings by dotted names, and each feature as a whole."""
    flat = {}
    for group in _GROUPS:
        for name, value in configuration.get(group, {}).items():
            flat[group if name == _TYPE else f"{group}.{name}"] = text(value)
    for name, value in configuration.get("features", {}).items():
        flat[f"feature {name}"] = f"{value.get(_TYPE, '')} {_of_feature(value)}".strip()
    return flat


def _settings(now: dict[str, Any], before: dict[str, Any] | None) -> list[Setting]:
    return [
        Setting(name, text(value), text(before.get(name)) if before is not None and before.get(name) != value else None)
        for name, value in now.items()
        if name != _TYPE
    ]


def _features(now: dict[str, Any], before: dict[str, Any] | None) -> list[Feature]:
    found = []
    for name, value in now.items():
        was = None
        if before is not None and before.get(name) != value:
            was = _of_feature(before[name]) or "defaults" if name in before else "not there"
        found.append(Feature(name, str(value.get(_TYPE, "")), _of_feature(value), was))
    return found


def _of_feature(feature: dict[str, Any]) -> str:
    """What says something: not what is off, empty or none."""
    return ", ".join(
        f"{name}={text(value)}"
        for name, value in feature.items()
        if name != _TYPE and value not in (None, False, [], "", 0)
    )


def text(value: Any) -> str:
    """A setting as one types it."""
    if isinstance(value, list):
        return ",".join(text(item) for item in value)
    if isinstance(value, dict):
        return json.dumps(value)
    return "none" if value is None else str(value)

"""Two versions side by side: metrics, and what was set differently. For a thread, as it reads every answer of both."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from registry import diffing, dossier
from registry.diffing import Change
from registry.version_map import Entry
from schemas import model_card
from schemas.errors import InputError
from schemas.home import Home
from studio.messages.versions import MetricDifference
from studio.versions import rows, texts

if TYPE_CHECKING:  # they import numpy and pyarrow
    from analysis.comparison_records import Comparison
    from reports.version_difference import VersionDifference

LEFT, RIGHT = "left", "right"
_CLEAR = ("better", "worse")  # conclusions of analysis.comparison


@dataclass(frozen=True)
class Side:
    """One of two versions: its entry, and its dossier's folder, which may not be there."""

    entry: Entry
    folder: Path

    @property
    def has_dossier(self) -> bool:
        """Whether it was kept."""
        return (self.folder / dossier.RECORD).is_file()


@dataclass(frozen=True)
class Compared:
    """Metrics, settings by dotted name, and what could not be compared."""

    metrics: list[MetricDifference]
    settings: dict[str, tuple[str | None, str | None]]
    notes: list[str]


def side_of(home: Home, name: str, id: str) -> Side:
    """Raises InputError for a version that there is not."""
    folder, entry = rows.find(home.registry(name), name, id)
    return Side(entry, folder)


def compare(name: str, left: Side, right: Side) -> Compared:
    """Compares two versions: on the same examples where both dossiers have their answers, else by their own verdicts."""
    missing = [_name(side.entry) for side in (left, right) if not side.has_dossier]
    if missing:
        note = f"the dossier of {' and of '.join(missing)} was not kept: metrics are each version's own, and not tested"
        difference = diffing.of_cards(left.entry.card, right.entry.card)
        return Compared(list(_own_metrics(left.entry, right.entry, set())), dict(_settings(difference)), [note])
    from reports import version_difference

    found = version_difference.make(name, version_difference.Sources(left.folder, right.folder), 0)
    metrics = list(_tested(found))
    metrics += _own_metrics(left.entry, right.entry, {metric.metric for metric in metrics})
    notes = [*found.notes, *dict.fromkeys(note for one in _each(found).values() for note in one.notes)]
    return Compared(metrics, dict(_settings(found.difference)), [*notes, *_both(found)])


def _each(found: "VersionDifference") -> "dict[str, Comparison]":
    """The comparisons by label; of a single label under ""."""
    return found.tasks or ({"": found.comparison} if found.comparison is not None else {})


def _both(found: "VersionDifference") -> Iterator[str]:
    compared = {label: one for label, one in _each(found).items() if one.joined}
    if compared:
        changed = ", ".join(
            f"{one.changed} answers{f' to {label}' * bool(label)} differ" for label, one in compared.items()
        )
        joined = max(one.joined for one in compared.values())
        yield f"metrics are of the {joined} test examples that both answered; {changed}"


def _tested(found: "VersionDifference") -> Iterator[MetricDifference]:
    """The metrics on the examples that both answered, with the paired difference's conclusion."""
    measured = ((label, one) for label, compared in _each(found).items() if compared.joined for one in compared.metrics)
    for label, one in measured:
        yield MetricDifference(
            metric=f"{label}.{one.name}" if label else one.name,
            left=one.before.value,
            right=one.after.value,
            left_interval=[one.before.low, one.before.high],
            right_interval=[one.after.low, one.after.high],
            better=_better(one.before.value, one.after.value, higher_is_better=one.higher_is_better),
            significant=one.conclusion in _CLEAR,
        )


def _own_metrics(left: Entry, right: Entry, known: set[str]) -> Iterator[MetricDifference]:
    """The metrics of each version's own verdict."""
    for name in dict.fromkeys((*left.metrics, *right.metrics)):
        if name not in known:
            one, other = left.metrics.get(name), right.metrics.get(name)
            yield MetricDifference(
                metric=name,
                left=one,
                right=other,
                left_interval=_interval(left, name),
                right_interval=_interval(right, name),
                better=_better(one, other, higher_is_better=_higher_is_better(right, name)),
                significant=None,
            )


def _interval(entry: Entry, metric: str) -> list[float | None] | None:
    found = entry.intervals.get(metric)
    return [found.low, found.high] if found is not None else None


def _higher_is_better(entry: Entry, metric: str) -> bool | None:
    try:
        return model_card.description_of(entry.card).task.metric(metric).higher_is_better
    except (InputError, StopIteration):
        return None


def _better(left: float | None, right: float | None, *, higher_is_better: bool | None) -> str | None:
    if left is None or right is None or left == right or higher_is_better is None:
        return None
    return RIGHT if (right > left) == higher_is_better else LEFT


def _settings(found: diffing.Difference) -> Iterator[tuple[str, tuple[str | None, str | None]]]:
    """Features, then parameters, then data; what both have alike is left out."""
    for feature in found.features:
        name = f"features.{feature.name}"
        if feature.kind == diffing.CHANGED:
            yield from _changes({f"{name}.{change.name}": change for change in feature.changes})
        else:
            kind = next((change for change in feature.changes if change.name == "type"), None)
            values = (kind.before, kind.after) if kind is not None else (None, None)
            shown = [texts.text(value) if value is not None else None for value in values]
            yield name, (shown[0], shown[1])
    yield from _changes({change.name: change for change in found.parameters})
    yield from _changes({f"data.{change.name}": change for change in found.data})


def _changes(found: Mapping[str, Change]) -> Iterator[tuple[str, tuple[str | None, str | None]]]:
    for name, change in found.items():
        left, right = (texts.flat({name: value}).get(name) for value in (change.before, change.after))
        if left != right:
            yield name, (None if change.before is None else left, None if change.after is None else right)


def _name(entry: Entry) -> str:
    return entry.version or str(entry.run_id)

"""TFDV's statistics of the columns, as a table shows them; what stands out is said in sentences.

A statistic's type is tensorflow_metadata's: a message ``FeatureNameStatistics`` for each column of a split.
"""

import itertools
import math
from dataclasses import dataclass, field
from typing import Any

from reports import wording
from reports.material import Material
from schemas import splits
from schemas.tasks import CLASS

_MISSING = 0.3  # the share from which on it is worth a sentence
_CHANGE = 0.1  # the difference of two splits' shares
_DEVIATIONS = 0.5  # of the train split: how far the mean of another may be off
_FEWEST = 50  # examples from which on two splits are compared: below, chance differs as much
_NAMES = 4
_BARS = 20
_LARGE = "__LARGE_BYTES__"  # tensorflow_data_validation.constants.LARGE_BYTES_PLACEHOLDER


@dataclass(frozen=True)
class Bar:
    """A bar of a small histogram: position, width and height in per cent, and what it is."""

    left: float
    width: float
    height: float
    title: str


@dataclass(frozen=True)
class Column:
    """A column of the source.

    Attributes:
      name, kind: ``number``, ``names``, ``text`` or ``picture``.
      role: ``label`` or ``feature``; ``slice`` of a column that groups alone.
      missing: the share of missing values by split, as text.
      summary: the train split's values in words.
      bars: their histogram, or the shares of the most frequent names.
      observations: what stands out, a sentence each.
    """

    name: str
    kind: str
    role: str
    missing: list[str]
    summary: str
    bars: list[Bar] = field(default_factory=list)
    observations: list[str] = field(default_factory=list)


def read(material: Material) -> list[Column]:
    """The columns of the train split, or of the first one that has statistics; the label first. Empty without statistics."""
    found = {split: {_name(one): one for one in material.statistics[split].features} for split in _splits(material)}
    if not found:
        return []
    first = found[next(iter(found))]
    columns = [_column(material, name, found) for name in first]
    order = {"label": 0, "feature": 1, "slice": 2}
    return sorted(columns, key=lambda column: order[column.role])


def _splits(material: Material) -> list[str]:
    return [split for split in splits.NAMES if split in material.statistics]


def _name(found: Any) -> str:
    return ".".join(found.path.step) or found.name


def _column(material: Material, name: str, found: dict[str, dict[str, Any]]) -> Column:
    by_split = {split: columns[name] for split, columns in found.items() if name in columns}
    first = next(iter(by_split.values()))
    kind = _kind(material, name, first)
    predicted = material.of_label(name)
    role = "label" if predicted else "feature" if name in material.record.card.inputs else "slice"
    missing = [wording.share(_missing(by_split[split])) if split in by_split else "no column" for split in found]
    if predicted and predicted.task.classes_or_none and first.HasField("num_stats"):
        kind = "class" if predicted.task.kind == CLASS else "classes"
        return Column(name, kind, role, missing, _classes(predicted), _class_bars(predicted))
    noted = [] if predicted else _noted(name, by_split)
    if kind == "number":
        return Column(name, kind, role, missing, _numbers(first.num_stats), _histogram(first.num_stats), noted)
    if kind == "picture":
        return Column(name, kind, role, missing, f"{_average(first)} bytes on average", [], [])
    return Column(name, kind, role, missing, _strings(first, kind), _top(first, kind), noted)


def _kind(material: Material, name: str, found: Any) -> str:
    if material.record.card.inputs.get(name, {}).get("type") == "image":
        return "picture"
    if found.HasField("num_stats"):
        return "number"
    strings = found.string_stats
    many = strings.unique > max(_BARS, strings.common_stats.num_non_missing / 2)
    return "text" if many or strings.avg_length > 40 else "names"


def _common(found: Any) -> Any:
    return getattr(found, found.WhichOneof("stats") or "num_stats").common_stats


def _missing(found: Any) -> float:
    common = _common(found)
    total = common.num_missing + common.num_non_missing
    return common.num_missing / total if total else math.nan


def _average(found: Any) -> str:
    text = found.string_stats.avg_length if found.HasField("string_stats") else found.bytes_stats.avg_num_bytes
    return wording.number(round(text))


def _numbers(found: Any) -> str:
    zeros = found.num_zeros / found.common_stats.num_non_missing if found.common_stats.num_non_missing else 0
    text = (
        f"{wording.number(found.min)} to {wording.number(found.max)}, median {wording.number(found.median)}, "
        f"mean {wording.number(found.mean)} ± {wording.number(found.std_dev)}"
    )
    return f"{text}, {wording.share(zeros)} zeros" if zeros > 0.05 else text


def _strings(found: Any, kind: str) -> str:
    strings = found.string_stats
    if kind == "text":
        return f"{wording.number(strings.avg_length)} characters on average, {strings.unique:,} different texts"
    names = [f"{_shown(one.value)} {wording.share(_of(found, one.frequency))}" for one in _frequent(found)[:_NAMES]]
    return f"{wording.count(strings.unique, 'name')}: {wording.listed(names)}" if names else f"{strings.unique:,} names"


def _frequent(found: Any) -> list[Any]:
    """The most frequent values; without what TFDV counts all texts of more than 1,024 bytes as."""
    return [one for one in found.string_stats.top_values if one.value != _LARGE]


def _shown(text: str) -> str:
    return wording.short(text, 30) if text.strip() else "empty"


def _of(found: Any, frequency: float) -> float:
    total = found.string_stats.common_stats.num_non_missing
    return frequency / total if total else math.nan


def _top(found: Any, kind: str) -> list[Bar]:
    if kind == "text":
        return []
    shares = [(one.value, _of(found, one.frequency)) for one in _frequent(found)[:_BARS]]
    return _bars(shares)


def _bars(shares: list[tuple[str, float]]) -> list[Bar]:
    most = max((share for _, share in shares if math.isfinite(share)), default=0.0) or 1.0
    wide = 100 / max(1, len(shares))
    return [
        Bar(
            round(place * wide, 2),
            round(wide * 0.86, 2),
            round(100 * share / most, 1),
            f"{_shown(name)}: {wording.share(share)}",
        )
        for place, (name, share) in enumerate(shares)
        if math.isfinite(share)
    ]


def _classes(material: Material) -> str:
    shares = _class_shares(material)
    if not shares:
        return f"{len(material.task.classes_or_none or ()):,} classes"
    ordered = sorted(shares, key=lambda pair: -pair[1])
    if len(ordered) <= _NAMES:
        return wording.listed([f"{name} {wording.share(share)}" for name, share in ordered])
    most, least = ordered[0], ordered[-1]
    return (
        f"{len(ordered):,} classes, from {_shown(least[0])} ({wording.share(least[1])}) "
        f"to {_shown(most[0])} ({wording.share(most[1])}) in the test split"
    )


def _class_shares(material: Material) -> list[tuple[str, float]]:
    """Of the test split, whose labels the analysis has counted; the statistics have a class's number alone."""
    if material.analysis is None or material.analysis.classification is None or not material.analysis.rows:
        return []
    return [(each.name, each.support / material.analysis.rows) for each in material.analysis.classification.per_class]


def _class_bars(material: Material) -> list[Bar]:
    shares = _class_shares(material)
    return _bars(shares if len(shares) <= _BARS else sorted(shares, key=lambda pair: -pair[1])[:_BARS])


def _histogram(found: Any) -> list[Bar]:
    """The standard histogram: buckets of equal width."""
    standard = next((one for one in found.histograms if one.type == 0), None)
    buckets = [one for one in standard.buckets if math.isfinite(one.high_value - one.low_value)] if standard else []
    if not buckets:
        return []
    low, high = buckets[0].low_value, buckets[-1].high_value
    most = max(one.sample_count for one in buckets) or 1.0
    if high <= low:
        return []
    return [
        Bar(
            round(100 * (one.low_value - low) / (high - low), 2),
            round(max(1.0, 94 * (one.high_value - one.low_value) / (high - low)), 2),
            round(100 * one.sample_count / most, 1),
            f"{wording.number(one.low_value)} to {wording.number(one.high_value)}: {one.sample_count:,.0f}",
        )
        for one in buckets
    ]


def _noted(name: str, by_split: dict[str, Any]) -> list[str]:
    """What stands out in a column: missing values, a constant, splits that differ."""
    found = []
    first = next(iter(by_split.values()))
    missing = {split: _missing(one) for split, one in by_split.items()}
    most = max(missing.values(), default=0.0)
    if most >= _MISSING:
        found.append(f"{name}: {wording.share(most)} of its values are missing.")
    if _constant(first):
        found.append(f"{name} has a single value: the model can learn nothing from it.")
    for one, other in itertools.combinations(by_split, 2):
        if min(_rows(by_split[one]), _rows(by_split[other])) < _FEWEST:
            continue
        if abs(missing[one] - missing[other]) > _CHANGE:
            here, there = wording.share(missing[one]), wording.share(missing[other])
            found.append(f"{name} is missing in {here} of the {one} split and in {there} of the {other} split.")
        found += _shift(name, one, by_split[one], other, by_split[other])
    return found


def _rows(found: Any) -> int:
    return int(_common(found).num_non_missing)


def _constant(found: Any) -> bool:
    if not _rows(found):
        return False
    if found.HasField("num_stats"):
        return bool(found.num_stats.min == found.num_stats.max)
    return bool(found.string_stats.unique == 1)


def _shift(name: str, one: str, here: Any, other: str, there: Any) -> list[str]:
    """A mean that is off by half a standard deviation, or a frequent name whose share differs by ten points."""
    if here.HasField("num_stats") and there.HasField("num_stats"):
        a, b = here.num_stats, there.num_stats
        if a.std_dev > 0 and abs(a.mean - b.mean) > _DEVIATIONS * a.std_dev:
            means = f"{wording.number(a.mean)} in the {one} split and {wording.number(b.mean)} in the {other} split"
            return [f"{name} has a mean of {means}: the splits differ."]
        return []
    shares = {value.value: _of(there, value.frequency) for value in _frequent(there)}
    return [
        f"{name}: {_shown(value.value)} is {wording.share(_of(here, value.frequency))} of the {one} split and "
        f"{wording.share(shares.get(value.value, 0.0))} of the {other} split."
        for value in _frequent(here)[:_NAMES]
        if abs(_of(here, value.frequency) - shares.get(value.value, 0.0)) > _CHANGE
    ]

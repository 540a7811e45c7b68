"""The distance of each column from the train split, as TensorFlow Data Validation measures it, and what breaks the schema."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from analysis import drift
from analysis.drift import ColumnDrift
from prediction.files.rows import kinds
from schemas.model_card import ModelCard

DEFAULT_BOUND = 0.2
"""Of every column, where the schema has no drift_comparator at all: nobody has said what may be expected."""
_NO_BOUND = 1.0  # no distance is larger
_MOSTLY_UNIQUE = 0.5  # the share of values that stand once, from which on the values of two samples hardly meet
_MEASURES = {
    anomalies_pb2.DriftSkewInfo.Measurement.L_INFTY: drift.INFINITY,
    anomalies_pb2.DriftSkewInfo.Measurement.JENSEN_SHANNON_DIVERGENCE: drift.JENSEN_SHANNON,
}
_COMPARISONS = {
    anomalies_pb2.AnomalyInfo.COMPARATOR_L_INFTY_HIGH,
    anomalies_pb2.AnomalyInfo.COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH,
}
Statistics: TypeAlias = statistics_pb2.DatasetFeatureStatisticsList
Feature: TypeAlias = statistics_pb2.FeatureNameStatistics


@dataclass(frozen=True)
class Found:
    """What the comparison finds.

    Attributes:
      columns: each input of the model, in the card's order.
      anomalies: what breaks the schema, a sentence each.
    """

    columns: tuple[ColumnDrift, ...]
    anomalies: tuple[str, ...]


def compare(present: Statistics, train: Statistics, schema: schema_pb2.Schema, card: ModelCard) -> Found:
    """The inputs of the model in the new rows against the train split.

    Args:
      present, train: of the new rows, and of the split.
      schema: of the version's dossier. A column without a drift_comparator is measured and not judged; where no column has
        one, each has the bound ``DEFAULT_BOUND``.
    """
    names = [name for name, kind in kinds(card).items() if kind != "image"]
    judged = _judging(schema, names)
    bounds = {feature.name: _bound(feature) for feature in judged.feature}
    if not names:
        return Found(tuple(_picture(name) for name in card.inputs), ())
    anomalies = tfdv.validate_statistics(present, judged, previous_statistics=train)
    measured = {
        info.path.step[0]: (_MEASURES[one.type], one.value)
        for info in anomalies.drift_skew_info
        for one in info.drift_measurements
    }
    new, old = _by_name(present), _by_name(train)
    found = []
    for name in card.inputs:
        if name in names and name in new and name in old:
            found.append(_column(name, measured.get(name), bounds.get(name), new[name], old[name]))
        else:
            found.append(_picture(name))
    return Found(tuple(found), tuple(_broken(anomalies)))


def answer_bound(schema: schema_pb2.Schema, label: str, default: float) -> tuple[str, float]:
    """The measure and bound of answers: those of the label's drift_comparator, else the default."""
    for feature in schema.feature:
        if feature.name == label and feature.HasField("drift_comparator"):
            comparator = feature.drift_comparator
            if comparator.HasField("jensen_shannon_divergence"):
                return drift.JENSEN_SHANNON, comparator.jensen_shannon_divergence.threshold
            return drift.INFINITY, comparator.infinity_norm.threshold
    return drift.JENSEN_SHANNON, default


def _judging(schema: schema_pb2.Schema, names: list[str]) -> schema_pb2.Schema:
    """The schema of these columns, each with a drift_comparator, as TFDV measures no others."""
    kept = schema_pb2.Schema()
    kept.CopyFrom(schema)
    del kept.feature[:]
    kept.feature.extend(feature for feature in schema.feature if feature.name in names)
    any_bound = any(feature.HasField("drift_comparator") for feature in kept.feature)
    for feature in kept.feature:
        feature.ClearField("skew_comparator")
        if not feature.HasField("drift_comparator"):
            bound = _NO_BOUND if any_bound else DEFAULT_BOUND
            comparator = feature.drift_comparator
            by_share = feature.type == schema_pb2.BYTES
            (comparator.infinity_norm if by_share else comparator.jensen_shannon_divergence).threshold = bound
    return kept


def _bound(feature: schema_pb2.Feature) -> float | None:
    comparator = feature.drift_comparator
    is_js = comparator.HasField("jensen_shannon_divergence")
    bound = (comparator.jensen_shannon_divergence if is_js else comparator.infinity_norm).threshold
    return None if bound >= _NO_BOUND else float(bound)


def _column(
    name: str, measured: tuple[str, float] | None, bound: float | None, new: Feature, old: Feature
) -> ColumnDrift:
    missing, missing_before = _missing(new), _missing(old)
    if measured is None or (bound is None and _is_mostly_unique(old)):
        what = "nearly every row has a value of its own" if _is_mostly_unique(old) else "no values to compare"
        return _not_compared(name, missing, missing_before, what)
    measure, distance = measured
    return ColumnDrift(
        column=name,
        measure=measure,
        distance=distance,
        bound=bound,
        over=bound is not None and distance > bound,
        missing=missing,
        missing_before=missing_before,
        change=_change(new, old),
    )


def _picture(name: str) -> ColumnDrift:
    return _not_compared(name, 0.0, 0.0, "a picture is compared by the answers to it alone")


def _not_compared(name: str, missing: float, missing_before: float, why: str) -> ColumnDrift:
    return ColumnDrift(
        column=name,
        measure="",
        distance=None,
        bound=None,
        over=False,
        missing=missing,
        missing_before=missing_before,
        change=why,
    )


def _by_name(statistics: Statistics) -> dict[str, Feature]:
    return {feature.path.step[0]: feature for feature in statistics.datasets[0].features}


def _common(feature: Feature) -> statistics_pb2.CommonStatistics:
    return (feature.num_stats if feature.HasField("num_stats") else feature.string_stats).common_stats


def _missing(feature: Feature) -> float:
    common = _common(feature)
    rows = common.num_missing + common.num_non_missing
    return float(common.num_missing / rows) if rows else 0.0


def _is_mostly_unique(feature: Feature) -> bool:
    if not feature.HasField("string_stats"):
        return False
    return feature.string_stats.unique > _MOSTLY_UNIQUE * max(_common(feature).num_non_missing, 1)


def _change(new: Feature, old: Feature) -> str:
    """What changed most, in words."""
    if new.HasField("num_stats") and old.HasField("num_stats"):
        return f"median {old.num_stats.median:.4g} → {new.num_stats.median:.4g}"
    changed = drift.largest_change(_shares(old), _shares(new))
    if changed is None:
        return ""
    value, before, after = changed
    return f"{value!r} {before:.1%} → {after:.1%}"


def _shares(feature: Feature) -> dict[str, float]:
    buckets = feature.string_stats.rank_histogram.buckets
    total = sum(bucket.sample_count for bucket in buckets)
    return {bucket.label: bucket.sample_count / total for bucket in buckets} if total else {}


def _broken(anomalies: anomalies_pb2.Anomalies) -> Iterator[str]:
    """A sentence for each rule of the schema that is broken; the distances have their table."""
    for name, info in sorted(anomalies.anomaly_info.items()):
        for reason in info.reason:
            if reason.type not in _COMPARISONS:
                yield f"column {name!r}: {' '.join(reason.description.split()).rstrip('.')}"

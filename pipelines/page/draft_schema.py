"""The curated schema of a draft: what its columns held, with room for the rows of tomorrow."""

import math
from collections.abc import Mapping

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from components.data.inference.drafts import Column, Draft

_CLOSED = 20  # names that a closed domain has at most
_SEEN = 20  # rows that the rarest of them has at least: then a name that was never seen is rare, too (Good, 1953)
_DOMAIN_MASS = 0.95  # the share of rows whose name is in the domain
_GAPS = 0.2  # the share of rows that may lack a value beyond those that do
_LONG_TAIL = 10  # times the largest amount seen
_HEADER = """# Written by `slipway new` from the rows of {file}; read it, and correct it where you know better.
# A number may lie as far outside of the range that was seen as that is wide (an amount with a long tail up to {tail} times
# the largest), up to {gaps:.0%} more rows may lack a value, and columns of few names, each of many rows, have a closed domain.
"""


def schema(draft: Draft, kinds: Mapping[str, str]) -> str:
    """A tensorflow_metadata Schema in text format.

    Args:
      kinds: the columns that the page reads, with their type: ``number``, ``string``, ``image`` or ``label``.
    """
    found = schema_pb2.Schema()
    for name, kind in kinds.items():
        column = draft.column(name)
        feature = found.feature.add(name=name)
        required = kind in ("label", "image")
        feature.value_count.min, feature.value_count.max = int(required), 1
        missing = column.missing if column is not None and not required else 0.0
        feature.presence.min_fraction = 1.0 if required else _share(1 - missing - _GAPS)
        # Of a column with a few values a split may well have none.
        feature.presence.min_count = int(feature.presence.min_fraction > 0)
        if kind == "label":
            _label(feature, draft, column)
        elif kind == "number":
            _number(feature, column)
        else:
            feature.type = schema_pb2.BYTES
            if kind == "string" and column is not None and column.kind == "category":
                _names(feature, column, draft)
    text = text_format.MessageToString(found, as_utf8=True)
    return _HEADER.format(file=" ".join(draft.file.split()), tail=_LONG_TAIL, gaps=_GAPS) + text


def _label(feature: schema_pb2.Feature, draft: Draft, column: Column | None) -> None:
    if draft.classes is None:
        _number(feature, column)
        return
    feature.type = schema_pb2.INT
    domain = feature.int_domain
    several = draft.task == "MultiLabel"  # a bit for each class
    most = 2 ** len(draft.classes) - 1 if several else len(draft.classes) - 1
    domain.name, domain.min, domain.max, domain.is_categorical = draft.label, 0, most, not several


def _number(feature: schema_pb2.Feature, column: Column | None) -> None:
    feature.type = schema_pb2.FLOAT
    if column is None or column.minimum is None or column.maximum is None:
        return
    low, high = widened(column.minimum, column.maximum, tail=column.options.get("scale") == "log")
    if math.isfinite(low) and math.isfinite(high):
        domain = feature.float_domain
        domain.name, domain.min, domain.max = column.name, low, high


def widened(low: float, high: float, *, tail: bool = False) -> tuple[float, float]:
    """A range as much wider on each side as it is wide (or as its number is large); what is never negative stays so."""
    width = max(high - low, abs(high), abs(low), 1.0) if low == high else high - low
    above = high * _LONG_TAIL if tail and high > 0 else high + width
    below = 0.0 if low >= 0 else low - width
    return _outward(below, math.floor), _outward(max(above, high + width), math.ceil)


def _outward(value: float, rounding: "type[int] | object") -> float:
    """Two digits, away from the middle: 3.27 is no bound that a person would write."""
    if not value or not math.isfinite(value):
        return value
    step = 10.0 ** (math.floor(math.log10(abs(value))) - 1)
    return float(f"{rounding(value / step) * step:.3g}")  # type: ignore[operator]


def _names(feature: schema_pb2.Feature, column: Column, draft: Draft) -> None:
    few = 0 < len(column.counts) <= _CLOSED and min(column.counts.values()) >= _SEEN
    if not few or column.options.get("names"):
        return
    feature.string_domain.name = column.name
    feature.string_domain.value.extend(sorted(column.counts))
    feature.distribution_constraints.min_domain_mass = _DOMAIN_MASS


def _share(value: float) -> float:
    return round(min(max(value, 0.0), 1.0), 2)

"""Drift: how far new data, and a model's answers to it, are from what the model was made and judged with.

The distances of columns are TensorFlow Data Validation's (components.drift); those of answers are computed here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from schemas.json_record import JsonRecord

INFINITY, JENSEN_SHANNON = "L-infinity distance", "Jensen-Shannon divergence"
BINS = 10


@dataclass(frozen=True, kw_only=True)
class ColumnDrift(JsonRecord):
    """How far a column of the new rows is from the train split.

    Attributes:
      column: the raw column.
      measure: INFINITY or JENSEN_SHANNON; "" where it is not compared.
      distance: 0 for equal distributions, at most 1; None where it is not compared.
      bound: how large it may be; None where it is not judged.
      over: whether the distance is larger than the bound.
      missing, missing_before: the share of rows without a value, 0 to 1.
      change: what changed most, in words; "" where nothing can be said.
    """

    column: str
    measure: str
    distance: float | None
    bound: float | None
    over: bool
    missing: float
    missing_before: float
    change: str = ""


@dataclass(frozen=True, kw_only=True)
class AnswerDrift(JsonRecord):
    """How far the answers to the new rows are from those to the test split.

    Attributes:
      measure: INFINITY or JENSEN_SHANNON, of the classes' shares or of the values.
      distance, bound, over: as in ``ColumnDrift``.
      p_value: how probable a difference as large is by chance: Pearson's chi-squared test of the classes' counts, or
        Kolmogorov and Smirnov's of the values; None where one class is the only answer. Where an answer is several classes,
        the lowest one of a class times the number of classes (Bonferroni).
      shares, shares_before: of the answers that are, or have, each class; empty for a regression.
      mean, mean_before: of the confidence, or of the value; where an answer is several classes, how many it has.
      confidence: the statistic of Kolmogorov and Smirnov between the confidences, 0 to 1; None for a regression, and where an
        answer is several classes.
    """

    measure: str
    distance: float
    bound: float
    over: bool
    p_value: float | None
    shares: dict[str, float]
    shares_before: dict[str, float]
    mean: float
    mean_before: float
    confidence: float | None


@dataclass(frozen=True, kw_only=True)
class Drift(JsonRecord):
    """What ``slipway drift --json`` prints, and ``reports/<dataset>/drift/`` keeps.

    Attributes:
      dataset, version: the model.
      source: the file with the new rows.
      at: when (ISO 8601, UTC).
      rows: how many new rows there are.
      trained_rows: how many the train split has.
      judged: whether there are enough rows to judge; of too few, chance alone makes any distance.
      over: whether anything is over its bound.
      columns: the nearest to its bound, or furthest over it, first.
      anomalies: what breaks the schema, a sentence each.
      answers: None where the model was not asked; of several tasks those to the first one.
      notes: what was left out, and why.
      seconds: how long it took.
      tasks: of several tasks the answers by label, those of the first one among them; else empty.
    """

    dataset: str
    version: str
    source: str
    at: str
    rows: int
    trained_rows: int
    judged: bool
    over: bool
    columns: tuple[ColumnDrift, ...]
    anomalies: tuple[str, ...]
    answers: AnswerDrift | None
    notes: tuple[str, ...]
    seconds: float
    tasks: dict[str, AnswerDrift] = field(default_factory=dict)


def infinity(before: np.ndarray, after: np.ndarray) -> float:
    """The largest difference of a category's shares (Chebyshev's distance); counts float[K] each."""
    return float(np.abs(_shares(after) - _shares(before)).max(initial=0.0))


def jensen_shannon(before: np.ndarray, after: np.ndarray) -> float:
    """The Jensen-Shannon divergence in bits, 0 to 1 (Lin, 1991); counts float[K] each, of the same K bins."""
    p, q = _shares(before), _shares(after)
    middle = (p + q) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = [np.where(one > 0, one * np.log2(one / middle), 0.0).sum() for one in (p, q)]
    return float(max(sum(parts) / 2, 0.0))


def classes(
    names: Sequence[str],
    before: np.ndarray,
    after: np.ndarray,
    confidences: tuple[np.ndarray, np.ndarray],
    measure: str,
    bound: float,
) -> AnswerDrift:
    """The drift of a classification's answers.

    Args:
      before, after: int64[classes], how often each class was the answer.
      confidences: float[N] of the answers before, float[M] of those after.
      measure: INFINITY or JENSEN_SHANNON.
    """
    from scipy import stats

    distance = (infinity if measure == INFINITY else jensen_shannon)(before, after)
    both = np.stack([before, after])[:, before + after > 0]
    test = stats.chi2_contingency(both) if both.shape[1] > 1 else None
    shares = [dict(zip(names, _shares(counts).tolist(), strict=True)) for counts in (before, after)]
    return AnswerDrift(
        measure=measure,
        distance=distance,
        bound=bound,
        over=distance > bound,
        p_value=float(test.pvalue) if test is not None else None,
        shares=shares[1],
        shares_before=shares[0],
        mean=float(confidences[1].mean()),
        mean_before=float(confidences[0].mean()),
        confidence=float(stats.ks_2samp(*confidences).statistic),
    )


def class_sets(
    names: Sequence[str],
    before: np.ndarray,
    after: np.ndarray,
    rows: tuple[int, int],
    measure: str,
    bound: float,
) -> AnswerDrift:
    """The drift of answers of any number of classes: the largest one of a class, of those that have it and those that do not.

    Args:
      before, after: int64[classes], how many answers had each class.
      rows: how many answers there were before, and after.
      measure: INFINITY or JENSEN_SHANNON.
    """
    from scipy import stats

    measured = infinity if measure == INFINITY else jensen_shannon
    by_class = np.stack([[counts, total - counts] for counts, total in zip((before, after), rows, strict=True)]).T
    by_class = by_class.transpose(0, 2, 1)  # int64[classes, 2, 2]: before and after, with the class and without
    distance = max((measured(*table) for table in by_class), default=0.0)
    tested = [stats.chi2_contingency(table).pvalue for table in by_class if table.sum(axis=0).all()]
    shares = [(counts / max(1, total)).tolist() for counts, total in zip((before, after), rows, strict=True)]
    return AnswerDrift(
        measure=measure,
        distance=distance,
        bound=bound,
        over=distance > bound,
        p_value=min(1.0, float(min(tested)) * len(tested)) if tested else None,
        shares=dict(zip(names, shares[1], strict=True)),
        shares_before=dict(zip(names, shares[0], strict=True)),
        mean=sum(shares[1]),
        mean_before=sum(shares[0]),
        confidence=None,
    )


def values(before: np.ndarray, after: np.ndarray, bound: float) -> AnswerDrift:
    """The drift of a regression's answers, float[N] and float[M], over ``BINS`` bins that have as many of ``before`` each."""
    from scipy import stats

    inner = np.unique(np.quantile(before, np.linspace(0, 1, BINS + 1)[1:-1]))
    counts = (np.bincount(np.searchsorted(inner, part), minlength=len(inner) + 1) for part in (before, after))
    distance = jensen_shannon(*counts)
    return AnswerDrift(
        measure=JENSEN_SHANNON,
        distance=distance,
        bound=bound,
        over=distance > bound,
        p_value=float(stats.ks_2samp(before, after).pvalue),
        shares={},
        shares_before={},
        mean=float(after.mean()),
        mean_before=float(before.mean()),
        confidence=None,
    )


def largest_change(before: Mapping[str, float], after: Mapping[str, float]) -> tuple[str, float, float] | None:
    """The category whose share changed most, with its share before and after; None without one."""
    names = dict.fromkeys([*before, *after])
    found = max(names, key=lambda name: abs(after.get(name, 0.0) - before.get(name, 0.0)), default=None)
    return None if found is None else (found, before.get(found, 0.0), after.get(found, 0.0))


def by_bound(found: Sequence[ColumnDrift]) -> tuple[ColumnDrift, ...]:
    """Those that are judged first, by falling distance in parts of their bound; then the others, by falling distance."""

    def order(one: ColumnDrift) -> tuple[bool, float]:
        distance = one.distance if one.distance is not None else -1.0
        return (one.bound is None, -(distance / one.bound if one.bound else distance))

    return tuple(sorted(found, key=order))


def _shares(counts: np.ndarray) -> np.ndarray:
    total = counts.sum()
    return counts / total if total else np.zeros(len(counts))

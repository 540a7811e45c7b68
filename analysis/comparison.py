"""What changed from one version's answers to another's, on the same examples."""

from collections.abc import Iterator

import numpy as np

from analysis import overall, paired
from analysis.comparison_records import ChangedExample, Comparison, MetricDifference, Sides
from analysis.pairs import Pairs, join
from analysis.predictions import Predictions
from schemas.records import Interval
from schemas.tasks import CLASSES, Metric

COUNT = 50
BETTER, WORSE, UNCLEAR = "better", "worse", "no clear difference"
_FEW = 30  # examples: with fewer, a bootstrap's intervals are too narrow to be shown without a word
_EXACT = 25  # discordant pairs: as many are enough for McNemar's chi-square


def compare(before: Predictions, after: Predictions, count: int = COUNT) -> Comparison:
    """Compares two versions' answers.

    Args:
      before, after: of one dataset.
      count: how many changed examples of each kind are named; all are counted.

    Raises:
      InputError: they are of two datasets, or of two kinds of task.
    """
    pairs = join(before, after)
    gain = _gain(pairs)
    improved, worsened = _ranked(pairs, gain), _ranked(pairs, -gain)
    return Comparison(
        name=after.info.name,
        joined=len(pairs),
        only_before=pairs.only_before,
        only_after=pairs.only_after,
        relabelled=pairs.relabelled,
        changed=int(pairs.changed.sum()),
        metrics=_differences(pairs),
        sides=_sides(pairs) if after.classes is not None else None,
        improved_count=len(improved),
        worsened_count=len(worsened),
        improved=tuple(_examples(pairs, improved[:count])),
        worsened=tuple(_examples(pairs, worsened[:count])),
        notes=tuple(_notes(pairs)),
    )


def _gain(pairs: Pairs) -> np.ndarray:
    """float64[P]: by how much each answer became better; 0 where an example did not change sides."""
    if pairs.after.classes is None:
        before, after = (
            overall.absolute_errors(side)[rows]
            for side, rows in ((pairs.before, pairs.rows_before), (pairs.after, pairs.rows_after))
        )
        with np.errstate(invalid="ignore"):
            return np.where(before == after, 0.0, before - after)
    # The loss says how far an example went; its side is decided by the answer, at a tie of the losses too.
    by = np.abs(pairs.before.loss[pairs.rows_before] - pairs.after.loss[pairs.rows_after]) + np.finfo(float).tiny
    return (pairs.right_after.astype(float) - pairs.right_before) * np.nan_to_num(by, nan=np.inf)


def _ranked(pairs: Pairs, gain: np.ndarray) -> np.ndarray:
    """The pairs with a gain, the largest first."""
    chosen = np.flatnonzero(gain > 0)
    return chosen[np.lexsort((pairs.rows_after[chosen], -gain[chosen]))]


def _sides(pairs: Pairs) -> Sides:
    from statsmodels.stats.contingency_tables import mcnemar

    before, after = pairs.right_before, pairs.right_after
    table = [[int((a & b).sum()) for b in (after, ~after)] for a in (before, ~before)]
    (both_right, broken), (fixed, both_wrong) = table
    exact = fixed + broken < _EXACT
    p_value = float(mcnemar(table, exact=exact, correction=True).pvalue)
    return Sides(both_right, fixed, broken, both_wrong, min(1.0, p_value), exact)


def _differences(pairs: Pairs) -> tuple[MetricDifference, ...]:
    """Each metric that both versions have, before and after, and the difference."""
    positive = pairs.after.labels[pairs.rows_after] == 1
    before, after = (
        {name: values[rows] for name, values in overall.contributions(side).items()}
        for side, rows in ((pairs.before, pairs.rows_before), (pairs.after, pairs.rows_after))
    )
    metrics = {metric.name: metric for metric in _comparable(pairs)}
    found = paired.differences({name: (before[name], after[name]) for name in metrics}, positive)
    return tuple(
        MetricDifference(
            name=name,
            higher_is_better=metric.higher_is_better,
            before=overall.interval(name, before[name], positive),
            after=overall.interval(name, after[name], positive),
            difference=found[name],
            conclusion=_conclusion(found[name], metric.higher_is_better),
        )
        for name, metric in metrics.items()
    )


def _comparable(pairs: Pairs) -> list[Metric]:
    """The metrics that both tasks have; where the classes are others, without ``auc`` and those of the classes' F1."""
    names = {metric.name for metric in pairs.before.task.metrics}
    if pairs.before.classes != pairs.after.classes:
        names -= {overall.AUC, *overall.RATIOS}
    return [metric for metric in pairs.after.task.metrics if metric.name in names]


def _conclusion(difference: Interval, higher_is_better: bool) -> str:
    if difference.low is None or difference.high is None or difference.low <= 0 <= difference.high:
        return UNCLEAR
    return BETTER if (difference.low > 0) == higher_is_better else WORSE


def _examples(pairs: Pairs, chosen: np.ndarray) -> Iterator[ChangedExample]:
    for before, after in zip(pairs.rows_before[chosen].tolist(), pairs.rows_after[chosen].tolist(), strict=True):
        row = pairs.after.row(after)
        (answered, confident), (answer, confidence) = _answer(pairs.before, before), _answer(pairs.after, after)
        yield ChangedExample(
            key=row["key"],
            source_row=row["source_row"],
            row_before=before,
            row_after=after,
            label=row["label"],
            before=answered,
            after=answer,
            confidence_before=confident,
            confidence_after=confidence,
        )


def _answer(predictions: Predictions, row: int) -> tuple[str | float | None, float | None]:
    """The answer of a row and its confidence; None where it is not finite."""
    if not predictions.finite[row]:
        return None, None
    if predictions.classes is None:
        return float(predictions.answers[row]), None
    if predictions.task.kind == CLASSES:
        return str(predictions.table["prediction"][row].as_py()), None
    return predictions.classes[predictions.answers[row]], float(predictions.probabilities[row].max())


def _notes(pairs: Pairs) -> Iterator[str]:
    """What was left out, or makes the numbers weak."""
    if not len(pairs):
        yield "the two versions have no example in common: their test splits differ"
    elif len(pairs) < _FEW:
        yield f"{len(pairs)} examples are too few for a bootstrap: the differences' intervals are too narrow"
    if pairs.only_before or pairs.only_after:
        yield f"{pairs.only_before} examples only the first version has, and {pairs.only_after} only the second: left out"
    if pairs.relabelled:
        yield f"{pairs.relabelled} examples have another label in each version: left out"
    both = {metric.name for metric in _comparable(pairs)}
    left_out = [
        metric.name
        for metric in dict.fromkeys((*pairs.before.task.metrics, *pairs.after.task.metrics))
        if metric.name not in both
    ]
    if left_out:
        yield f"not compared, as the task or its classes changed: {', '.join(left_out)}"

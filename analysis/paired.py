"""The difference of each metric between two models' answers to the same examples, with its 95% interval."""

from collections.abc import Callable, Mapping

import numpy as np

from analysis import intervals, overall, resampling
from schemas.records import Interval

Statistic = Callable[..., np.ndarray]


def differences(
    contributed: Mapping[str, tuple[np.ndarray, np.ndarray]],
    positive: np.ndarray,
    resamples: int = resampling.RESAMPLES,
    seed: int = 0,
) -> dict[str, Interval]:
    """Second model - first model, by the metric's name; without a value where one of the two has none.

    An accuracy has the interval of Bonett and Price (2012), which says how little a few examples mean; another metric that of
    the paired bootstrap: each resample of the examples is the same one for both models and all metrics.

    Args:
      contributed: by the metric's name, of each model (overall.contributions).
      positive: bool[N], whose label is the positive class; for ``auc`` alone.
      resamples: how many.
      seed: the same one gives the same intervals.
    """
    values = {name: _difference(name, *both, positive) for name, both in contributed.items()}
    sampled = {
        name: both for name, both in contributed.items() if values[name] is not None and not overall.is_share(name)
    }
    parts = {name: _statistic(name, *both, positive) for name, both in sampled.items()}
    found = dict.fromkeys(contributed, intervals.NONE)
    columns = [column for summed, _ in parts.values() for column in summed]
    sums = iter(resampling.sums(np.stack(columns, axis=1), resamples, seed).T if columns else ())
    for name, (summed, statistic) in parts.items():
        with np.errstate(divide="ignore", invalid="ignore"):  # a resample without a positive example is left out
            resampled = statistic(*(next(sums) for _ in summed))
        found[name] = intervals.percentile(values[name] or 0.0, resampled)
    for name, (first, second) in contributed.items():
        if overall.is_share(name):
            gained = second - first
            found[name] = intervals.paired_shares(int((gained > 0).sum()), int((gained < 0).sum()), len(gained))
    return found


def _difference(metric: str, first: np.ndarray, second: np.ndarray, positive: np.ndarray) -> float | None:
    before, after = (overall.interval(metric, side, positive).value for side in (first, second))
    return None if before is None or after is None else after - before


def _statistic(
    metric: str, first: np.ndarray, second: np.ndarray, positive: np.ndarray
) -> tuple[list[np.ndarray], Statistic]:
    """Columns whose sums a resample needs, and the difference as a function of these sums."""
    if metric == overall.AUC:
        return _auc(first, second, positive)
    if metric == overall.KAPPA:
        return _kappa(first, second)
    if metric in overall.RATIOS:
        return _ratios(metric, first, second)
    columns = [np.ones(len(first)), first, second]
    if metric in overall.ROOTS:
        return columns, lambda count, before, after: np.sqrt(after / count) - np.sqrt(before / count)
    return columns, lambda count, before, after: (after - before) / count


def _kappa(first: np.ndarray, second: np.ndarray) -> tuple[list[np.ndarray], Statistic]:
    """Of sums of ranks and of their squares and products, of which quadratic weights make kappa."""
    columns = [np.ones(len(first))]
    for cells in (first, second):
        labels, answers = (ranks.astype(np.float64) for ranks in overall.ranks_of(cells))
        columns += [labels, answers, labels**2 + answers**2, labels * answers]

    def kappa(
        count: np.ndarray, labels: np.ndarray, answers: np.ndarray, squares: np.ndarray, products: np.ndarray
    ) -> np.ndarray:
        return 1 - (squares - 2 * products) / (squares - 2 * labels * answers / count)

    def statistic(count: np.ndarray, *sums: np.ndarray) -> np.ndarray:
        return kappa(count, *sums[4:]) - kappa(count, *sums[:4])

    return columns, statistic


def _ratios(metric: str, first: np.ndarray, second: np.ndarray) -> tuple[list[np.ndarray], Statistic]:
    width = first.shape[1] * first.shape[2]
    columns = [column for side in (first, second) for column in side.reshape(len(side), -1).T.astype(np.float64)]

    def statistic(*sums: np.ndarray) -> np.ndarray:
        whole = np.stack(sums, axis=-1)
        before, after = (part.reshape(*part.shape[:-1], 2, -1) for part in np.split(whole, [width], axis=-1))
        return overall.of_means(metric, after) - overall.of_means(metric, before)

    return columns, statistic


def _auc(first: np.ndarray, second: np.ndarray, positive: np.ndarray) -> tuple[list[np.ndarray], Statistic]:
    """To first order (the placements stay those of all examples), as in the standard error of DeLong et al. (1988)."""
    placed = [_placed(side, positive) for side in (first, second)]
    as_positive, as_negative = (after - before for before, after in zip(*placed, strict=True))
    difference = float(as_positive[positive].mean())
    columns = [positive, np.where(positive, as_positive, 0), ~positive, np.where(positive, 0, as_negative)]

    def statistic(positives: np.ndarray, gain: np.ndarray, negatives: np.ndarray, other_gain: np.ndarray) -> np.ndarray:
        return gain / positives + other_gain / negatives - difference

    return columns, statistic


def _placed(bucketed: np.ndarray, positive: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The placements of each example, as if it were a positive and as if it were a negative."""
    counts = (np.bincount(bucketed[side], minlength=overall.BUCKETS) for side in (~positive, positive))
    below, above = intervals.placements(*counts)
    return below[bucketed], above[bucketed]

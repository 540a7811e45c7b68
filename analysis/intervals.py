"""95% intervals of metrics, from sums and counts that merge by addition: constant memory, however many examples there are.

Each gives an ``Interval``: without a value where there is none (no example, an infinite error), and without bounds where the
sample does not say how far the value can be off (one example, of a mean).
"""

import math
from collections.abc import Callable
from statistics import NormalDist

import numpy as np

from schemas.records import Interval

LEVEL = 0.95
NONE = Interval(None, None, None)
_Z = NormalDist().inv_cdf(0.5 + LEVEL / 2)
_AT_ONCE = 4_000_000  # numbers of resampled examples in memory: 32 MB


def proportion(successes: float, trials: float) -> Interval:
    """Of a share, such as an accuracy, a precision or a recall: the score interval (Wilson, 1927).

    Unlike the normal approximation it says something of a share of 0 or 1: three right of three give 0.44 to 1.
    """
    if not trials > 0 or not math.isfinite(successes):
        return NONE
    share, extra = successes / trials, _Z**2 / trials
    centre = (share + extra / 2) / (1 + extra)
    half = _Z * math.sqrt(share * (1 - share) / trials + extra / (4 * trials)) / (1 + extra)
    # Rounding must not leave a share of 0 or 1 outside of its own interval.
    return Interval(share, min(share, max(0.0, centre - half)), max(share, min(1.0, centre + half)))


def paired_shares(more: int, less: int, count: int) -> Interval:
    """Of the difference of two shares of the same examples: the adjusted interval (Bonett and Price, 2012).

    Args:
      more: how many examples count in the second share alone.
      less: how many count in the first alone.
      count: all examples.
    """
    if not count > 0:
        return NONE
    value, total = (more - less) / count, count + 2
    centre, discordant = (more - less) / total, (more + less + 2) / total
    half = _Z * math.sqrt((discordant - centre**2) / total)
    return Interval(value, min(value, max(-1.0, centre - half)), max(value, min(1.0, centre + half)))


def f1(true_positives: float, false_positives: float, false_negatives: float) -> Interval:
    """Of an F1 score: Wilson's interval of TP / (TP + FP + FN), carried over by 2x / (1 + x) (Lam et al., 2023)."""
    found = proportion(true_positives, true_positives + false_positives + false_negatives)
    return Interval(
        *(None if bound is None else 2 * bound / (1 + bound) for bound in (found.value, found.low, found.high))
    )


def mean_of_ratios(count: float, sums: np.ndarray, products: np.ndarray) -> Interval:
    """Of the mean of K ratios of sums over the examples, each from 0 to 1, such as the F1 scores of K classes, 2 TP by
    2 TP + FP + FN; with K = 1 of one such ratio. Ratios by 0 are left out.

    The standard error is that of linearization (the delta method: Woodruff, 1971): of each example what it adds to the mean,
    to first order. So classes that are right and wrong together widen it. The interval is symmetric on the logit's scale;
    where the error is 0 (all is right, or all is wrong) it is Wilson's of as many trials as there are examples, or as half of
    the smallest denominator says.

    Args:
      count: how many examples.
      sums: float64[2 K], of the numerators, then of the denominators.
      products: float64[2 K, 2 K], the sums of the products of each two of these over the examples.
    """
    above, below = sums[: len(sums) // 2], sums[len(sums) // 2 :]
    known = below > 0
    if not known.any():
        return NONE
    ratios, weights = above[known] / below[known], 1 / (known.sum() * below[known])
    value = float(ratios.mean())
    if count < 2:
        return Interval(value, None, None)
    gradient = np.zeros(len(sums))
    gradient[np.concatenate([known, known])] = np.concatenate([weights, -ratios * weights])
    # The examples' contributions sum to 0, so that the sum of their squares needs no mean.
    variance = float(gradient @ products @ gradient) * count / (count - 1)
    if variance > 1e-12 and 0 < value < 1:
        return _on_logit_scale(value, math.sqrt(variance))
    trials = min(count, float(below[known].min()) / 2)
    bound = proportion(value * trials, trials)
    return Interval(value, bound.low, bound.high)


def mean(total: float, squares: float, count: float, at_least: float | None = None) -> Interval:
    """Of a mean: Student's interval (Student, 1908).

    Args:
      total: the sum of the numbers.
      squares: the sum of their squares.
      count: how many they are.
      at_least: what no mean can fall below, as 0 of a loss: where the interval ends at the lowest.
    """
    if not count > 0 or not math.isfinite(total):
        return NONE
    value = float(total / count)
    half = _half_width(total, squares, count)
    if half is None:
        return Interval(value, None, None)
    low = value - half
    return Interval(value, low if at_least is None else max(at_least, low), value + half)


def root_mean(squares: float, fourths: float, count: float) -> Interval:
    """Of the root of a mean of squares, such as ``rmse`` and ``rmsle``: the delta method, on the logarithm's scale.

    There the standard error of ln(rmse) is that of the mean square, divided by twice the mean square; with it the interval
    is never below 0 and is nearer to 95% of small samples than one on the scale of the root.

    Args:
      squares: the sum of the squared errors.
      fourths: the sum of their fourth powers.
      count: how many they are.
    """
    if not count > 0 or not math.isfinite(squares):
        return NONE
    square = squares / count
    value = math.sqrt(square)
    half = _half_width(squares, fourths, count)
    if half is None:
        return Interval(value, None, None)
    factor = math.exp(half / (2 * square)) if square > 0 else 1.0
    return Interval(value, value / factor, value * factor)


def weighted_kappa(confusion: np.ndarray) -> Interval:
    """Of Cohen's kappa (1968) with quadratic weights: 1 - the mean squared distance / the one of independent answers.

    The standard error is that of the delta method of a multinomial sample (Fleiss, Cohen and Everitt, 1969).

    Args:
      confusion: int[classes, classes], labels by answers, in the order of the classes.
    """
    count = confusion.sum()
    if not count > 0:
        return NONE
    ranks = np.arange(len(confusion), dtype=np.float64)
    weights = (ranks[:, None] - ranks) ** 2
    shares = confusion / count
    labels, answers = shares.sum(axis=1), shares.sum(axis=0)
    observed, expected = float((weights * shares).sum()), float(labels @ weights @ answers)
    if not expected > 0:  # all labels and all answers are one class
        return NONE
    value = 1 - observed / expected
    gradient = observed * ((weights @ answers)[:, None] + labels @ weights) / expected**2 - weights / expected
    variance = float((shares * gradient**2).sum() - (shares * gradient).sum() ** 2) / count
    if count < 2:
        return Interval(value, None, None)
    half = _Z * math.sqrt(max(variance, 0.0))
    return Interval(value, max(-1.0, value - half), min(1.0, value + half))


def auc(negatives: np.ndarray, positives: np.ndarray) -> Interval:
    """Of the area under the ROC curve: the chance that a positive scores above a negative, ties counted half.

    The standard error is that of DeLong, DeLong and Clarke-Pearson (1988), whose placements are the same for all examples of a
    bucket; the interval is symmetric on the logit's scale (Pepe, 2003), which keeps it within 0 and 1.

    Where that error is 0 or unknown (every positive above every negative; a single example of a class) the interval is
    Wilson's of as many trials as the smaller class has examples. No AUC varies more than such a share (Birnbaum and Klose,
    1957); and so many disjoint pairs are all in order with at most the chance of as many successes.

    Args:
      negatives, positives: int64[buckets] each, how many examples have a score in each bucket, by rising scores. Scores in
        one bucket count as ties.
    """
    smaller = float(min(negatives.sum(), positives.sum()))
    if not smaller:
        return NONE
    below, above = placements(negatives, positives)
    value = float((positives * below).sum() / positives.sum())
    if smaller > 1 and 0 < value < 1:
        variance = _placement_variance(positives, below, value) + _placement_variance(negatives, above, value)
        if variance > 0:
            return _on_logit_scale(value, math.sqrt(variance))
    bound = proportion(value * smaller, smaller)
    return Interval(value, bound.low, bound.high)


def placements(negatives: np.ndarray, positives: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """By bucket, the share of negatives below a positive and of positives above a negative, ties counted half.

    The means of both, over the positives and over the negatives, are the AUC. Arguments as of ``auc``, with an example each.
    """
    below = (np.cumsum(negatives) - negatives / 2) / negatives.sum()
    above = 1 - (np.cumsum(positives) - positives / 2) / positives.sum()
    return below, above


def average_precision(value: float, positives: int) -> Interval:
    """Of an average precision: as of a share of so many positive examples (Boyd et al., 2013), by Wilson's interval."""
    found = proportion(value * positives, positives)
    return Interval(float(value), found.low, found.high) if positives else NONE


def bootstrap(
    statistic: Callable[..., np.ndarray], *columns: np.ndarray, resamples: int = 2000, seed: int = 0
) -> Interval:
    """Of any statistic: the percentile interval of resampled examples (Efron, 1979).

    Args:
      statistic: takes the columns with examples along the last axis, resamples along the others; gives a number for each
        resample. A resample whose number is not finite (as the AUC of one class) is left out.
      columns: arrays [N], whose examples stay together.
      resamples: how many.
      seed: the same one gives the same interval.
    """
    rows = len(columns[0])
    if not rows:
        return NONE
    value = float(statistic(*columns))
    if not math.isfinite(value):
        return NONE
    if rows < 2:
        return Interval(value, None, None)
    random = np.random.default_rng(seed)
    found, step = [], max(1, _AT_ONCE // rows)
    for start in range(0, resamples, step):
        chosen = random.integers(0, rows, (min(step, resamples - start), rows))
        found.append(statistic(*(column[chosen] for column in columns)))
    return percentile(value, np.concatenate(found))


def percentile(value: float, resampled: np.ndarray) -> Interval:
    """The percentile interval of a statistic's values in resamples, float[R]; those that are not finite are left out."""
    finite = resampled[np.isfinite(resampled)]
    if not math.isfinite(value) or not len(finite):
        return Interval(float(value) if math.isfinite(value) else None, None, None)
    low, high = np.quantile(finite, ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return Interval(float(value), float(low), float(high))


def _half_width(total: float, squares: float, count: float) -> float | None:
    """Of Student's interval of a mean; None for one number, or squares beyond a float."""
    from scipy.special import stdtrit

    if count < 2 or not math.isfinite(squares):
        return None
    variance = max(0.0, squares - total * (total / count)) / (count - 1)
    return float(stdtrit(count - 1, 0.5 + LEVEL / 2)) * math.sqrt(variance / count)


def _placement_variance(counts: np.ndarray, placements: np.ndarray, value: float) -> float:
    """What one class adds to the variance of the AUC: its placements' sample variance by its count."""
    count = float(counts.sum())
    return float((counts * (placements - value) ** 2).sum()) / (count - 1) / count


def _on_logit_scale(value: float, error: float) -> Interval:
    centre, half = math.log(value / (1 - value)), _Z * error / (value * (1 - value))
    low, high = (float(1 / (1 + np.exp(-np.clip(centre + side * half, -700, 700)))) for side in (-1, 1))
    return Interval(value, low, high)

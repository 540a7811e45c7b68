"""Welch's test of every group of one or two columns against all other examples, from sums by group."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from analysis.groups import SMALLEST, Grouping

NONE = -1


@dataclass(frozen=True)
class Tests:
    """The groups that were large enough, and their tests.

    Attributes:
      columns: int64[T, 2], the places of their groupings; the second is ``NONE`` for a group of one column.
      codes: int64[T, 2], which groups of these.
      excess: float64[T], by how much the mean loss of each is above that of all other examples.
      p_values: float64[T].
    """

    columns: np.ndarray
    codes: np.ndarray
    excess: np.ndarray
    p_values: np.ndarray


@dataclass(frozen=True)
class Moments:
    """Of the losses of groups.

    Attributes:
      counts: int64[...], how many examples each has.
      totals, squares: float64[...], the sums of their losses, and of these losses' squares.
    """

    counts: np.ndarray
    totals: np.ndarray
    squares: np.ndarray

    def __sub__(self, other: "Moments") -> "Moments":
        return Moments(self.counts - other.counts, self.totals - other.totals, self.squares - other.squares)

    def at(self, *index: np.ndarray) -> "Moments":
        """Those of the groups at these places."""
        return Moments(self.counts[index], self.totals[index], self.squares[index])

    def means(self) -> np.ndarray:
        """float64[...]; every group has an example."""
        return self.totals / self.counts

    def deviations(self) -> np.ndarray:
        """The sample standard deviations, float64[...]; every group has two examples."""
        variances = (self.squares - self.totals * self.means()) / (self.counts - 1)
        return np.sqrt(np.maximum(variances, 0))


def run(groupings: Sequence[Grouping], losses: np.ndarray, most_crossed: int) -> Tests:
    """The tests of all groups of one column, and of two of the first ``most_crossed``.

    Args:
      losses: float64[N], finite.
    """
    # About their mean, so that the squares' sums keep their digits.
    centred = losses - losses.mean() if len(losses) else losses
    whole = moments_of(centred)
    shifted = [grouping.codes + 1 for grouping in groupings]  # 0 is for examples in no group
    sizes = [len(grouping.groups) + 1 for grouping in groupings]
    single = [_moments(codes, (size,), centred) for codes, size in zip(shifted, sizes, strict=True)]
    parts = [_one(place, moments, whole) for place, moments in enumerate(single)]
    for a, b in combinations(range(min(len(groupings), most_crossed)), 2):
        crossed = _moments(shifted[a] * sizes[b] + shifted[b], (sizes[a], sizes[b]), centred)
        parts.append(_two((a, b), crossed, (single[a], single[b]), whole))
    none = np.empty((0, 2), np.int64)
    return Tests(
        np.concatenate([none, *(part.columns for part in parts)]),
        np.concatenate([none, *(part.codes for part in parts)]),
        np.concatenate([np.empty(0), *(part.excess for part in parts)]),
        np.concatenate([np.empty(0), *(part.p_values for part in parts)]),
    )


def p_values(groups: Moments, others: Moments) -> np.ndarray:
    """Of Welch's one-sided test (Welch, 1947) that each group's mean loss is above that of the others beside it, float64[T].

    A group's variance counts as no less than that of the others: of twenty equal losses the test would else be certain,
    whatever they are. Where nothing varies the p-value is 1.
    """
    from scipy.stats import ttest_ind_from_stats

    deviation = others.deviations()
    spread = np.maximum(groups.deviations(), deviation)
    with np.errstate(all="ignore"):
        found = ttest_ind_from_stats(
            groups.means(), spread, groups.counts, others.means(), deviation, others.counts,
            equal_var=False, alternative="greater",
        )  # fmt: skip
    return np.nan_to_num(np.asarray(found.pvalue, np.float64), nan=1.0)


def _moments(codes: np.ndarray, shape: tuple[int, ...], losses: np.ndarray) -> Moments:
    """Of the groups in an array of this shape, by each example's place in it, int64[N], flattened."""
    size = int(np.prod(shape))
    weights = (None, losses, losses**2)
    return Moments(*(np.bincount(codes, weight, minlength=size).reshape(shape) for weight in weights))


def moments_of(losses: np.ndarray) -> Moments:
    """Of a single group with these losses, float64[N]."""
    return Moments(np.array(len(losses)), losses.sum(), (losses**2).sum())


def _one(place: int, moments: Moments, whole: Moments) -> Tests:
    counts = moments.counts
    (codes,) = _groups(counts, whole.counts - counts)
    chosen = moments.at(codes)
    others = whole - chosen
    columns = np.full((len(codes), 2), (place, NONE))
    both = np.stack([codes - 1, np.full_like(codes, NONE)], axis=1)
    return Tests(columns, both, chosen.means() - others.means(), p_values(chosen, others))


def _two(places: tuple[int, int], crossed: Moments, single: tuple[Moments, Moments], whole: Moments) -> Tests:
    counts = crossed.counts
    rest = np.minimum(single[0].counts[:, None], single[1].counts[None, :]) - counts
    a, b = _groups(counts, rest)
    chosen = crossed.at(a, b)
    others = [around - chosen for around in (whole, single[0].at(a), single[1].at(b))]
    largest = np.max([p_values(chosen, other) for other in others], axis=0)
    both = np.stack([a - 1, b - 1], axis=1)
    return Tests(np.full((len(a), 2), places), both, chosen.means() - others[0].means(), largest)


def _groups(counts: np.ndarray, rest: np.ndarray) -> Iterator[np.ndarray]:
    """The places of groups that are large enough, and of which what they are compared with is."""
    usable = (counts >= SMALLEST) & (rest >= SMALLEST)
    for axis in range(usable.ndim):
        usable[(slice(None),) * axis + (0,)] = False
    return iter(np.nonzero(usable))

"""The bootstrap of statistics that follow from sums over the examples (Efron, 1979)."""

import numpy as np

RESAMPLES = 10_000
GROUPS = 5_000
_AT_ONCE = 16  # resamples: their counts stay in the processor's cache


def sums(columns: np.ndarray, resamples: int = RESAMPLES, seed: int = 0) -> np.ndarray:
    """The columns' sums in resamples of the examples, float64[resamples, K].

    More than GROUPS examples are put into so many groups at random, whose sums are resampled: the sum of a random group is a
    draw like any other, and the intervals stay as wide; a million examples then take no longer than GROUPS.

    Args:
      columns: float64[N, K].
      resamples: how many.
      seed: the same one gives the same sums.
    """
    random = np.random.default_rng(seed)
    drawn = _grouped(columns, random) if len(columns) > GROUPS else columns
    count, found = len(drawn), np.zeros((resamples, columns.shape[1]))
    for start in range(0, resamples if count else 0, _AT_ONCE):
        size = min(_AT_ONCE, resamples - start)
        chosen = random.integers(0, count, (size, count), dtype=np.uint32) + (np.arange(size) * count)[:, None]
        # By how often each is drawn, and not by gathering rows: one product gives the sums of all columns.
        times = np.bincount(chosen.ravel(), minlength=size * count).reshape(size, count)
        found[start : start + size] = times.astype(np.float64) @ drawn
    return found


def _grouped(columns: np.ndarray, random: np.random.Generator) -> np.ndarray:
    starts = np.arange(GROUPS) * len(columns) // GROUPS
    return np.add.reduceat(columns[random.permutation(len(columns))], starts, axis=0)

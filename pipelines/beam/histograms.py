"""StatisticsGen's histograms by arrays: TFDV makes each column's of a thousand quantiles, one Python object after the other.

That is most of what a column of numbers costs there. What is computed is the same, but for the edges of equally wide buckets:
TFDV takes them as the float32 that the data have, so that its counts have seven digits.
"""

import numpy as np
import tfx.components.statistics_gen  # noqa: F401 - which makes TFDV importable
from tensorflow_data_validation.utils import quantiles_util
from tensorflow_metadata.proto.v0 import statistics_pb2


def speed_up() -> None:
    """Has TFDV in this process make histograms by the functions of this module."""
    quantiles_util._get_bin_weights = bin_weights
    quantiles_util.generate_equi_width_histogram = equal_widths


def bin_weights(boundaries: np.ndarray, cumulative: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How many values there are between quantiles, as ``quantiles_util._get_bin_weights`` says.

    Args:
      boundaries: quantiles in rising order, [n + 1]; equal ones share what lies below them.
      cumulative: how many values are at most so large, [n + 1]. Without weights of examples they are whole numbers, whose sums
        are the same in any order.

    Returns:
      Lower bounds, upper bounds and counts float64[n].
    """
    cumulative = cumulative.astype(np.float64)
    low, high, counts = boundaries[:-1], boundaries[1:], np.diff(cumulative)
    if not len(low):
        return low, high, counts
    starts = np.flatnonzero(np.concatenate([[True], high[1:] != high[:-1]]))
    lengths = np.diff(np.append(starts, len(high)))
    counts = np.repeat(np.add.reduceat(counts, starts) / lengths, lengths)
    differs = (low != low[0]) | (high != high[0])
    first = int(differs.argmax()) if differs.any() else len(low)
    counts[:first] += cumulative[0] / first
    return low, high, counts


def equal_widths(
    quantiles: np.ndarray,
    cumulative_counts: np.ndarray,
    finite_min: float,
    finite_max: float,
    num_buckets: int,
    num_pos_inf: float,
) -> statistics_pb2.Histogram:
    """A histogram of equally wide buckets, as ``quantiles_util.generate_equi_width_histogram`` makes it of float64 edges."""
    result = statistics_pb2.Histogram(type=statistics_pb2.Histogram.STANDARD)
    if not np.isfinite(finite_min) and not np.isfinite(finite_max):
        result.buckets.add(low_value=finite_min, high_value=finite_max, sample_count=cumulative_counts[-1])
        return result
    quantiles, cumulative_counts, num_neg_inf = quantiles_util._strip_infinities(
        quantiles, cumulative_counts, finite_max, num_pos_inf
    )
    edges = np.array([finite_min, finite_max], np.float64)
    if finite_min != finite_max:
        edges = np.linspace(edges[0], edges[1], num_buckets + 1)
    if not np.isfinite(edges).all():  # the width is no float
        return result
    if num_neg_inf:
        result.buckets.add(low_value=-np.inf, high_value=-np.inf, sample_count=num_neg_inf)
    low, high, weights = (side.astype(np.float64) for side in bin_weights(quantiles, cumulative_counts))
    counts = _counts(low, high, weights, edges)
    for start, end, count in zip(edges[:-1], edges[1:], counts, strict=True):
        result.buckets.add(low_value=start, high_value=end, sample_count=count)
    if num_pos_inf:
        result.buckets.add(low_value=np.inf, high_value=np.inf, sample_count=num_pos_inf)
    return result


def _counts(low: np.ndarray, high: np.ndarray, weights: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """What of the bins ``low`` to ``high`` lies between each two edges; in a bin, values are spread evenly."""
    if not len(low):
        return np.zeros(len(edges) - 1)
    left, right = edges[:-1, np.newaxis], edges[1:, np.newaxis]
    with np.errstate(divide="ignore", invalid="ignore"):
        within = (np.minimum(right, high) - np.maximum(left, low)) / (high - low)
    shares = np.where((left <= low) & (high <= right), 1.0, within)
    shares[(high < left) | (low > right)] = 0.0
    # A bin of a single value belongs to what it ends, but the least value to what it begins.
    shares[1:][(low == high) & (low == left[1:])] = 0.0
    return np.cumsum(shares * weights, axis=1)[:, -1]  # in the order of the bins, as sum() would not

"""Intervals that keep their promise on rows that were not learned from: conformalized quantile regression.

Intervals that a network learns are too narrow on other rows, as its values are too close to the labels that it has seen.
Romano, Patterson and Candès (2019) move both ends by one margin: the distances by which the labels of a split that is not
learned from lie outside of their interval (negative inside) are sorted, and the margin is the ceil((n + 1) * share)-th. Of
rows that are exchangeable with those, the interval then holds the label with a probability of at least ``share``, whatever the
model is. Here the split is eval, which chose the epoch that training stopped at: the promise is kept nearly, not exactly.
"""

import math

import numpy as np

from schemas.errors import InputError


def margin(labels: np.ndarray, low: np.ndarray, high: np.ndarray, share: float) -> float | None:
    """The margin by which both ends are moved outwards; negative where intervals are too wide.

    Args:
      labels, low, high: float[N], of rows that were not learned from, all on one scale.
      share: the promised one, above 0 and below 1.

    Returns:
      None where the rows are too few to promise it: fewer than share / (1 - share).

    Raises:
      InputError: no margin, as answers are not finite.
    """
    outside = np.sort(np.maximum(low - labels, labels - high).astype(np.float64))
    place = math.ceil((len(outside) + 1) * share - 1e-9)  # 0.9 * 10 is 9, whatever its last bit says
    if place > len(outside):
        return None
    found = float(outside[place - 1])
    if not math.isfinite(found):
        raise InputError("the intervals are not finite; lower the learning rate, or correct the model")
    return found

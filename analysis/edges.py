"""Edges that cut numbers into ranges of about as many each, and that are easy to read: 16 and not 15.8731."""

import math

import numpy as np

_SLACK = 0.2  # of a range's share: how far an edge may move to a rounder number


def edges_of(numbers: np.ndarray, count: int, *, whole: bool = False) -> tuple[float, ...]:
    """Where to cut numbers, rising; a number that is equal to an edge is above it.

    A number that more than a range's share of the examples have gets no range of that size, so that there may be fewer ranges;
    of a single number there are no edges.

    Args:
      numbers: float[N] or int[N], finite.
      count: how many ranges are sought.
      whole: whether the edges are to be whole numbers, as the numbers are.
    """
    values, counts = np.unique(numbers.astype(np.float32), return_counts=True)
    below = np.cumsum(counts)[:-1]  # how many numbers are below an edge between values[i] and values[i + 1]
    found = set()
    for target in len(numbers) * np.arange(1, count) / count if len(below) else ():
        distances = np.abs(below - target)
        near = np.flatnonzero(distances <= _SLACK * len(numbers) / count)
        best = int(distances.argmin())
        first, last = (near[0], near[-1]) if len(near) else (best, best)
        found.add(roundest(float(values[first]), float(values[last + 1]), float(values[best + 1]), whole=whole))
    return tuple(sorted(found))


def roundest(low: float, high: float, near: float, *, whole: bool = False) -> float:
    """The number above ``low`` and not above ``high`` that is a multiple of the largest 1, 2 or 5 times a power of ten.

    Args:
      low, high: float32 values; ``low`` is the lower one.
      near: of several such multiples the one that is nearest to it is taken.
      whole: whether it must be a whole number; there must be one.
    """
    power = math.floor(math.log10(max(abs(low), abs(high)))) + 1
    while True:
        for base in (5, 2, 1):
            # Not base * 10.0**power: the text's number is the one that a person would type.
            for multiple in (round(near / base / 10.0**power), math.floor(high / base / 10.0**power)):
                edge = float(f"{multiple * base}e{power}")
                if low < float(np.float32(edge)) <= high and (power >= 0 or not whole):
                    return edge
        power -= 1

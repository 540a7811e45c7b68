"""The small curves of lists."""

from collections.abc import Sequence

_POINTS = 60


def thinned(values: Sequence[float]) -> list[float]:
    """At most 60 of the values, evenly spaced, the last one among them."""
    every = -(-len(values) // _POINTS) or 1
    return list(values[::-every][::-1])

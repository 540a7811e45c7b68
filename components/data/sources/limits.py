"""A limit that every split and every class keeps its share of."""

from collections import Counter
from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

Group = TypeVar("Group", bound=Hashable)


class Quotas(Generic[Group]):
    """How many rows of each group are still to be read.

    Attributes:
      left: by group.
    """

    def __init__(self, sizes: Mapping[Group, int], limit: int) -> None:
        self.left = Counter(_shares(sizes, limit))

    @property
    def done(self) -> bool:
        """Whether every group has had its share."""
        return not self.left.total()

    def take(self, group: Group) -> bool:
        """Whether the next row of this group is read."""
        taken = self.left[group] > 0
        self.left[group] -= taken
        return taken


def _shares(sizes: Mapping[Group, int], limit: int) -> dict[Group, int]:
    """``limit`` rows (0: all) in proportion to the groups' sizes, at least one of each (the largest, if they are too many)."""
    total = sum(sizes.values())
    if not limit or limit >= total:
        return dict(sizes)
    order = sorted(sizes, key=lambda group: (-sizes[group], str(group)))
    shares = dict.fromkeys(order[:limit], 1)
    rest = limit - len(shares)
    if not rest:
        return shares
    exact = {group: rest * (sizes[group] - 1) / (total - len(sizes)) for group in order}
    for group in order:
        shares[group] += int(exact[group])
    for group in sorted(order, key=lambda group: int(exact[group]) - exact[group])[: limit - sum(shares.values())]:
        shares[group] += 1
    return shares

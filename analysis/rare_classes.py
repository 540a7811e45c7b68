"""Classes that a model can hardly have learned."""

from collections.abc import Mapping, Sequence

from analysis.records import RareClass

FEWEST = 5
SHARE, MOST = 0.001, 50


def rare_classes(classes: Sequence[str], train: Mapping[int, int], test: Mapping[int, int]) -> tuple[RareClass, ...]:
    """The classes with fewer than ``FEWEST`` training examples; or with less than ``SHARE`` of all, and fewer than ``MOST``.

    Args:
      classes: their names.
      train, test: how many examples of a class there are, by its index; a class that is absent has none.
    """
    bound = max(FEWEST, min(MOST, SHARE * sum(train.values())))
    return tuple(
        RareClass(name, train.get(index, 0), test.get(index, 0))
        for index, name in enumerate(classes)
        if train.get(index, 0) < bound
    )

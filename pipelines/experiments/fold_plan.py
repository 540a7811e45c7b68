"""Into how many folds examples are divided, how often, and which seed each training has; light to import."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

from schemas.training import Training

_SEEDS = 2**31


@dataclass(frozen=True)
class Plan:
    """The folds of all repeats; ``for repeat, fold in plan`` gives each, from 1, in the order in which they are trained.

    Attributes:
      folds: K, at least 2.
      repeats: how often the examples are divided anew, at least 1.
    """

    folds: int
    repeats: int = 1

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return ((repeat, fold) for repeat in range(1, self.repeats + 1) for fold in range(1, self.folds + 1))

    def training(self, training: Training, repeat: int, fold: int) -> Training:
        """The page's with a seed of its own: that of the page in the first fold, and one more in each one after it."""
        seed = (training.seed + (repeat - 1) * self.folds + fold - 1) % _SEEDS
        return dataclasses.replace(training, seed=seed)

    def name(self, repeat: int, fold: int) -> str:
        """What a fold is called."""
        return f"Fold {fold}/{self.folds}" if self.repeats == 1 else f"Repeat {repeat} fold {fold}"

    def test_over_train(self, *, by_time: bool) -> float:
        """How many examples judge a model, by how many it is made of; the mean over the folds, where these are by time."""
        if by_time:  # fold k is made of the k parts before it
            return sum(1 / fold for fold in range(1, self.folds + 1)) / self.folds
        return 1 / (self.folds - 1)


def node(kind: str, *numbers: int) -> str:
    """The id of a node: ``Fold.2.1`` is the first fold of the second repeat."""
    return ".".join(map(str, (kind, *numbers)))

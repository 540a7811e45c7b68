"""How rows are divided into train, eval and test: by hash buckets of a stable key."""

from collections.abc import Iterator
from dataclasses import dataclass

from schemas import problems
from schemas.problems import Problem

TRAIN, EVAL, TEST = NAMES = ("train", "eval", "test")
_MOST = 1000  # buckets a split: enough for tenths of a per cent


@dataclass(frozen=True)
class Splits:
    """Shares in hash buckets. Equal keys always fall into the same split, whatever else the source holds.

    Where the source has an official test set, that is the test split, and its train rows are divided into train and eval by
    the shares of these two; ``test`` then has no meaning.

    Attributes:
      train: the share that the model learns from, in buckets; any whole numbers, by whose sum the shares are.
      eval: the share that stops the training and chooses the weights.
      test: the share that judges.
      key: the columns whose cells are hashed, as they stand in the source; () for the whole row, of which a picture or a text
        counts alone.
      salt: another number divides the same rows in another way.
    """

    train: int = 70
    eval: int = 15
    test: int = 15
    key: tuple[str, ...] = ()
    salt: int = 0

    @property
    def shares(self) -> tuple[int, int, int]:
        """In the order of NAMES."""
        return self.train, self.eval, self.test

    def problems(self) -> Iterator[Problem]:
        for name, share in zip(NAMES, self.shares, strict=True):
            yield from problems.number(name, share, 1, _MOST, whole=True)
        yield from problems.strings("key", self.key)
        yield from problems.number("salt", self.salt, 0, whole=True)

"""How rows are divided into train, eval and test: by hash buckets of a stable key."""

from collections.abc import Iterator
from dataclasses import dataclass

from schemas import settings
from schemas.problems import Problem
from schemas.settings import setting

TRAIN, EVAL, TEST = NAMES = ("train", "eval", "test")
_MOST = 1000  # buckets a split: enough for tenths of a per cent


@dataclass(frozen=True)
class Splits:
    """Shares in hash buckets. Equal keys always fall into the same split, whatever else the source holds.

    Where the source has an official test set, that is the test split, and its train rows are divided into train and eval by
    the shares of these two; ``test`` then has no meaning.
    """

    train: int = setting(
        70,
        "The share that the model learns from, in buckets: of the three numbers' sum.",
        low=1,
        high=_MOST,
    )
    eval: int = setting(15, "The share that stops the training and chooses the weights.", low=1, high=_MOST)
    test: int = setting(15, "The share that judges.", low=1, high=_MOST)
    key: tuple[str, ...] = setting(
        (),
        "The columns whose cells are hashed, as they stand in the source; none for the whole row, of which a picture or a "
        "text counts alone.",
    )
    salt: int = setting(0, "Another number divides the same rows in another way.", low=0)

    @property
    def shares(self) -> tuple[int, int, int]:
        """In the order of NAMES."""
        return self.train, self.eval, self.test

    def problems(self) -> Iterator[Problem]:
        """The settings that break their rule, in the order of the fields."""
        return settings.problems(self)

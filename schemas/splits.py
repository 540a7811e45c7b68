"""How rows are divided into train, eval and test: by hash buckets of a stable key, which may be a group, or by time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from schemas import settings
from schemas.problems import Problem
from schemas.settings import setting

TRAIN, EVAL, TEST = NAMES = ("train", "eval", "test")
_MOST = 1000  # buckets a split: enough for tenths of a per cent


@dataclass(frozen=True)
class Splits:
    """Shares in hash buckets. Equal keys always fall into the same split, whatever else the source holds.

    With ``time`` nothing is hashed: the oldest rows are train, then come eval and test, in these shares, cut at times, so that
    rows of equal time are never divided.

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
        "The columns whose cells are hashed, as they stand in the source: rows of one group, such as a patient, are never "
        "divided. None for the whole row, of which a picture or a text counts alone. With `time` it names rows, and divides "
        "none.",
    )
    salt: int = setting(0, "Another number divides the same rows in another way.", low=0)
    time: str = setting(
        "", "The column of times by which rows are divided, the oldest into train; empty for a division by hash."
    )
    time_format: str = setting(
        "",
        "How times are written, as strptime reads it (`%d.%m.%Y`); empty for ISO 8601 (`2024-05-01`, `2024-05-01T10:00:00Z`, "
        "`2024-05`) or numbers.",
    )
    eval_from: str = setting(
        "", "The first time of eval, written as in the column; empty for the one that the shares give."
    )
    test_from: str = setting(
        "", "The first time of test, written as in the column; empty for the one that the shares give."
    )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are read to divide rows."""
        return (*self.key, self.time) if self.time else self.key

    @property
    def words(self) -> str:
        """How rows are divided, for people."""
        if self.time:
            return f"by time: the oldest rows by {self.time} train the model, later ones are eval, the newest are test"
        if self.key:
            return f"by group: rows of equal {', '.join(self.key)} are in one split, which their hash chooses"
        return "by hash of the whole row"

    @property
    def shares(self) -> tuple[int, int, int]:
        """In the order of NAMES."""
        return self.train, self.eval, self.test

    def problems(self) -> Iterator[Problem]:
        """The settings that break their rule, in the order of the fields; and those that mean nothing beside others."""
        yield from settings.problems(self)
        for name in ("time", "time_format", "eval_from", "test_from"):
            value = getattr(self, name)
            if not isinstance(value, str):
                yield Problem(name, value, "a string")
            elif value and not self.time:
                yield Problem(name, value, "it together with time='column'")
        if self.time and self.salt:
            yield Problem("salt", self.salt, "0 with time: nothing is hashed")


def said(division: Mapping[str, Any]) -> dict[str, Any]:
    """A card's ``splits`` without what is empty: cards of older versions lack the settings that have come since."""
    return {name: value for name, value in division.items() if value != ""}

"""Rows to splits by their times: where these are cut."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from components.data import times
from components.data.sources import Block
from components.data.splitting import is_test
from components.data.times import Kind
from schemas.columns import CellError
from schemas.errors import InputError
from schemas.splits import EVAL, NAMES, TEST, TRAIN, Splits

Place = Callable[[Block, int, str], str]
"""Of a block, a row in it (from 0) and a column: the words for them in an error."""


@dataclass(frozen=True)
class Cuts:
    """Where times are cut.

    Attributes:
      kind: what the times are.
      eval_from: the first time of the eval split.
      test_from: the first time of the test split; None where there is an official test set.
    """

    kind: Kind
    eval_from: int | float
    test_from: int | float | None

    def split_of(self, found: pa.Array, official: pa.Array | None) -> np.ndarray:
        """The split of each time, int64[N], an index into NAMES.

        Args:
          found: int64[N] or float64[N] (components.data.times).
          official: ``Block.splits``, string[N], where there is an official test set.
        """
        numbers = found.to_numpy(zero_copy_only=False)
        chosen = np.where(numbers < self.eval_from, NAMES.index(TRAIN), NAMES.index(EVAL))
        if official is not None:
            return np.where(is_test(official), NAMES.index(TEST), chosen)
        return np.where(numbers >= self.test_from, NAMES.index(TEST), chosen)

    def to_json(self) -> dict[str, str | float | None]:
        """The cuts as people write them; None for one that there is not."""
        ends = (("eval_from", self.eval_from), ("test_from", self.test_from))
        return {name: None if value is None else times.written(value, self.kind) for name, value in ends}


def times_of(block: Block, splits: Splits, kind: Kind, place: Place) -> pa.Array:
    """A block's times, int64[N] or float64[N]. Raises InputError for a row without one, or with one that cannot be read."""
    try:
        return times.read(block.cells[splits.time].combine_chunks(), kind, splits.time_format)
    except CellError as error:
        raise InputError(f"{place(block, error.row, splits.time)}: {error.reason}") from None


def cuts_of(blocks: Iterable[Block], splits: Splits, name: str, place: Place) -> Cuts:
    """Where the times of all rows are cut: at those at which the splits come nearest to their shares.

    Args:
      blocks: of the whole source, with the column of times.
      name: what errors call the source.
      place: names a cell.

    Raises:
      InputError: a time that cannot be read; too few different ones; or a given cut that leaves a split without rows.
    """
    kind, found, official = _all_times(blocks, splits, place)
    given = {
        end: times.given(getattr(splits, end), kind, splits.time_format, end) for end in ("eval_from", "test_from")
    }
    if official and given["test_from"] is not None:
        raise InputError(
            f"splits.test_from: received {splits.test_from!r}, but {name} has an official test set, which is the test split; "
            "leave it out"
        )
    needed = 2 if official else 3
    # Rows before a cut that is given are divided among the splits before it, and so on.
    unique, counts = np.unique(found, return_counts=True)
    if len(unique) < needed:
        raise InputError(
            f"{name}: column {splits.time!r} has {len(unique)} different times, and a division by time needs {needed} at least"
        )
    test_from = None if official else _test_cut(unique, counts, splits, given)
    before = unique if test_from is None else unique[unique < test_from]
    shares = splits.train / (splits.train + splits.eval)
    eval_from = _given_or(given["eval_from"], before, counts[: len(before)], shares)
    cuts = Cuts(kind, eval_from, test_from)
    _check(cuts, unique, splits, name)
    return cuts


def _all_times(blocks: Iterable[Block], splits: Splits, place: Place) -> tuple[Kind, np.ndarray, bool]:
    """The kind of all times, those of the rows outside an official test set, and whether there is such a set."""
    kind, parts, official = None, [], False
    for block in blocks:
        kind = kind or times.kind_of(block.cells[splits.time].combine_chunks(), splits.time_format)
        numbers = times_of(block, splits, kind, place).to_numpy(zero_copy_only=False)
        if block.splits is not None:
            numbers, official = numbers[~is_test(block.splits)], True
        parts.append(numbers)
    return kind or Kind.TIME, np.concatenate(parts), official


def _test_cut(
    unique: np.ndarray, counts: np.ndarray, splits: Splits, given: dict[str, int | float | None]
) -> int | float:
    """Of all times; of those from the eval split's first on, where that is given."""
    if given["test_from"] is not None:
        return given["test_from"]
    first = given["eval_from"]
    if first is None:
        return _nearest(
            unique[1:], np.cumsum(counts)[:-1] / counts.sum(), (splits.train + splits.eval) / sum(splits.shares)
        )
    later = unique >= first
    return _given_or(None, unique[later], counts[later], splits.eval / (splits.eval + splits.test))


def _given_or(given: int | float | None, unique: np.ndarray, counts: np.ndarray, share: float) -> int | float:
    """A cut that is given; else the time before which nearest to the share of the rows are; of less than two times any."""
    if given is not None:
        return given
    if len(unique) < 2:
        return _plain(unique[0]) if len(unique) else 0
    return _nearest(unique[1:], np.cumsum(counts)[:-1] / counts.sum(), share)


def _nearest(starts: np.ndarray, before: np.ndarray, share: float) -> int | float:
    return _plain(starts[np.argmin(np.abs(before - share))])


def _plain(number: np.generic) -> int | float:
    value: int | float = number.item()
    return value


def _check(cuts: Cuts, unique: np.ndarray, splits: Splits, name: str) -> None:
    """Raises InputError where a split has no time."""
    low, high = (times.written(_plain(end), cuts.kind) for end in (unique[0], unique[-1]))
    for split, rows in _within(cuts, unique):
        if not rows:
            ends = ", ".join(f"{key}={value}" for key, value in cuts.to_json().items() if value is not None)
            raise InputError(
                f"{name}: no row falls into split {split!r}: the times of {splits.time!r} are from {low} to {high}, and are "
                f"cut at {ends}; give other cuts or shares, or rows of more times"
            )


def _within(cuts: Cuts, unique: np.ndarray) -> Iterator[tuple[str, int]]:
    end = np.inf if cuts.test_from is None else cuts.test_from
    yield TRAIN, int(np.sum(unique < cuts.eval_from))
    yield EVAL, int(np.sum((unique >= cuts.eval_from) & (unique < end)))
    if cuts.test_from is not None:
        yield TEST, int(np.sum(unique >= cuts.test_from))

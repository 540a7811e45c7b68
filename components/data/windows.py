"""Windows: the rows of series to examples of a forecast, each with a window of past values and the values that came.

The rows are sorted in memory, at most MOST_ROWS of them; the windows themselves are made a block at a time.
"""

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from components.data import dividing, steps
from components.data.dividing import Cuts, Place
from components.data.sources import Block, keys_of
from schemas import columns
from schemas.columns import CellError, Label, NumberStyle, typed
from schemas.errors import InputError
from schemas.splits import Splits
from schemas.tasks import Forecast
from schemas.tasks.forecast import HISTORY

MOST_ROWS = 20_000_000
BLOCK_ROWS = 4096
_NO_ROW = -1


@dataclass(frozen=True)
class Facts:
    """What was found of the series.

    Attributes:
      text: a sentence for people.
    """

    text: str


@dataclass(frozen=True)
class _Rows:
    """All rows, sorted by series and time.

    Attributes:
      cells: the columns of the source, row for row.
      numbers: int64[N], the rows of the source, from 1.
      series: int64[N]; ``times``: int64[N] or float64[N]; ``values``: float64[N], NaN where the label is missing.
    """

    cells: pa.Table
    numbers: np.ndarray
    series: np.ndarray
    times: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class _Grid:
    """All series on their steps, one after the other.

    Attributes:
      rows: int64[G], the row at each place; _NO_ROW in a gap.
      begins: int64[G], the place at which the series of each place begins.
      values: float64[G], NaN in a gap; ``filled``: the same with the value before in a gap.
    """

    rows: np.ndarray
    begins: np.ndarray
    values: np.ndarray
    filled: np.ndarray


def blocks(
    read: Iterable[Block], task: Forecast, splits: Splits, cuts: Cuts, name: str, place: Place, style: NumberStyle
) -> Iterator[Block | Facts]:
    """The windows of a source's rows, in the order of series and time; what was found of the series at last.

    A window's cells are those of its last row (the origin), with ``history``, its last ``task.window`` values, and as the
    label list<float32> of ``task.label_width`` numbers. Its time is the first one that is forecast. One whose values to come
    reach into another split is left out, so that nothing of a later split is learned; its past may reach back.

    Args:
      read: the source's blocks, with the label, the columns of time and series, and all others that examples have.
      name: what errors call the source.
      place: names a cell.
      style: how the source's numbers are written.

    Raises:
      InputError: a row without a time or with a label that is no number, two rows of one series and time, times without a
        step, too many rows, or no window.
    """
    rows = _sorted(read, task, splits, cuts, name, place, style)
    found = steps.of_rows(rows.series) if task.gaps == "ignore" else _stepped(rows, task, cuts, name)
    season = task.season or found.season
    grid = _grid(rows, found.places, name)
    origins = _origins(grid, task)
    starts, ends = (rows.times[grid.rows[origins + ahead]] for ahead in (1, task.horizon))
    chosen, last = (cuts.split_of(pa.array(times), None) for times in (starts, ends))
    kept = np.flatnonzero(chosen == last)
    if not len(kept):
        raise InputError(
            f"{name}: no series has {task.window + task.horizon} values in a row (a window of {task.window} and "
            f"{task.horizon} to come) in steps of {found.words}; make the window or the horizon smaller, or give longer series"
        )
    for index, first in enumerate(range(0, len(kept), BLOCK_ROWS)):
        part = kept[first : first + BLOCK_ROWS]
        block = _block(index, first, rows, grid, origins[part], task, splits, season)
        yield dataclasses.replace(block, times=pa.array(starts[part]), until=pa.array(ends[part]))
    gaps = int(np.sum(grid.rows == _NO_ROW))
    series = len(np.unique(rows.series))
    yield Facts(
        f"{len(kept):,} windows of {len(rows.values):,} rows in {series:,} series, in steps of {found.words}"
        + (f", {gaps:,} of which are missing" if gaps else "")
        + (f"; the seasonal baseline repeats {season} steps" if season > 1 else "; without a season")
        + f"; {len(chosen) - len(kept):,} windows that reach from one split into the next are left out"
    )


def _sorted(
    read: Iterable[Block], task: Forecast, splits: Splits, cuts: Cuts, name: str, place: Place, style: NumberStyle
) -> _Rows:
    label = Label(task.label, None)
    tables, keys, times, values, numbers, count = [], [], [], [], [], 0
    for block in read:
        count += block.cells.num_rows
        if count > MOST_ROWS:
            raise InputError(
                f"{name}: more than {MOST_ROWS:,} rows, the most that a forecast sorts in memory; give fewer (--limit)"
            )
        tables.append(block.cells)
        if task.series:
            keys.append(keys_of(_cell_texts(block.cells[one]) for one in task.series))
        times.append(dividing.times_of(block, splits, cuts.kind, place).to_numpy(zero_copy_only=False))
        try:
            found = columns.convert(block.cells[task.label].combine_chunks(), "number", label, None, style)
        except CellError as error:
            raise InputError(f"{place(block, error.row, task.label)}: {error.reason}") from None
        values.append(found.cast(pa.float64()).to_numpy(zero_copy_only=False))
        numbers.append(np.arange(block.first_row, block.first_row + block.cells.num_rows))
    series = _codes(keys) if task.series else np.zeros(count, np.int64)
    moments = np.concatenate(times)
    order = np.lexsort((moments, series))
    rows = _Rows(
        pa.concat_tables(tables).take(pa.array(order)),
        np.concatenate(numbers)[order],
        series[order],
        moments[order],
        np.concatenate(values)[order],
    )
    twice = np.flatnonzero((np.diff(rows.series) == 0) & (np.diff(rows.times) == 0))
    if len(twice):
        one, other = sorted(rows.numbers[twice[0] : twice[0] + 2].tolist())
        which = f" and equal {', '.join(task.series)}" if task.series else ""
        advice = "" if task.series else "; name the columns that say which series a row is of: series=(...)"
        raise InputError(
            f"{name}: rows {one} and {other} have one time{which}, and a series has one row a time{advice}"
        )
    return rows


def _codes(keys: list[pa.Array]) -> np.ndarray:
    """int64[N]: equal ones for equal keys, in the order of their first rows."""
    found: np.ndarray = pa.chunked_array(keys).combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)
    return found


def _stepped(rows: _Rows, task: Forecast, cuts: Cuts, name: str) -> steps.Steps:
    try:
        return steps.found(rows.series, rows.times, cuts.kind, task.time)
    except InputError as error:
        raise InputError(f"{name}, {error}") from None


def _grid(rows: _Rows, places: np.ndarray, name: str) -> _Grid:
    begins = np.flatnonzero(np.diff(rows.series, prepend=-1))
    lengths = places[np.append(begins[1:], len(places)) - 1] + 1
    size = int(lengths.sum())
    if size > 4 * MOST_ROWS:
        raise InputError(
            f"{name}: {len(places):,} rows stand on {size:,} steps, too many gaps to fill; say gaps='ignore' in the task"
        )
    offsets = np.cumsum(lengths) - lengths
    own = np.repeat(offsets, np.diff(np.append(begins, len(places)))) + places
    at = np.full(size, _NO_ROW)
    at[own] = np.arange(len(places))
    values = np.full(size, np.nan)
    values[own] = rows.values
    starts = np.repeat(offsets, lengths)
    # The place of the last known value up to each place: of the series itself, so that none is filled from another one.
    known = np.maximum.accumulate(np.where(np.isnan(values), starts, np.arange(size)))
    return _Grid(at, starts, values, values[known])


def _origins(grid: _Grid, task: Forecast) -> np.ndarray:
    """int64[W]: the places of the last values of all windows: each has a row, and all values that are to come are known."""
    places = np.arange(len(grid.values) - task.horizon)
    if not len(places):
        return places
    ahead = places + task.horizon
    known = np.append(0, np.cumsum(~np.isnan(grid.values)))
    whole = (grid.begins[ahead] == grid.begins[places]) & (known[ahead + 1] - known[places + 1] == task.horizon)
    first = places - task.window + 1
    past = (first >= grid.begins[places]) & ~np.isnan(grid.filled[np.maximum(first, 0)])
    return np.flatnonzero(whole & past & (grid.rows[places] != _NO_ROW))


def _block(
    index: int,
    first: int,
    rows: _Rows,
    grid: _Grid,
    origins: np.ndarray,
    task: Forecast,
    splits: Splits,
    season: int,
) -> Block:
    own = grid.rows[origins]
    cells = rows.cells.take(pa.array(own))
    keys = keys_of(_cell_texts(cells[name]) for name in splits.key)
    past = grid.filled[origins[:, None] + np.arange(1 - task.window, 1)]
    cells = cells.set_column(cells.schema.get_field_index(task.label), task.label, _labels(grid, origins, task, season))
    cells = cells.append_column(
        HISTORY, pa.array([_text(line) for line in past.astype(np.float32).tolist()], pa.binary())
    )
    return Block(index, first + 1, cells, keys, rows=pa.array(rows.numbers[own]))


def _labels(grid: _Grid, origins: np.ndarray, task: Forecast, season: int) -> pa.Array:
    """list<float32>[W]: the values that came, the seasonal forecast of each, and the last value."""
    ahead = np.arange(1, task.horizon + 1)
    truth = grid.values[origins[:, None] + ahead]
    last = grid.filled[origins]
    # The value of the same place in the last season that is known at the origin.
    before = origins[:, None] + ahead - season * -(-ahead // season)
    known = before >= grid.begins[origins][:, None]
    repeated = np.where(known, grid.filled[np.maximum(before, 0)], last[:, None])
    repeated = np.where(np.isnan(repeated), last[:, None], repeated)
    whole = np.concatenate([truth, repeated, last[:, None]], axis=1).astype(np.float32)
    return pa.ListArray.from_arrays(
        np.arange(len(whole) + 1, dtype=np.int32) * task.label_width, pa.array(whole.ravel())
    )


def _cell_texts(cells: pa.ChunkedArray) -> pa.Array:
    return columns.to_string(typed.to_text(cells.combine_chunks()))


def _text(numbers: list[float]) -> bytes:
    return " ".join(f"{number:.9g}" for number in numbers).encode()

"""Some rows of a source, in the splits that ExampleGen would put them into."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from components.data import sources
from components.data.splitting import split_of
from schemas import columns
from schemas.columns import labels_of
from schemas.columns.numbers import NumberStyle
from schemas.description import Description
from schemas.sources import Source
from schemas.splits import Splits

_SEED = 1


@dataclass(frozen=True)
class Sample:
    """Rows.

    Attributes:
      cells: by column, as ``schemas.columns.convert`` gives them: float32[N], or binary[N] of pictures and texts.
      labels: int64[N], class indices; or float32[N].
      splits: int64[N], indices into schemas.splits.NAMES.
      rows: int64[N], their numbers in the source, from 1.
    """

    cells: dict[str, pa.Array]
    labels: np.ndarray
    splits: np.ndarray
    rows: np.ndarray


def drawn(
    source: Source, path: str, description: Description, kinds: Mapping[str, str], splits: Splits, share: float
) -> Sample:
    """Rows that are drawn at random, each with the same chance; equal calls draw equal rows.

    Args:
      path: of a prepared source.
      kinds: the type of each column that is read, the label's among them.
      share: of the rows that are taken, up to 1.

    Raises:
      InputError: the source cannot be read.
      CellError: a cell that does not fit its column.
    """
    random = np.random.default_rng(_SEED)
    task, forms = description.task, description.forms()
    style = NumberStyle.of(vars(source))
    label = labels_of(task)[0]
    cells: dict[str, list[pa.Array]] = {name: [] for name in kinds}
    chosen, numbers = [], []
    for block in sources.blocks(source, path, kinds, splits.key):
        taken = np.flatnonzero(random.random(block.cells.num_rows) < share)
        indices = pa.array(taken)
        for name, kind in kinds.items():
            found = block.cells[name].combine_chunks().take(indices)
            cells[name].append(columns.convert(found, kind, label, forms.get(name), style))
        official = None if block.splits is None else block.splits.take(indices)
        chosen.append(split_of(block.keys.take(indices), official, splits))
        numbers.append(block.first_row + taken)
    whole = {name: pa.chunked_array(parts).combine_chunks() for name, parts in cells.items()}
    labels = whole.pop(task.label).to_numpy(zero_copy_only=False)
    return Sample(whole, labels, np.concatenate(chosen), np.concatenate(numbers))

"""The rows of a split of an Examples artifact with their keys, streamed."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from components.data import keys
from components.data.examples import artifact_split
from prediction import split_rows
from prediction.split_rows import Row
from schemas.model_card import ModelCard

MOST = 10_000  # rows of a sample
_SEED = 0


def of_split(examples: str, split: str, card: ModelCard) -> Iterator[tuple[str, Row]]:
    """Key and row of each example, in the order of the files.

    Args:
      examples: the folder of the artifact.
      card: of a model that reads the columns that are wanted.
    """
    for file in sorted(Path(artifact_split(examples, split)).glob("*.gz")):
        names = keys.read(examples, split, file.name)["key"].to_pylist()
        for name, record in zip(names, split_rows.records(file), strict=True):
            yield name, split_rows.row_of(card, record)


def sampled(examples: str, split: str, total: int) -> Iterator[tuple[list[bytes], pa.Table]]:
    """Serialized examples chosen at random, and their keys (components.data.keys): file by file, ``MOST`` in all.

    Args:
      total: how many rows the split has; where there are no more than ``MOST``, all are given.
    """
    chosen = np.arange(total)
    if total > MOST:
        chosen = np.sort(np.random.default_rng(_SEED).choice(total, MOST, replace=False))
    first = 0
    for file in sorted(Path(artifact_split(examples, split)).glob("*.gz")):
        names = keys.read(examples, split, file.name)
        here = chosen[(chosen >= first) & (chosen < first + len(names))] - first
        kept = set(here.tolist())
        yield [record for row, record in enumerate(split_rows.records(file)) if row in kept], names.take(pa.array(here))
        first += len(names)

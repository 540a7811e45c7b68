"""The rows of a split of an Examples artifact with their keys, streamed."""

from collections.abc import Iterator
from pathlib import Path

from components.data import keys
from components.data.examples import artifact_split
from prediction import split_rows
from prediction.split_rows import Row
from schemas.model_card import ModelCard


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

"""Rows on their way through a batch prediction: what identifies them, and what the model reads of them."""

import difflib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas import columns, forms
from schemas.columns.cells import null_where
from schemas.errors import InputError, listed, shown
from schemas.model_card import ModelCard

ROWS = 1024
PICTURES = 64  # files of some megabytes each


@dataclass(frozen=True)
class Chunk:
    """Consecutive rows, few enough for one call of the model.

    Attributes:
      shown: the columns that identify a row in the output.
      inputs: float32 or binary[N] by raw column of the model; null where a value is missing.
      place: names a row, counted from 0 in the chunk, for an error.
    """

    shown: pa.RecordBatch
    inputs: dict[str, pa.Array]
    place: Callable[[int], str]

    def tensors(self) -> dict[str, np.ndarray]:
        """The inputs as the model takes them: float32[N] with NaN, or object[N] of bytes with b"", where one is missing."""
        return {
            name: pc.fill_null(values, np.nan if pa.types.is_floating(values.type) else b"").to_numpy(
                zero_copy_only=False
            )
            for name, values in self.inputs.items()
        }

    def slices(self) -> Iterator["Chunk"]:
        """The same rows in chunks of at most ROWS."""
        for start in range(0, self.shown.num_rows, ROWS):
            yield Chunk(
                self.shown.slice(start, ROWS),
                {name: values.slice(start, ROWS) for name, values in self.inputs.items()},
                lambda row, start=start: self.place(start + row),  # type: ignore[misc]
            )


@dataclass(frozen=True)
class Rows:
    """An input that was opened.

    Attributes:
      shown: the schema of every chunk's ``shown``.
      chunks: the rows in order; raises InputError for one that does not fit.
      total: how many rows there are, where that is known.
      unread: columns that the model does not read.
      skipped: how many files of a folder are of another kind.
    """

    shown: pa.Schema
    chunks: Iterator[Chunk]
    total: int | None = None
    unread: list[str] = field(default_factory=list)
    skipped: int = 0


def kinds(card: ModelCard) -> dict[str, str]:
    """Raw columns of the model with their type: ``number``, ``string`` or ``image``."""
    return {name: spec["type"] for name, spec in card.inputs.items()}


def formed(values: pa.Array, card: ModelCard, name: str) -> pa.Array:
    """A column of the model, float32 or binary[N], in the form that its cells must have. Raises CellError."""
    form = forms.of_spec(card.inputs[name])
    return values if form is None else columns.of_form(values, form)


def check_columns(path: str, found: list[str], card: ModelCard, keep: tuple[str, ...]) -> None:
    """Raises InputError for a name that stands twice, or a column that the model or a submission needs and is not there."""
    twice = {name for name in found if name and found.count(name) > 1}
    if twice:
        raise InputError(f"{path} has the column {shown(min(twice))} twice; each name may stand once")
    for name, reader in [(name, f"{card.name} {card.version} reads") for name in card.inputs] + [
        (name, "a submission needs") for name in keep
    ]:
        if name not in found:
            # An error even where the model could take a missing value: a misspelt name would be one in every row.
            close = difflib.get_close_matches(name, found, 1)
            meant = f"is it {shown(close[0])}? " if close else ""
            raise InputError(
                f"{path} has no column {shown(name)}, which {reader}; {meant}its columns are {listed(found)}"
            )


def present(cells: pa.Array, card: ModelCard) -> pa.Array:
    """binary[N], null where the cell means "no value" in the training source."""
    missing = pa.array([cell.encode() for cell in card.reading.get("missing", [""])], pa.binary())
    return null_where(pc.is_in(cells, missing), cells)


def unread(found: Iterable[str], card: ModelCard) -> list[str]:
    """The columns among ``found`` that the model does not read, in their order."""
    return [name for name in found if name not in card.inputs]

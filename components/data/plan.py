"""What ExampleGen reads, and how."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from components.data.dividing import Cuts
from components.data.sources import Block
from schemas.columns import Label, NumberStyle
from schemas.slices import Buckets
from schemas.splits import Splits
from schemas.tasks import Forecast
from schemas.tasks.forecast import HISTORY


@dataclass(frozen=True)
class Plan:
    """What to read and how, as ExampleGen's parameters say it.

    Attributes:
      source: where from (schemas.sources).
      path: its files (components.data.sources.Located).
      columns: column name to type.
      forms: what cells must look like beyond their type, by column, as a model card's input says it (schemas.forms).
      needed: those that must have a value in the train split.
      labels: how the label of each task is read.
      splits: how rows are divided.
      buckets: the ranges that are written as columns, of columns that are read.
      limit: the most rows that are read, 0 for all.
      name: what errors call the source.
      cuts: where a division by time cuts; None for one by hash.
      forecast: the task whose windows rows are made into; None where a row is an example.
    """

    source: Any
    path: str
    columns: dict[str, str]
    needed: tuple[str, ...]
    labels: tuple[Label, ...]
    splits: Splits
    buckets: tuple[Buckets, ...]
    limit: int
    name: str
    forms: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    cuts: Cuts | None = None
    forecast: Forecast | None = None

    def label_of(self, column: str) -> Label:
        """How a column is read, if it is a label; that of the first task for any other."""
        return next((label for label in self.labels if label.column == column), self.labels[0])

    @property
    def wanted(self) -> tuple[str, ...]:
        """The columns that are read: those that are written, and those by which rows are divided or made into windows."""
        own = tuple(name for name in self.columns if self.forecast is None or name != HISTORY)
        more = self.splits.columns if self.forecast else filter(None, (self.splits.time,))
        return tuple(dict.fromkeys((*own, *more)))

    def place(self, block: Block, row: int, column: str) -> str:
        """Where a cell stands, for an error; ``row`` is from 0, within the block."""
        number = block.first_row - block.rows_before + row if block.rows is None else block.rows[row].as_py()
        return f"{block.file or self.name}, row {number}, column {column!r}"

    @property
    def style(self) -> NumberStyle:
        """How the source's numbers are written."""
        return NumberStyle.of(vars(self.source))

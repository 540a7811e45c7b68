"""predictions.parquet: a model's answer to every example of its test split, with the raw features, the label and the loss.

ErrorAnalyzer writes it, and everything that explains a model reads it: nothing predicts twice. It is one row an example, in
the order of the examples' files:

- ``key`` string: the cells of the page's split key, or 16 hex digits of a hash where a row is its own key;
- ``source_row`` int64: the row of the source, from 1;
- ``label``, ``prediction``: string, the name of a class, or of several classes a JSON array of their names; or float64, in the
  label's unit;
- ``low``, ``high`` float64, in the label's unit: of a regression with an interval alone;
- ``confidence`` float32, of a classification alone; ``probabilities`` list<float32>, in the order of the classes, of it and
  where an answer is several classes;
- ``last_value``, ``seasonal_value`` float64: of a forecast alone, which has a row for each step ahead (``slice.step``), what
  the two naive forecasts say;
- ``loss`` float64: see ``analysis.losses``;
- ``input.<column>`` for each raw column: float32, string, or binary (a picture's file); null where it is missing;
- ``slice.<column>`` string for each column that the page's slices name; null where it is missing.

The schema's metadata has ``Info`` as JSON under ``slipway``.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analysis import multi_hot
from analysis.losses import losses
from schemas import codec
from schemas.errors import InputError
from schemas.json_record import JsonRecord
from schemas.slices import Buckets
from schemas.tasks import CLASS, CLASSES, Forecast, MultiLabel, Task

FILE = "predictions.parquet"
INPUT, SLICE = "input.", "slice."
ENDS = ("low", "high")
NAIVE = ("last_value", "seasonal_value")
_METADATA = b"slipway"
TYPES = {"number": pa.float32(), "string": pa.string(), "image": pa.binary()}


@dataclass(frozen=True)
class Info(JsonRecord):
    """Whose predictions they are.

    Attributes:
      name: the dataset.
      task: as ``schemas.codec`` writes it.
      split: whose examples they are.
      inputs: the raw columns' types by name: ``number``, ``string`` or ``image``.
      slices: the columns of the page's slices, those that are crossed together.
      buckets: those of ``slices`` that are ranges of another column, each once.
    """

    name: str
    task: str
    split: str
    inputs: dict[str, str]
    slices: tuple[tuple[str, ...], ...] = ()
    buckets: tuple[Buckets, ...] = ()

    @property
    def slice_columns(self) -> tuple[str, ...]:
        """The columns of ``slices``, each once."""
        return tuple(dict.fromkeys(column for columns in self.slices for column in columns))


class Predictions:
    """The table in memory, and its columns as arrays.

    Attributes:
      info: whose they are.
      table: as the module says; columns that were not asked for are absent.
    """

    def __init__(self, info: Info, table: pa.Table) -> None:
        self.info = info
        self.table = table

    def __len__(self) -> int:
        return self.table.num_rows

    @cached_property
    def task(self) -> Task:
        """What is predicted."""
        found: Task = codec.loads(self.info.task)
        return found

    @property
    def classes(self) -> tuple[str, ...] | None:
        """The classes' names, None for a regression."""
        return self.task.classes_or_none

    @cached_property
    def labels(self) -> np.ndarray:
        """int64[N], class indices, or masks of several classes (analysis.multi_hot); or float64[N]."""
        return self._indices("label")

    @cached_property
    def answers(self) -> np.ndarray:
        """int64[N], indices or masks of the answered classes, -1 where ``finite`` is not; or float64[N]."""
        found = self._indices("prediction")
        return found if self.classes is None else np.where(self.finite, found, -1)

    @cached_property
    def finite(self) -> np.ndarray:
        """bool[N]: whether the answer is one: a finite number, or a class of which the probabilities are finite."""
        if self.classes is None:
            return np.isfinite(self.answers)
        if "probabilities" in self.table.column_names:
            return np.isfinite(self.probabilities).all(axis=1)
        if "confidence" in self.table.column_names:
            return np.isfinite(self.table["confidence"].to_numpy())
        return self._indices("prediction") >= 0

    @cached_property
    def probabilities(self) -> np.ndarray:
        """float32[N, classes]."""
        flat = self.table["probabilities"].combine_chunks().flatten()
        return flat.to_numpy(zero_copy_only=False).reshape(len(self), len(self.classes or ()))

    @cached_property
    def ends(self) -> np.ndarray:
        """float64[N, 2]: low and high of a regression's intervals, in the label's unit."""
        return np.stack([self.table[name].to_numpy() for name in ENDS], axis=1)

    @cached_property
    def judged(self) -> np.ndarray:
        """The answers as ``analysis.losses.judged`` gives them."""
        if self.classes is not None:
            return self.probabilities
        return self.answers if self.task.share is None else np.column_stack([self.answers, self.ends])

    @cached_property
    def loss(self) -> np.ndarray:
        """float64[N]."""
        return self.table["loss"].to_numpy()

    @cached_property
    def right(self) -> np.ndarray:
        """bool[N]: whether the answer is finite and the label, with several classes all of them; not of numbers."""
        return self.labels == self.answers

    def has(self, index: int) -> np.ndarray:
        """bool[N]: whether the label is, or of several classes has, the class of that index."""
        if self.task.kind == CLASSES:
            return multi_hot.bits(self.labels, len(self.classes or ()))[:, index]
        found: np.ndarray = self.labels == index
        return found

    def input(self, column: str) -> pa.ChunkedArray:
        """A raw column, null where a value is missing."""
        return self.table[INPUT + column]

    def row(self, index: int) -> dict[str, Any]:
        """One row by the names of the file's columns."""
        found: dict[str, Any] = self.table.slice(index, 1).to_pylist()[0]
        return found

    def _indices(self, column: str) -> np.ndarray:
        if self.classes is None:
            return self.table[column].to_numpy()
        if self.task.kind == CLASSES:
            encoded = self.table[column].combine_chunks().dictionary_encode()
            known = multi_hot.from_texts(encoded.dictionary.to_pylist(), self.classes)
            return known[encoded.indices.to_numpy()]
        found = pc.index_in(self.table[column], pa.array(self.classes))
        return pc.fill_null(found, -1).to_numpy().astype(np.int64)


def read(path: Path, columns: Iterable[str] | None = None) -> Predictions:
    """A file of predictions.

    Args:
      path: the file, or the folder that it is in under its name.
      columns: the columns that are read, all without; pictures are most of a file.

    Raises:
      InputError: there is none, or it is not one.
    """
    file = path / FILE if path.is_dir() else path
    try:
        # Not pq.read_table, which imports pandas: most of a second.
        with pq.ParquetFile(file) as opened:
            table = opened.read(list(columns) if columns is not None else None)
        return Predictions(_info(table.schema), table)
    except (OSError, pa.ArrowException, KeyError, ValueError) as error:
        raise InputError(
            f"cannot read the predictions {file} ({' '.join(str(error).split())[:200]}); "
            "run the pipeline again to have them written"
        ) from error


def blocks(path: Path, rows: int = 4096, columns: Iterable[str] | None = None) -> Iterator[Predictions]:
    """The file in blocks of at most so many rows: constant memory. Raises InputError as ``read`` does."""
    try:
        with pq.ParquetFile(path) as file:
            info = _info(file.schema_arrow)
            for batch in file.iter_batches(rows, columns=list(columns) if columns is not None else None):
                yield Predictions(info, pa.Table.from_batches([batch]))
    except (OSError, pa.ArrowException, KeyError, ValueError) as error:
        raise InputError(
            f"cannot read the predictions {path} ({error}); run the pipeline again to have them written"
        ) from error


def columns(path: Path) -> tuple[str, ...]:
    """The names of the file's columns, for ``read`` to be given some of them. Raises InputError as ``read`` does."""
    try:
        return tuple(pq.read_schema(path).names)
    except (OSError, pa.ArrowException) as error:
        raise InputError(
            f"cannot read the predictions {path} ({error}); run the pipeline again to have them written"
        ) from error


def count(path: Path) -> int:
    """How many rows the file has. Raises InputError as ``read`` does."""
    try:
        return int(pq.read_metadata(path).num_rows)
    except (OSError, pa.ArrowException) as error:
        raise InputError(
            f"cannot read the predictions {path} ({error}); run the pipeline again to have them written"
        ) from error


def rows(path: Path, indices: Iterable[int]) -> dict[int, dict[str, Any]]:
    """A few rows by their numbers, as ``Predictions.row`` gives one; the row groups that have them are read, one at a time.

    Raises:
      InputError: as ``read`` does; or no row has one of the numbers.
    """
    wanted, start = set(indices), 0
    found: dict[int, dict[str, Any]] = {}
    try:
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                stop = start + file.metadata.row_group(group).num_rows
                here = sorted(index for index in wanted if start <= index < stop)
                if here:
                    table = file.read_row_group(group).take([index - start for index in here])
                    found.update(zip(here, table.to_pylist(), strict=True))
                start = stop
    except (OSError, pa.ArrowException) as error:
        raise InputError(
            f"cannot read the predictions {path} ({error}); run the pipeline again to have them written"
        ) from error
    if wanted - set(found):
        raise InputError(f"{path} has {start} rows, and not the row {min(wanted - set(found))}; run the pipeline again")
    return found


def schema_of(info: Info) -> pa.Schema:
    """The file's schema, with ``info`` in its metadata."""
    task: Task = codec.loads(info.task)
    answer = pa.string() if task.classes_or_none else pa.float64()
    confidence = [("confidence", pa.float32())] if task.kind == CLASS else []
    shares = [("probabilities", pa.list_(pa.float32()))] if task.classes_or_none else []
    fields = [
        ("key", pa.string()),
        ("source_row", pa.int64()),
        ("label", answer),
        ("prediction", answer),
        *((name, pa.float64()) for name in (ENDS if task.share is not None else ())),
        *((name, pa.float64()) for name in (NAIVE if isinstance(task, Forecast) else ())),
        *confidence,
        *shares,
        ("loss", pa.float64()),
        *((INPUT + name, TYPES[kind]) for name, kind in info.inputs.items()),
        *((SLICE + name, pa.string()) for name in info.slice_columns),
    ]
    return pa.schema(fields, {_METADATA: json.dumps(info.to_json())})


def answered(task: Task, labels: np.ndarray, answers: np.ndarray) -> dict[str, Any]:
    """The columns ``label``, ``prediction``, ``loss`` and, where answers are classes, their ``probabilities``; of one class an
    answer its ``confidence``.

    Args:
      labels, answers: as of ``analysis.losses.losses``.
    """
    loss = losses(task, labels, answers)
    if task.classes_or_none is None:
        columns = ("prediction",) if task.share is None else ("prediction", *ENDS)
        numbers = answers.astype(np.float64).reshape(len(labels), len(columns)).T
        return {"label": labels.astype(np.float64), **dict(zip(columns, numbers, strict=True)), "loss": loss}
    if isinstance(task, MultiLabel):
        chosen = multi_hot.masks(multi_hot.answered(answers, task.threshold))
        texts = {"label": labels, "prediction": chosen}
        named = {name: multi_hot.texts(masks, task.classes) for name, masks in texts.items()}
        return {**named, "probabilities": list(answers), "loss": loss}
    names = np.array(task.classes_or_none)
    return {
        "label": names[labels],
        "prediction": names[answers.argmax(axis=1)],
        "confidence": answers.max(axis=1),
        "probabilities": list(answers),
        "loss": loss,
    }


def _info(schema: pa.Schema) -> Info:
    return Info.from_json(json.loads((schema.metadata or {})[_METADATA]))

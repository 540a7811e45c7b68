"""DataFrames as the rows of a batch prediction, and a model's outputs as DataFrames."""

import datetime
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from analysis.losses import judged
from prediction.answer import Answer, by_label
from prediction.files import answer_columns, parquet_rows
from prediction.files.file_request import FileRequest
from prediction.files.rows import Chunk
from prediction.loaded_model import LoadedModel
from schemas.columns import CellError, convert, labels_of, typed
from schemas.errors import InputError
from schemas.model_card import ModelCard
from schemas.records import Metrics
from schemas.tasks import SEVERAL, Forecast, Task
from schemas.tasks.multi_label import text_of
from schemas.tasks.several import with_label

_HERE = "the DataFrame"


def plain(value: Any) -> Any:
    """An input as ``schemas.request.parse`` takes it: paths are read, numpy's numbers are Python's, NaN and NaT are None, and
    times and dates the text that they are in a DataFrame.
    """
    if isinstance(value, Mapping):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, Path):
        try:
            return value.read_bytes()
        except OSError as error:
            raise InputError(f"cannot read the picture {value}: {error.strerror}") from error
    if isinstance(value, np.datetime64):
        return plain(pd.Timestamp(value))  # whose item() may be a number of nanoseconds
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, np.ndarray | pd.Series):
        return value.tolist()
    if value is pd.NaT or value is pd.NA or value != value:
        return None
    return typed.to_text(pa.array([value]))[0].as_py().decode() if isinstance(value, datetime.date) else value


def answers(model: LoadedModel, rows: pd.DataFrame, probabilities: bool) -> pd.DataFrame:
    """The answers to N rows, with their index."""
    request = _request(probabilities)
    schema = pa.schema(answer_columns.fields(model.card, request))
    batches = []
    for chunk in _chunks(model.card, rows):
        outputs = model.predict_columns(chunk.tensors())
        batches.append(pa.RecordBatch.from_arrays(answer_columns.arrays(model.card, request, outputs), schema=schema))
    return pa.Table.from_batches(batches, schema).to_pandas().set_index(rows.index)


def of_answers(found: Sequence[Answer], card: ModelCard, probabilities: bool) -> pd.DataFrame:
    """Answers to a list of inputs, in the columns of ``answers``."""
    lines = [
        {
            with_label(label, name) if label else name: cell
            for label, part in by_label(answer).items()
            for name, cell in _cells_of(part, probabilities).items()
        }
        for answer in found
    ]
    return pd.DataFrame(lines, columns=[field.name for field in answer_columns.fields(card, _request(probabilities))])


def _cells_of(answer: Answer, probabilities: bool) -> dict[str, Any]:
    """The answer of one task by column."""
    cells: dict[str, Any] = {**answer.as_json()}
    shares = cells.pop("probabilities", {})
    cells |= {end: value for end, value in cells.pop("interval", {}).items() if end != "share"}
    cells |= {f"step {step}": value for step, value in enumerate(cells.pop("values", ()), 1)}
    if "classes" in cells:
        cells["classes"] = text_of(cells["classes"])
    return cells | ({f"p({name})": share for name, share in shares.items()} if probabilities else {})


def metrics(model: LoadedModel, rows: pd.DataFrame, task: Task) -> Metrics:
    """The task's metrics of N rows with their labels; None for one without a value, as the AUC of one class."""
    # Here: the metrics are TFMA's too, whose import takes seconds.
    from components.evaluation import metrics as evaluator

    labels = [_labels(rows, part) for part in task.parts]
    answered = [judged(task, model.raw_outputs(chunk.tensors())) for chunk in _chunks(model.card, rows)]
    if task.kind == SEVERAL:
        return evaluator.of_arrays(task, tuple(labels), tuple(map(np.concatenate, zip(*answered, strict=True))))
    return evaluator.of_arrays(task, labels[0], np.concatenate(answered))


def _request(probabilities: bool) -> FileRequest:
    return FileRequest("", "", probabilities=probabilities)


def _labels(rows: pd.DataFrame, task: Task) -> np.ndarray:
    if isinstance(task, Forecast):
        raise InputError(
            f"a forecast of {task.label!r} is judged on windows of its series, which rows do not have: compare the answers of "
            "predict() with what came, or judge a version by `slipway run`"
        )
    if task.label not in rows.columns:
        raise InputError(f"{_HERE} has no column {task.label!r}, the label; its columns are {_named(rows)}")
    try:
        text = _cells(task.label, rows[task.label], "string")
        (label,) = labels_of(task)
        return convert(text, "label", label).to_numpy()
    except CellError as error:
        raise InputError(f"{_HERE}, row {error.row + 1}, column {task.label!r}: {error.reason}") from None


def _chunks(card: ModelCard, rows: pd.DataFrame) -> Iterator[Chunk]:
    """The rows as those of a Parquet file: one reader decides what a cell means."""
    if not len(rows):
        raise InputError(f"{_HERE} has no rows; at least one is expected")
    if missing := [name for name in card.inputs if name not in rows.columns]:
        raise InputError(
            f"{_HERE} has no column {missing[0]!r}, which {card.name} {card.version} reads; its columns are {_named(rows)}"
        )
    table = pa.table({name: _cells(name, rows[name], spec["type"]) for name, spec in card.inputs.items()})
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder, "rows.parquet"))
        parquet.write_table(table, file, compression="none")
        try:
            yield from parquet_rows.read(file, card, ()).chunks
        except InputError as error:
            raise InputError(str(error).replace(file, _HERE)) from None


def _cells(name: str, cells: pd.Series, kind: str) -> pa.Array:
    """A column as an Arrow array; as text, if the model reads text, whatever type pandas made of it."""
    try:
        found = pa.Array.from_pandas(cells)
        if isinstance(found, pa.ChunkedArray):
            found = found.combine_chunks()
        return typed.to_text(found).cast(pa.string()) if kind == "string" else found
    except (pa.ArrowException, TypeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{_HERE}, column {name!r}: {reason}; give all of its cells one type") from None


def _named(rows: pd.DataFrame) -> str:
    return ", ".join(repr(str(name)) for name in list(rows.columns)[:50])

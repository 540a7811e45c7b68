"""`slipway predict --file`: a model's answers to a whole file or folder, streamed in constant memory."""

import dataclasses
import itertools
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol, TextIO

import pyarrow as pa
import pyarrow.compute as pc

from prediction.answer import Outputs, UnansweredError
from prediction.files import answer_columns, csv_rows, folder_rows, line_rows, parquet_rows, record_rows
from prediction.files.file_request import FOLDER, FileRequest, check
from prediction.files.rows import Chunk, Rows, kinds
from prediction.files.writers import Writer, csv_can_carry, is_csv, writer
from schemas.csv_files.endings import CSV, LINES, RECORDS, TABLES
from schemas.errors import InputError, listed
from schemas.model_card import Identity, ModelCard
from schemas.quiet import output_to

_SHOWN_COLUMNS = 10
# Given stderr and the number of rows, where that is known; what it opens takes the number of rows that were just done.
Progress = Callable[[TextIO, int | None], AbstractContextManager[Callable[[int], None]]]


class Summary(Identity):
    """What ``slipway predict --file --json`` prints.

    Attributes:
      rows: how many were answered.
      out: what was written; "-" for stdout.
      seconds: wall time, loading the model included.
      unread: columns of the input that the model does not read.
      skipped: how many files of a folder are of another kind.
    """

    rows: int
    out: str
    seconds: float
    unread: list[str]
    skipped: int


class AnswersColumns(Protocol):
    """What answers: a model in this process, or a server."""

    def predict_columns(self, columns: Mapping[str, Any]) -> Outputs:
        """Answers N rows, column by column, as ``prediction.loaded_model.LoadedModel`` does.

        Raises:
          UnansweredError: the cause is a row, and the others may be answered.
          InputError: there is no answer, whatever the rows.
        """


@contextmanager
def _unseen(stderr: TextIO, total: int | None) -> Iterator[Callable[[int], None]]:
    yield lambda rows: None


def run(
    card: ModelCard, request: FileRequest, load: Callable[[bool], AnswersColumns], progress: Progress = _unseen
) -> Summary:
    """Predicts all rows and writes them; notes go to stderr.

    Args:
      load: gives what answers, of which the argument says whether probabilities are needed; called when the first rows were
        read and are good.
      progress: shows how far it is.

    Raises:
      InputError: the input or the output is refused; what stood at ``request.out`` is then still there. What is wrong with
        the options, the columns or the first rows is found before ``load`` is called.
    """
    begun = time.perf_counter()
    check(request, card)
    rows = _writable(open_rows(request, card), card, request)
    schema = _output_schema(rows, card, request)
    _note(rows, card, request)
    with writer(request.out, schema) as out:
        # Before the model is loaded, which takes seconds: most files that cannot be read fail in their first rows.
        first = next(rows.chunks, None)
        if first is None:
            raise InputError(f"{request.file} has no rows")
        rows = dataclasses.replace(rows, chunks=itertools.chain([first], rows.chunks))
        done = _predict(load, card, rows, schema, request, out, progress)
    return {
        "rows": done,
        "out": request.out,
        "seconds": round(time.perf_counter() - begun, 3),
        "unread": rows.unread,
        "skipped": rows.skipped,
        **card.identity,
    }


def open_rows(request: FileRequest, card: ModelCard) -> Rows:
    """The input's rows. Raises InputError for one that cannot be read or does not fit the model."""
    keep = (card.submission["id"],) if request.submission and card.submission else ()
    with_columns: dict[str, Callable[..., Rows]] = {
        **dict.fromkeys(CSV, csv_rows.read), **dict.fromkeys(TABLES, parquet_rows.read)
    }  # fmt: skip
    if request.kind in with_columns:
        return with_columns[request.kind](request.file, card, keep)
    readers = {
        **dict.fromkeys(RECORDS, record_rows.read), **dict.fromkeys(LINES, line_rows.read_requests),
        ".txt": line_rows.read_texts, FOLDER: folder_rows.read,
    }  # fmt: skip
    return readers[request.kind](request.file, card)


def _writable(rows: Rows, card: ModelCard, request: FileRequest) -> Rows:
    """The rows without what CSV cannot carry; or, for Parquet, with a CSV file's numbers as the model reads them."""
    if not is_csv(request.out):
        # A CSV file has texts alone: in Parquet a number that is a text would have to be cast by whoever reads it.
        numbers = {name for name, kind in kinds(card).items() if kind == "number"}
        fields = [
            pa.field(field.name, pa.float32()) if field.name in numbers and field.type == pa.string() else field
            for field in rows.shown
        ]
        return _with_shown(rows, pa.schema(fields))
    shown = pa.schema([field for field in rows.shown if csv_can_carry(field.type)])
    left_out = [name for name in rows.shown.names if name not in shown.names]
    if left_out:
        print(f"left out, as CSV cannot carry them: {listed(left_out)}", file=sys.stderr)
    return _with_shown(rows, shown)


def _with_shown(rows: Rows, shown: pa.Schema) -> Rows:
    """The rows with other columns shown; one of another type is taken from the inputs."""

    def array(chunk: Chunk, field: pa.Field) -> pa.Array:
        given = chunk.shown[field.name]
        return given if given.type == field.type else chunk.inputs[field.name]

    chunks = (
        dataclasses.replace(
            chunk, shown=pa.RecordBatch.from_arrays([array(chunk, field) for field in shown], schema=shown)
        )
        for chunk in rows.chunks
    )
    return rows if shown == rows.shown else dataclasses.replace(rows, shown=shown, chunks=chunks)


def _output_schema(rows: Rows, card: ModelCard, request: FileRequest) -> pa.Schema:
    answers = answer_columns.fields(card, request)
    for field in answers:
        if field.name in rows.shown.names:
            raise InputError(
                f"{request.file} has a column {field.name!r}, which is the name of a column of the answer; rename it"
            )
    return pa.schema([*rows.shown, *answers])


def _note(rows: Rows, card: ModelCard, request: FileRequest) -> None:
    """Prints on stderr, once, which part of the input the model does not read."""
    if rows.unread:
        print(f"not read by {card.name} {card.version}: {listed(rows.unread, _SHOWN_COLUMNS)}", file=sys.stderr)
    if rows.skipped:
        print(f"skipped {rows.skipped} other file{'s' if rows.skipped > 1 else ''} in {request.file}", file=sys.stderr)


def _predict(
    load: Callable[[bool], AnswersColumns],
    card: ModelCard,
    rows: Rows,
    schema: pa.Schema,
    request: FileRequest,
    out: Writer,
    progress: Progress,
) -> int:
    """Predicts and writes chunk after chunk; returns the number of rows."""
    done = 0
    # TensorFlow's messages may not reach stdout, where the rows themselves may go.
    with output_to(Path(os.devnull)) as terminal, progress(terminal, rows.total) as advance:
        model = load(request.probabilities)
        for chunk in rows.chunks:
            if request.submission:
                _check_ids(chunk)
            answers = answer_columns.arrays(card, request, outputs_of(model, chunk))
            out.write(pa.RecordBatch.from_arrays([*chunk.shown.columns, *answers], schema=schema))
            done += chunk.shown.num_rows
            advance(chunk.shown.num_rows)
    return done


def _check_ids(chunk: Chunk) -> None:
    """Raises InputError for a row of a submission that has no id."""
    # CSV gives "" and Parquet null for a cell without a value.
    ids = pc.fill_null(chunk.shown.column(0).cast(pa.string()), "")
    row = pc.index(ids, "").as_py()
    if row >= 0:
        raise InputError(
            f"{chunk.place(row)}, column {chunk.shown.schema.names[0]!r}: received no value; an id is expected"
        )


def outputs_of(model: AnswersColumns, chunk: Chunk) -> Outputs:
    """The model's outputs. Raises InputError, which names the row where one is the cause."""
    columns = chunk.tensors()
    try:
        return model.predict_columns(columns)
    except UnansweredError:
        # TensorFlow fails the whole call and does not name the row: one by one, they name it.
        for row in range(chunk.shown.num_rows):
            try:
                model.predict_columns({name: values[row : row + 1] for name, values in columns.items()})
            except InputError as error:
                raise InputError(f"{chunk.place(row)}: {error}") from None
        raise

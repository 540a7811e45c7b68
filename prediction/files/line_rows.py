"""Files to predict that have one input a line: texts (.txt) and requests (.jsonl)."""

import io
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pyarrow as pa

from prediction.files.rows import PICTURES, ROWS, Chunk, Rows, kinds
from schemas import json_text, request
from schemas.csv_files.compression import DAMAGED, opened
from schemas.errors import InputError, shown
from schemas.model_card import ModelCard

_ROW = pa.field("row", pa.int64())
_TYPES = {"number": pa.float32(), "string": pa.binary(), "image": pa.binary()}


def read_texts(path: str, card: ModelCard) -> Rows:
    """One text a line, UTF-8, for a model of one text; ``row`` is the line's number. An empty line is a missing text."""
    return rows_of(path, card, pa.schema([_ROW]), ((line, text) for line, text, _ in lines_of(path)))


def read_requests(path: str, card: ModelCard) -> Rows:
    """JSON Lines: one request a line as ``schemas.request.parse`` takes it; blank lines are passed over."""
    inputs = [pa.field(name, _SHOWN[kind]) for name, kind in kinds(card).items() if kind in _SHOWN]
    row = [] if "row" in card.inputs else [_ROW]  # the model's own column of that name identifies the row then
    return rows_of(path, card, pa.schema([*row, *inputs]), _values(path))


_SHOWN = {"number": pa.float32(), "string": pa.string()}


def rows_of(path: str, card: ModelCard, shown: pa.Schema, values: Iterator[tuple[int, Any]]) -> Rows:
    """Rows of the lines' numbers (from 1) and values, each as ``schemas.request.parse`` takes it.

    Args:
      shown: the columns that identify a row: the line's number, and inputs by their names.
    """
    size = PICTURES if "image" in kinds(card).values() else ROWS

    def chunks() -> Iterator[Chunk]:
        while taken := list(islice(values, size)):
            yield _chunk(path, card, shown, taken)

    return Rows(shown, chunks())


def _chunk(path: str, card: ModelCard, shown: pa.Schema, values: list[tuple[int, Any]]) -> Chunk:
    parsed = []
    for line, value in values:
        try:
            parsed.append(request.parse(card, value))
        except InputError as error:
            raise InputError(f"{path}, line {line}: {error}") from None
    inputs = {name: pa.array([_bytes(row[name]) for row in parsed], _TYPES[kind]) for name, kind in kinds(card).items()}
    lines = pa.array([line for line, _ in values], pa.int64())
    arrays = [inputs[field.name].cast(field.type) if field.name in inputs else lines for field in shown]
    return Chunk(pa.RecordBatch.from_arrays(arrays, schema=shown), inputs, lambda row: f"{path}, line {values[row][0]}")


def _bytes(value: float | str | bytes) -> float | bytes | None:
    """None for a missing value, as Arrow has it."""
    if isinstance(value, float):
        return None if value != value else value
    return (value.encode() if isinstance(value, str) else value) or None


def _values(path: str) -> Iterator[tuple[int, Any]]:
    for line, text, _ in lines_of(path):
        if text.strip():
            try:
                yield line, json_text.loads(text)
            except json_text.RepeatedKeyError as error:
                raise InputError(f"{path}, line {line}: {error}") from None
            except (ValueError, RecursionError) as error:
                raise InputError(
                    f"{path}, line {line}: received {shown(text)}, which is not JSON ({error}); one request a line is expected"
                ) from error


def lines_of(path: str) -> Iterator[tuple[int, str, bool]]:
    """Number (from 1) and text of each line, and whether its end is there. Raises InputError for bytes that are not UTF-8."""
    try:
        with io.BufferedReader(opened(path)) as file:
            for line, text in enumerate(file, start=1):
                # By bytes: universal newlines would also end a line at a lone carriage return.
                start = 3 if line == 1 and text.startswith(b"\xef\xbb\xbf") else 0  # a byte order mark
                yield line, text[start:].rstrip(b"\r\n").decode(), text.endswith(b"\n")
    except UnicodeDecodeError as error:
        received = error.object[error.start : error.start + 8]
        raise InputError(
            f"{path}, line {line}: received bytes {received!r}, which are not UTF-8; save the file as UTF-8"
        ) from error
    except (OSError, *DAMAGED) as error:
        raise InputError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error

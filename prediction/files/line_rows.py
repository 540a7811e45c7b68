"""Files to predict that have one input a line: texts (.txt) and requests (.jsonl)."""

import dataclasses
import difflib
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

import pyarrow as pa

from prediction.files.rows import PICTURES, ROWS, Chunk, Rows, kinds, unread
from schemas import json_text, request
from schemas.csv_files import whole_lines
from schemas.csv_files.compression import DAMAGED
from schemas.errors import InputError, shown
from schemas.model_card import ModelCard

_ROW = pa.field("row", pa.int64())
_TYPES = {"number": pa.float32(), "string": pa.binary(), "image": pa.binary()}


def read_texts(path: str, card: ModelCard) -> Rows:
    """One text a line, UTF-8, for a model of one text; ``row`` is the line's number. An empty line is a missing text."""
    return rows_of(path, card, pa.schema([_ROW]), ((line, text) for line, text, _ in lines_of(path)))


def read_requests(path: str, card: ModelCard) -> Rows:
    """JSON Lines: one request a line as ``schemas.request.parse`` takes it; blank lines are passed over.

    As in training, fields of an object in an object have dotted names, and other fields than the model's are passed over; but
    only those that the first line has, and none that looks like a misspelt one: a later line's is an error.
    """
    inputs = [pa.field(name, _SHOWN[kind]) for name, kind in kinds(card).items() if kind in _SHOWN]
    row = [] if "row" in card.inputs else [_ROW]  # the model's own column of that name identifies the row then
    values = ((line, _flat(card, value)) for line, value in _values(path))
    first = next(values, None)
    passed = [] if first is None else _passed_over(card, first[1])
    rest = values if first is None else chain([first], values)
    fitting = ((line, _without(value, passed)) for line, value in rest)
    return dataclasses.replace(rows_of(path, card, pa.schema([*row, *inputs]), fitting), unread=passed)


def _flat(card: ModelCard, value: Any) -> Any:
    """An object with its objects' fields beside its own, where the model has such a dotted name."""
    if not isinstance(value, dict):
        return value
    flat: dict[str, Any] = {}
    for name, item in value.items():
        inside = (item is None or isinstance(item, dict)) and name not in card.inputs
        if inside and any(known.startswith(f"{name}.") for known in card.inputs):
            flat |= _flat(card, {f"{name}.{field}": field_item for field, field_item in (item or {}).items()})
        else:
            flat[name] = item
    return flat


def _passed_over(card: ModelCard, value: Any) -> list[str]:
    """The fields of the first line that the model does not read; [] where one may be a misspelt one."""
    if not isinstance(value, dict) or not value.keys() & card.inputs.keys():
        return []
    others = unread(value, card)
    lacking = [name for name in card.inputs if name not in value]
    return (
        []
        if any(difflib.get_close_matches(name.lower(), [one.lower() for one in lacking]) for name in others)
        else others
    )


def _without(value: Any, names: list[str]) -> Any:
    return {name: item for name, item in value.items() if name not in names} if isinstance(value, dict) else value


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
        for line, text, is_whole in whole_lines.lines_of(path):
            yield line, text.decode(), is_whole
    except UnicodeDecodeError as error:
        received = error.object[error.start : error.start + 8]
        raise InputError(
            f"{path}, line {line}: received bytes {received!r}, which are not UTF-8; save the file as UTF-8"
        ) from error
    except (OSError, *DAMAGED) as error:
        raise InputError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error

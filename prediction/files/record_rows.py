"""TFRecord files to predict: tf.Examples, read as in training."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
from google.protobuf.message import DecodeError

from prediction.files.rows import PICTURES, ROWS, Chunk, Rows, check_columns, kinds, unread
from prediction.files.typed_inputs import input_of
from prediction.wire import tf_serving_pb2 as wire
from prediction.wire.records import DAMAGED, of_file
from schemas.columns import CellError, lists
from schemas.errors import InputError
from schemas.model_card import ModelCard

ROW = "row"
_TYPES = {"bytes_list": pa.binary(), "int64_list": pa.int64(), "float_list": pa.float32()}
_SHOWN = {"number": pa.float32(), "string": pa.string()}


def read(path: str, card: ModelCard) -> Rows:
    """tf.Examples, gzipped or not; ``row`` is the record's number, from 1. Other features of theirs are passed over.

    A feature that an example does not have is missing, if any of the first examples has it.

    Raises:
      InputError: the file cannot be read, or none of its first examples has a feature that the model reads.
    """
    first = [_parsed(path, *one) for one in islice(_records(path), ROWS)]
    found = list(dict.fromkeys(name for example in first for name in sorted(example.features.feature)))
    if first:
        check_columns(path, found, card, ())
    own = [] if ROW in card.inputs else [pa.field(ROW, pa.int64())]  # the model's own column identifies the row then
    shown = pa.schema([*own, *(pa.field(name, _SHOWN[kind]) for name, kind in kinds(card).items() if kind in _SHOWN)])
    return Rows(shown, _chunks(path, card, shown), unread=unread(found, card))


def _chunks(path: str, card: ModelCard, shown: pa.Schema) -> Iterator[Chunk]:
    records = _records(path)
    size = PICTURES if "image" in kinds(card).values() else ROWS
    while part := list(islice(records, size)):
        yield _chunk(path, card, shown, part)


def _chunk(path: str, card: ModelCard, shown: pa.Schema, part: list[tuple[int, bytes]]) -> Chunk:
    def place(row: int) -> str:
        return f"{path}, record {part[row][0]}"

    examples = [_parsed(path, *one) for one in part]
    inputs = {}
    for name in card.inputs:
        try:
            inputs[name] = input_of(card, name, _column(examples, name))
        except CellError as error:
            raise InputError(f"{place(error.row)}, feature {name!r}: {error.reason}") from None
    numbers = pa.array([number for number, _ in part], pa.int64())
    arrays = [inputs[field.name].cast(field.type) if field.name in inputs else numbers for field in shown]
    return Chunk(pa.RecordBatch.from_arrays(arrays, schema=shown), inputs, place)


def _column(examples: list[wire.Example], name: str) -> pa.Array:
    """One feature's values, T[N]. Raises CellError for one of another type than those before."""
    kind, values = None, list[Any]()
    for row, example in enumerate(examples):
        # Not by .get, which typed protobufs do not have; and reading a missing key would make it.
        feature = example.features.feature[name] if name in example.features.feature else None  # noqa: SIM401
        found = feature.WhichOneof("kind") if feature is not None else None
        if found is None or feature is None:
            values.append(None)
            continue
        kind = kind or found
        if found != kind:
            raise CellError(row, f"received a {found}; a {kind} is expected, as in the examples before")
        values.append(list(getattr(feature, found).value))
    return lists.to_cells(pa.array(values, pa.list_(_TYPES[kind] if kind else pa.null())))


def _records(path: str) -> Iterator[tuple[int, bytes]]:
    number = 0
    try:
        for record in of_file(Path(path)):
            number += 1
            yield number, record
    except DAMAGED as error:
        reason = " ".join(str(getattr(error, "strerror", None) or error).split())
        raise InputError(
            f"{path}, record {number + 1}: {reason}; a TFRecord file, gzipped or not, is expected"
        ) from error


def _parsed(path: str, number: int, record: bytes) -> wire.Example:
    try:
        return wire.Example.FromString(record)
    except DecodeError:
        raise InputError(f"{path}, record {number}: received {record[:40]!r}; a tf.Example is expected") from None

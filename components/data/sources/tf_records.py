"""TFRecord files of tf.Examples, decoded in blocks by tfx_bsl."""

import hashlib
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from google.protobuf import text_format
from google.protobuf.message import DecodeError
from tensorflow_metadata.proto.v0 import schema_pb2

from components.data.sources import Block, Located, files, several, typed_blocks
from prediction.wire import tf_serving_pb2 as wire
from prediction.wire.records import DAMAGED, of_file
from schemas.columns import CellError, lists, typed
from schemas.csv_files.endings import RECORDS
from schemas.errors import InputError
from schemas.sources import File, TfRecord

_EXPECTED = "TFRecord files (.tfrecord, .tfrecord.gz) are expected"
_ROWS = 4096
_KINDS = {schema_pb2.BYTES: "bytes_list", schema_pb2.INT: "int64_list", schema_pb2.FLOAT: "float_list"}
_SCHEMA = "\n"  # between the path of the files and that of the schema


def prepare(source: TfRecord, dataset: str, data: Path, columns: tuple[str, ...]) -> Located:
    """Finds the files, and looks for each column: in the schema, else in the examples, until every one was seen.

    Raises InputError for a file or column that is missing, a damaged record, and a schema that is none.
    """
    located = several.find(source.files[0], dataset, data, RECORDS, _EXPECTED)
    path = located.path
    if source.schema is not None:
        found = files.find((File(source.schema),), dataset, data, "a tensorflow_metadata Schema is expected")
        path = f"{path}{_SCHEMA}{found.path}"
        schema = _schema(path)
        assert schema is not None
        files.check_columns(path.partition(_SCHEMA)[2], dataset, columns, [one.name for one in schema.feature])
        first = several.listed(located.path, RECORDS, _EXPECTED)[0]
        next(_records(first), None)
    else:
        _check_columns(located.path, dataset, columns)
    return Located(path, fingerprint(path), located.bytes)


def fingerprint(path: str) -> str:
    """sha256 of the file, in hex; of several files, and of a schema, that of their names and sha256s."""
    place, _, schema = path.partition(_SCHEMA)
    digest = several.fingerprint(place, several.listed(place, RECORDS, _EXPECTED))
    return hashlib.sha256(f"{digest}{files.fingerprint(schema)}".encode()).hexdigest() if schema else digest


def blocks(
    source: TfRecord, path: str, columns: tuple[str, ...], key: tuple[str, ...] = (), limit: int = 0
) -> Iterator[Block]:
    """The files' first examples, file by file; without ``key`` a row's key is all its features.

    Raises InputError for a damaged record, a feature of another type than the schema's, and no rows.
    """
    place, schema = path.partition(_SCHEMA)[0], _schema(path)
    found = several.listed(place, RECORDS, _EXPECTED)
    cells = partial(_cells, schema=schema, columns=columns, key=key)
    read = typed_blocks.Files(place, found, lambda file: sum(1 for _ in _records(file)), cells, named=True)
    yield from read.blocks(columns, key, limit, source.missing)


def _check_columns(path: str, dataset: str, columns: tuple[str, ...]) -> None:
    wanted, known = set(columns), dict[str, None]()
    for file in several.listed(path, RECORDS, _EXPECTED):
        for number, record in enumerate(_records(file), 1):
            names = sorted(_parsed(file, number, record).features.feature)
            known |= dict.fromkeys(names)
            wanted -= set(names)
            if not wanted:
                return
    if not known:
        raise InputError(f"{path} has no rows; tf.Examples are expected")
    files.check_columns(path, dataset, tuple(name for name in columns if name in wanted), tuple(known))


def _schema(path: str) -> schema_pb2.Schema | None:
    """The schema that ``Located.path`` names; None for none."""
    file = path.partition(_SCHEMA)[2]
    if not file:
        return None
    with files.readable(file):
        text = Path(file).read_bytes()
    schema = schema_pb2.Schema()
    try:
        text_format.Parse(text.decode(), schema)
    except (text_format.ParseError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{file} is not a tensorflow_metadata Schema in text format: {reason}") from None
    return schema


def _cells(
    file: Path, schema: schema_pb2.Schema | None, columns: tuple[str, ...], key: tuple[str, ...]
) -> Iterator[tuple[typed_blocks.Cells, tuple[str, ...]]]:
    from tfx_bsl.coders import example_coder  # here, so that a run that finds its steps cached does not wait for it

    decoder = example_coder.ExamplesToRecordBatchDecoder(schema.SerializeToString() if schema else None)
    listed = {one.name for one in schema.feature if _is_list(one)} if schema else set[str]()
    records = _records(file)
    first = 1
    while part := list(islice(records, _ROWS)):
        try:
            batch = decoder.DecodeBatch(part)
        except Exception as error:  # tfx_bsl's errors are of no type of their own
            raise _undecodable(file, first, part, schema, error) from None
        names = key or tuple(batch.schema.names)
        yield {name: _column(file, first, batch, name, listed) for name in dict.fromkeys((*columns, *names))}, names
        first += len(part)


def _column(file: Path, first: int, batch: pa.RecordBatch, name: str, listed: set[str]) -> pa.Array:
    """One feature's values: as ``schemas.columns.lists.to_cells`` makes them, or lists where the schema says so."""
    if name not in batch.schema.names:
        return pa.nulls(batch.num_rows)
    cells = batch[name]
    try:
        if name not in listed or pa.types.is_null(cells.type):
            return lists.to_cells(cells)
        return typed.to_text(pc.if_else(pc.equal(pc.list_value_length(cells), 0), None, cells))
    except CellError as error:
        raise InputError(f"{file}, record {first + error.row}, feature {name!r}: {error.reason}") from None


def _is_list(feature: schema_pb2.Feature) -> bool:
    """Whether the schema says that an example may have several values."""
    if feature.HasField("shape"):
        size = 1
        for dimension in feature.shape.dim:
            size *= dimension.size
        return size != 1
    return feature.HasField("value_count") and feature.value_count.max != 1


def _records(file: Path) -> Iterator[bytes]:
    number = 0
    try:
        for number, record in enumerate(of_file(file), 1):  # noqa: B007  (the error names it)
            yield record
    except DAMAGED as error:
        reason = " ".join(str(getattr(error, "strerror", None) or error).split())
        raise InputError(
            f"{file}, record {number + 1}: {reason}; a TFRecord file, gzipped or not, is expected"
        ) from None


def _parsed(file: Path, number: int, record: bytes) -> wire.Example:
    try:
        return wire.Example.FromString(record)
    except DecodeError:
        raise InputError(f"{file}, record {number}: received {record[:40]!r}; a tf.Example is expected") from None


def _undecodable(
    file: Path, first: int, part: list[bytes], schema: schema_pb2.Schema | None, error: Exception
) -> InputError:
    """What is wrong with the first record that tfx_bsl refuses."""
    kinds: dict[str, str] = (
        {one.name: _KINDS[one.type] for one in schema.feature if one.type in _KINDS} if schema else {}
    )
    for number, record in enumerate(part, first):
        try:
            example = _parsed(file, number, record)
        except InputError as refused:
            return refused
        for name, feature in sorted(example.features.feature.items()):
            kind = feature.WhichOneof("kind")
            if kind and kind != kinds.setdefault(name, kind):
                return InputError(
                    f"{file}, record {number}, feature {name!r}: received a {kind}; a {kinds[name]} is expected"
                )
    return InputError(f"{file}, after record {first - 1}: {' '.join(str(error).split())[:300]}")

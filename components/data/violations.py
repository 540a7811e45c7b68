"""Which values break the schema: counted in the examples, because the statistics do not say how many they are."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx_bsl.coders import example_coder

from schemas import curated
from schemas.errors import shown

_BATCH_ROWS = 4096
_NAMES_SHOWN = 100  # characters


def of_split(split_uri: str, schema: schema_pb2.Schema, columns: list[str]) -> dict[str, list[str]]:
    """What breaks the schema in these columns of one split.

    Args:
      split_uri: the folder of its gzip TFRecord files of tf.Examples.
      schema: ranges, domains and presence.
      columns: those to look at; one that the schema lacks is left out.

    Returns:
      For each column a text for each rule that is broken, such as "214 of 623 values above 110 (first: 2200.0 in row 3)".
      Rows are counted from 1 in the order of the files.
    """
    # Only the columns in question are decoded: the others may be pictures.
    cut = schema_pb2.Schema(feature=[feature for feature in schema.feature if feature.name in columns])
    if not cut.feature:
        return {}
    table = pa.Table.from_batches(_batches(split_uri, cut))
    domains = curated.domains(schema)
    found = {}
    for feature in cut.feature:
        cells = table[feature.name].combine_chunks()
        found[feature.name] = [*_values(cells, feature, domains.get(feature.name)), *_absence(cells, feature)]
    return found


def _batches(split_uri: str, schema: schema_pb2.Schema) -> Iterator[pa.RecordBatch]:
    files = sorted(tf.io.gfile.glob(f"{split_uri}/*.gz"))
    decoder = example_coder.ExamplesToRecordBatchDecoder(schema.SerializeToString())
    for records in tf.data.TFRecordDataset(files, compression_type="GZIP").batch(_BATCH_ROWS):
        yield decoder.DecodeBatch(records.numpy().tolist())


def _values(cells: pa.Array, feature: schema_pb2.Feature, names: tuple[str, ...] | None) -> Iterator[str]:
    """A text for each bound of the column that some values do not keep; ``cells`` are lists."""
    values, rows = pc.list_flatten(cells), pc.list_parent_indices(cells)
    for broken, rule in _broken(values, feature, names):
        count = pc.sum(broken).as_py() or 0
        if count:
            first = pc.index(broken, True).as_py()
            value = values[first].as_py()
            received = shown(value.decode(errors="replace") if isinstance(value, bytes) else value)
            yield f"{count:,} of {len(values):,} values {rule} (first: {received} in row {rows[first].as_py() + 1:,})"


def _broken(
    values: pa.Array, feature: schema_pb2.Feature, names: tuple[str, ...] | None
) -> Iterator[tuple[pa.Array, str]]:
    """The masks of the values that a rule forbids, and what errors call them."""
    if names:
        known = ", ".join(names)
        allowed = known if len(known) <= _NAMES_SHOWN else f"{len(names)} names"
        # Examples have bytes, and a domain has texts.
        domain = pa.array([name.encode() for name in names], values.type)
        yield pc.invert(pc.is_in(values, domain)), f"outside {allowed}"
    for kind in ("float_domain", "int_domain"):
        bounds = getattr(feature, kind)
        if feature.HasField(kind) and bounds.HasField("min"):
            yield pc.less(values, bounds.min), f"below {bounds.min:g}"
        if feature.HasField(kind) and bounds.HasField("max"):
            yield pc.greater(values, bounds.max), f"above {bounds.max:g}"


def _absence(cells: pa.Array, feature: schema_pb2.Feature) -> Iterator[str]:
    """A text where fewer rows than the schema asks for have a value."""
    lengths = pc.fill_null(pc.list_value_length(cells), 0)
    rows, present = len(cells), pc.sum(pc.greater(lengths, 0)).as_py() or 0
    wanted = feature.presence.min_fraction
    if present < max(wanted * rows, feature.presence.min_count):
        first = pc.index(lengths, pa.scalar(0, lengths.type)).as_py()
        yield f"{rows - present:,} of {rows:,} rows without a value, at least {wanted:.0%} need one (first: row {first + 1:,})"

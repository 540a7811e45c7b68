"""The curated schemas: a tensorflow_metadata Schema in text format, written by people.

Those of the package are ``schemas/<dataset>.pbtxt``; that of a page elsewhere is ``<dataset>.pbtxt`` beside it.
"""

from pathlib import Path

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from schemas import page_folders
from schemas.errors import InputError

_FOLDER = Path(__file__).parent
SUFFIX = ".pbtxt"


def text_of(dataset: str) -> str:
    """The text of a dataset's schema, "" where nobody has written one. Raises InputError where there are two."""
    path = page_folders.beside(dataset, SUFFIX, _FOLDER / f"{dataset}{SUFFIX}")
    return path.read_text(encoding="utf-8") if path else ""


def file_of(dataset: str) -> str:
    """The name of the file in errors, relative to the package or the current folder where it is below one."""
    return page_folders.name_beside(dataset, SUFFIX, f"schemas/{dataset}{SUFFIX}")


def parse(text: str, dataset: str) -> schema_pb2.Schema:
    """The message that the text describes. Raises InputError for a text that is not a Schema; ``dataset`` names its file."""
    schema = schema_pb2.Schema()
    try:
        text_format.Parse(text, schema)
    except text_format.ParseError as error:
        reason = f"{file_of(dataset)} is not a tensorflow_metadata Schema in text format: {error}"
        raise InputError(reason) from error
    return schema


def cut(schema: schema_pb2.Schema, columns: tuple[str, ...], dataset: str) -> schema_pb2.Schema:
    """The schema with ``columns`` alone, those that a pipeline reads. Raises InputError for one that it does not have."""
    known = {feature.name: feature for feature in schema.feature}
    for column in columns:
        if column not in known:
            raise InputError(
                f'{file_of(dataset)} has no feature {column!r}, which the page uses; add: feature {{ name: "{column}" ... }}'
            )
    kept = schema_pb2.Schema()
    kept.CopyFrom(schema)  # and not only the features: domains and environments that they refer to must stay
    del kept.feature[:]
    kept.feature.extend(feature for feature in schema.feature if feature.name in columns)
    return kept


def add_strings(schema: schema_pb2.Schema, columns: tuple[str, ...]) -> None:
    """Adds columns that it does not have: strings, at most one a row."""
    for column in columns:
        feature = schema.feature.add(name=column, type=schema_pb2.BYTES)
        feature.presence.min_fraction = 0.0
        feature.value_count.min, feature.value_count.max = 0, 1


def domains(schema: schema_pb2.Schema) -> dict[str, tuple[str, ...]]:
    """The closed set of names of each column that has one."""
    # A feature refers to a domain that several share, by its name, or has one of its own.
    shared = {domain.name: tuple(domain.value) for domain in schema.string_domain}
    found = {feature.name: shared.get(feature.domain) for feature in schema.feature if feature.domain}
    found |= {f.name: tuple(f.string_domain.value) for f in schema.feature if f.HasField("string_domain")}
    return {name: names for name, names in found.items() if names}

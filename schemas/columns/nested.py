"""Columns in structs, which are named with dots: ``user.age``."""

import pyarrow as pa
import pyarrow.compute as pc

from schemas.columns import typed


def names_of(schema: pa.Schema) -> list[str]:
    """The columns' names; those of a struct's fields with dots, each as deep as it goes.

    Raises ValueError for a name that stands twice.
    """
    names = [name for field in schema for name in _leaves(field.name, field.type)]
    if len(set(names)) < len(names):
        raise ValueError(f"it has the column {min(name for name in names if names.count(name) > 1)!r} twice")
    return names


def column(table: pa.Table | pa.RecordBatch, name: str) -> pa.Array:
    """The column of a name among ``names_of``, or a whole struct, T[N]."""
    top = next(part for part in _prefixes(name) if part in table.schema.names)
    found = table.column(top)
    found = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
    found = typed.plain(found)
    for field in name[len(top) + 1 :].split(".") if top != name else ():
        found = typed.plain(pc.struct_field(found, field))
    return found


def type_of(schema: pa.Schema, name: str) -> pa.DataType:
    """The type of a named column."""
    return column(schema.empty_table(), name).type


def top_of(schema: pa.Schema, name: str) -> str | None:
    """The column of the schema in which a named column is; None for none."""
    if name in schema.names:
        return name
    return next((part for part in _prefixes(name) if part in schema.names and name in _all(schema.field(part))), None)


def _leaves(name: str, kind: pa.DataType) -> list[str]:
    if not pa.types.is_struct(kind) or not kind.num_fields:
        return [name]
    return [leaf for field in kind for leaf in _leaves(f"{name}.{field.name}", field.type)]


def _all(field: pa.Field) -> set[str]:
    """Every column that is in a field: leaves, and structs on the way to them."""
    return {".".join(leaf.split(".")[:depth]) for leaf in _leaves(field.name, field.type) for depth in range(1, 99)}


def _prefixes(name: str) -> list[str]:
    """The name itself, then with ever fewer of its parts."""
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(len(parts), 0, -1)]

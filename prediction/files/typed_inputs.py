"""Arrow's own types to what the model reads, by the rules of training."""

from typing import Any

import pyarrow as pa

from prediction.files.rows import formed, kinds
from schemas import columns, pictures
from schemas.columns import CellError, Label, typed
from schemas.errors import shown
from schemas.model_card import ModelCard

_NO_LABEL = Label("", None)


def input_of(card: ModelCard, name: str, values: pa.Array) -> pa.Array:
    """A column of the model, T[N] to float32 or binary[N], null where missing. Raises CellError for what does not fit."""
    kind = kinds(card)[name]
    found = columns.convert(typed.without(values, tuple(card.reading.get("missing", [""]))), kind, _NO_LABEL)
    return _prepared(found) if kind == "image" else formed(found, card, name)


def allowed_types(card: ModelCard, name: str, kind: pa.DataType) -> str | None:
    """What types the input may have, where it cannot have this one whatever the values are; else None."""
    if kinds(card)[name] == "image":
        fits = typed.is_text(kind) or pa.types.is_null(kind) or pa.types.is_struct(kind)
        return None if fits else "binary (pictures' files)"
    fits = (typed.is_number, typed.is_text, pa.types.is_null, pa.types.is_duration)
    if kinds(card)[name] == "number" and not any(fit(_encoded(kind)) for fit in fits):
        return "a number"
    return None


def _encoded(kind: pa.DataType) -> pa.DataType:
    """The type of the values of a dictionary or of runs; others as they are."""
    while pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        kind = kind.value_type
    return kind


def _prepared(contents: pa.Array) -> pa.Array:
    """Pictures as ``schemas.pictures.prepared`` makes them. Raises CellError for what is none that can be read."""
    found: list[Any] = []
    for row, content in enumerate(contents.to_pylist()):
        if content is None:
            raise CellError(row, f"received no value; {pictures.ALLOWED} is expected")
        try:
            found.append(pictures.prepared(content))
        except pictures.PictureError as error:
            raise CellError(row, f"received {shown(content[:16])}, {error}; {pictures.ALLOWED} is expected") from None
    return pa.array(found, pa.binary())

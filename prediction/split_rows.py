"""The rows of a pushed model's test split as requests, read from its tf.Examples without TensorFlow."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from google.protobuf.message import DecodeError

from prediction.wire import tf_serving_pb2 as wire
from prediction.wire.records import DAMAGED, of_file
from schemas.errors import InputError
from schemas.model_card import ModelCard
from schemas.splits import TEST
from schemas.tasks import CLASSES
from schemas.tasks.multi_label import text_of


@dataclass(frozen=True)
class Row:
    """One row of a split.

    Attributes:
      input: what a request carries, as ``schemas.request.parse`` takes it: a number or a string, None where it is missing; a
        picture's bytes.
      label: the class's name, the JSON array of any number of them, or the value of a regression; of several tasks that of the
        first; None where the example has none.
      example: the serialized tf.Example itself.
    """

    input: dict[str, str | float | bytes | None]
    label: str | float | None
    example: bytes

    def json_input(self) -> dict[str, str | float | None]:
        """The input as JSON can carry it: a picture in base64."""
        return {
            name: base64.b64encode(value).decode() if isinstance(value, bytes) else value
            for name, value in self.input.items()
        }


def rows(card: ModelCard, limit: int = 0, split: str = TEST) -> Iterator[Row]:
    """The rows of a split of the examples that the model was made from, in the order of the files, streamed.

    Args:
      limit: the most rows, 0 for all.

    Raises:
      InputError: the card does not name the folder of the examples (a model that an older Slipway pushed), they are gone, or a
        file is damaged.
    """
    return islice((row_of(card, record) for file in files(card, split) for record in records(file)), limit or None)


def files(card: ModelCard, split: str = TEST) -> list[Path]:
    """The split's files, in the order in which they were written. Raises InputError where there are none."""
    which = f"{card.name} {card.version or '(not pushed)'}"
    again = f"make them again: slipway run {card.name} --no-cache"
    if not card.data.get("examples"):
        raise InputError(f"{which} does not say where its examples are, as an older Slipway pushed it; {again}")
    folder = Path(card.data["examples"], f"Split-{split}")
    found = sorted(folder.glob("*.gz"))
    if not found:
        raise InputError(f"the examples of {which} are no longer in {folder}; {again}")
    return found


def records(file: Path) -> Iterator[bytes]:
    """The records of a gzipped TFRecord file. Raises InputError for one that is damaged or cannot be read."""
    try:
        yield from of_file(file)
    except DAMAGED as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"cannot read the examples {file}: {reason}; a gzipped TFRecord file is expected") from error


def row_of(card: ModelCard, record: bytes) -> Row:
    """A serialized tf.Example as a row. Raises InputError for bytes that are none, or for a value of another type."""
    try:
        features = wire.Example.FromString(record).features.feature
        read = {name: _value(features, name, spec["type"]) for name, spec in card.inputs.items()}
        return Row(read, _label(card, features), record)
    except (DecodeError, ValueError, IndexError) as error:
        raise InputError(f"an example of {card.name} does not fit its model card: {error}") from error


def _value(features: Any, name: str, kind: str) -> Any:
    values = _values(features, name, "float_list" if kind == "number" else "bytes_list")
    if not values:
        return None
    if kind == "number":
        return values[0] if values[0] == values[0] else None  # NaN is a missing value too
    return values[0].decode() if kind == "string" else values[0]


def _label(card: ModelCard, features: Any) -> str | float | None:
    (first, *_) = card.parts()
    values = _values(features, first.label, "float_list" if first.classes is None else "int64_list")
    if not values or first.classes is None:
        return values[0] if values else None
    if first.kind == CLASSES:
        return text_of(name for bit, name in enumerate(first.classes) if values[0] >> bit & 1)
    return first.classes[values[0]]


def _values(features: Any, name: str, kind: str) -> Any:
    """The values of a feature, empty where it is missing. Raises ValueError where they are of another type."""
    if name not in features:
        return ()
    found = features[name].WhichOneof("kind")
    if found not in (None, kind):
        raise ValueError(f"column {name!r} is a {found}; a {kind} is expected")
    return getattr(features[name], kind).value

"""The rows of a pushed model's test split as requests, read from its tf.Examples without TensorFlow."""

import base64
import gzip
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import google_crc32c
from google.protobuf.message import DecodeError

from prediction.wire import tf_serving_pb2 as wire
from schemas.errors import InputError
from schemas.model_card import ModelCard
from schemas.splits import TEST

_HEADER = struct.Struct("<QI")  # a record's length in bytes, and the masked checksum of those eight bytes
_CHECKSUM = struct.Struct("<I")
_MASK_DELTA = 0xA282EAD8
_MOST_BYTES = 1 << 30  # of one record: a larger length is a damaged one, and would be memory for nothing


@dataclass(frozen=True)
class Row:
    """One row of a split.

    Attributes:
      input: what a request carries, as ``schemas.request.parse`` takes it: a number or a string, None where it is missing; a
        picture's bytes.
      label: the class's name, or the value of a regression; None where the example has none.
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
        with gzip.open(file) as stream:
            while header := _exactly(stream, _HEADER.size, or_nothing=True):
                # The length has a checksum of its own, which is checked first: a damaged one would be a read of gigabytes.
                length, checksum = _HEADER.unpack(header)
                _check(header[:8], checksum)
                if length > _MOST_BYTES:
                    raise ValueError(f"a record of {length} bytes; at most {_MOST_BYTES} are expected")
                data = _exactly(stream, length)
                _check(data, *_CHECKSUM.unpack(_exactly(stream, _CHECKSUM.size)))
                yield data
    except (OSError, EOFError, zlib.error, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"cannot read the examples {file}: {reason}; a gzipped TFRecord file is expected") from error


def _exactly(stream: gzip.GzipFile | BinaryIO, size: int, *, or_nothing: bool = False) -> bytes:
    data = stream.read(size)
    if len(data) != size and not (or_nothing and not data):
        raise ValueError(f"it ends within a record, {size - len(data)} bytes early")
    return data


def _check(data: bytes, expected: int) -> None:
    """Raises ValueError where the data is not what was written. TFRecord's mask: rotated by 15 bits, plus a constant."""
    # The checksum is CRC-32C (Castagnoli), and not zlib's CRC-32.
    crc = google_crc32c.value(data)
    if ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF != expected:
        raise ValueError("a record's checksum is wrong")


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
    values = _values(features, card.label, "float_list" if card.classes is None else "int64_list")
    if not values:
        return None
    return values[0] if card.classes is None else card.classes[values[0]]


def _values(features: Any, name: str, kind: str) -> Any:
    """The values of a feature, empty where it is missing. Raises ValueError where they are of another type."""
    if name not in features:
        return ()
    found = features[name].WhichOneof("kind")
    if found not in (None, kind):
        raise ValueError(f"column {name!r} is a {found}; a {kind} is expected")
    return getattr(features[name], kind).value

"""TFRecord files, without TensorFlow."""

import gzip
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import google_crc32c

_HEADER = struct.Struct("<QI")  # a record's length in bytes, and the masked checksum of those eight bytes
_CHECKSUM = struct.Struct("<I")
_MASK_DELTA = 0xA282EAD8
_MOST_BYTES = 1 << 30  # of one record: a larger length is a damaged one, and would be memory for nothing
_GZIP_MAGIC = b"\x1f\x8b"

DAMAGED = (OSError, EOFError, zlib.error, ValueError)
"""What reading a damaged file raises."""


def of_file(file: Path) -> Iterator[bytes]:
    """The records of a file, gzipped or not. Raises one of ``DAMAGED`` where it is none, or damaged."""
    with file.open("rb") as plain:
        zipped = plain.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
    with gzip.open(file) if zipped else file.open("rb") as stream:
        while header := _exactly(stream, _HEADER.size, or_nothing=True):
            # The length has a checksum of its own, which is checked first: a damaged one would be a read of gigabytes.
            length, checksum = _HEADER.unpack(header)
            _check(header[:8], checksum)
            if length > _MOST_BYTES:
                raise ValueError(f"a record of {length} bytes; at most {_MOST_BYTES} are expected")
            data = _exactly(stream, length)
            _check(data, *_CHECKSUM.unpack(_exactly(stream, _CHECKSUM.size)))
            yield data


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

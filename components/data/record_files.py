"""TFRecord files, gzipped, written at once: TensorFlow's writer takes one record a call."""

import struct
import zlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import google_crc32c
import numpy as np

_MASK_DELTA = 0xA282EAD8
_GZIP = 31  # zlib's number for a gzip header and the largest window
_LEVEL = 1  # examples are read a few times, and another level costs more than it saves
_RECORDS = 1 << 12  # of some hundred bytes: what is compressed at once


def write(path: Path, records: list[bytes]) -> None:
    """Writes the records to a file of this name. While it compresses, other threads of Python run."""
    packed = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    with path.open("wb") as file:
        for start in range(0, len(records), _RECORDS):
            file.write(packed.compress(b"".join(framed(records[start : start + _RECORDS]))))
        file.write(packed.flush())


def framed(records: list[bytes]) -> Iterator[bytes]:
    """Each record between its length (with a checksum) and its checksum, as a TFRecord file has them.

    The format is that of tensorflow/core/lib/io/record_writer.h: uint64 length, uint32 masked CRC-32C of the length, the
    data, uint32 masked CRC-32C of the data, little-endian.
    """
    sizes = list(map(len, records))
    headers = {}
    for size in set(sizes):
        length = struct.pack("<Q", size)
        headers[size] = length + _masked(np.array([google_crc32c.value(length)], np.uint64)).tobytes()
    checksums = _masked(np.fromiter(map(google_crc32c.value, records), np.uint64, len(records)))
    footers = (footer for (footer,) in struct.iter_unpack("4s", checksums.tobytes()))
    return chain.from_iterable(zip(map(headers.__getitem__, sizes), records, footers, strict=True))


def _masked(checksums: np.ndarray) -> np.ndarray:
    """uint64[N] of CRC-32C to uint32[N]: rotated by 15 bits, plus a constant."""
    rotated = (checksums >> np.uint64(15)) | (checksums << np.uint64(17))
    return ((rotated + np.uint64(_MASK_DELTA)) & np.uint64(0xFFFFFFFF)).astype("<u4")

"""TFRecord files, gzipped, written at once: TensorFlow's writer takes one record a call."""

import struct
import zlib
from collections.abc import Iterable
from pathlib import Path

import google_crc32c
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from components.data.appearing import appearing
from components.data.encoding import BYTES, by_value, joined

_MASK_DELTA = 0xA282EAD8
_GZIP = 31  # zlib's number for a gzip header and the largest window
_LEVEL = 1  # examples are read a few times, and another level costs more than it saves
_RECORDS = 1 << 12  # of some hundred bytes: what is compressed at once


def write(path: Path, records: pa.LargeBinaryArray) -> None:
    """Writes the records, large_binary[N], to a file of this name. While it compresses, other threads of Python run."""
    packed = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    with appearing(path) as part, part.open("wb") as file:
        for start in range(0, len(records), _RECORDS):
            file.write(packed.compress(framed(records.slice(start, _RECORDS))))
        file.write(packed.flush())


def framed(records: pa.LargeBinaryArray) -> pa.Buffer:
    """Each record between its length (with a checksum) and its checksum, as a TFRecord file has them.

    The format is that of tensorflow/core/lib/io/record_writer.h: uint64 length, uint32 masked CRC-32C of the length, the
    data, uint32 masked CRC-32C of the data, little-endian.
    """
    headers = by_value(pc.binary_length(records), _header)
    checksums = _masked(map(google_crc32c.value, records.to_numpy(zero_copy_only=False)), len(records))
    footers = pa.Array.from_buffers(pa.binary(checksums.itemsize), len(records), [None, pa.py_buffer(checksums)])
    return joined(headers, records, footers.cast(BYTES)).buffers()[2]


def _header(size: int) -> bytes:
    length = struct.pack("<Q", size)
    return length + _masked([google_crc32c.value(length)], 1).tobytes()


def _masked(checksums: Iterable[int], count: int) -> np.ndarray:
    """CRC-32C to uint32[count]: rotated by 15 bits, plus a constant."""
    numbers = np.fromiter(checksums, np.uint64, count)
    rotated = (numbers >> np.uint64(15)) | (numbers << np.uint64(17))
    return ((rotated + np.uint64(_MASK_DELTA)) & np.uint64(0xFFFFFFFF)).astype("<u4")

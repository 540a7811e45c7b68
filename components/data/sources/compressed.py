"""Files that are compressed or not, as their first bytes say."""

import bz2
import gzip
import io
import lzma
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

_MAGIC: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"\xfd7zXZ\x00": lzma.open, b"BZh": bz2.open}
_ZSTD = b"\x28\xb5\x2f\xfd"


def opened(file: Path) -> IO[bytes]:
    """The file's bytes, unpacked."""
    with file.open("rb") as source:
        first = source.read(6)
    for magic, unpacked in _MAGIC.items():
        if first.startswith(magic):
            return unpacked(file)
    if first.startswith(_ZSTD):
        return io.BufferedReader(pa.input_stream(str(file), compression="zstd"))
    return file.open("rb")

"""Pictures and labels in gzipped IDX files, as MNIST comes (http://yann.lecun.com/exdb/mnist)."""

import math
import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa

from components.data.sources import Block, Located, files, keys_of
from components.data.sources.limits import Quotas
from schemas.errors import InputError
from schemas.sources import IdxImages
from schemas.splits import TEST, TRAIN

fingerprint = files.fingerprint
BLOCK_ROWS = 4096
BLOCK_BYTES = 64 << 20  # of pixels; large pictures make blocks of fewer rows
_LARGEST_SIDE = 4096  # pixels; a damaged header would otherwise ask for any amount of memory
_UNSIGNED_BYTES = 0x0800  # the first three bytes of the magic number; the fourth is how many dimensions there are


@dataclass(frozen=True)
class _Part:
    """The two files of a split, and the pictures' shape ``(count, height, width)``."""

    split: str
    images: str
    labels: str
    shape: tuple[int, ...]


def prepare(source: IdxImages, dataset: str, data: Path, columns: tuple[str, ...]) -> Located:
    """Finds the four files and reads their headers.

    Raises InputError if one is missing, empty, no gzipped IDX file or of another count than its partner, or if there is no
    such column.
    """
    located = files.find(source.files, dataset, data, "a gzipped IDX file is expected")
    files.check_columns(data / dataset, dataset, columns, source.columns)
    _parts(located.path)
    return located


def blocks(
    source: IdxImages, path: str, columns: tuple[str, ...], key: tuple[str, ...] = (), limit: int = 0
) -> Iterator[Block]:
    """``image`` PNG bytes, ``label`` "0" to "255"; without ``key`` a picture's bytes are its key.

    Raises InputError for a file that is damaged, cut off, or longer than its header says.
    """
    parts = _parts(path)
    labels = {part.split: _read_labels(part) for part in parts}
    sizes = Counter({(split, label): n for split in labels for label, n in Counter(labels[split].tolist()).items()})
    quotas = Quotas(sizes, limit)
    index, first_row = 0, 1
    for part in parts:
        left = sum(n for (split, _), n in quotas.left.items() if split == part.split)
        for start, pixels in _read_images(part):
            block_labels = labels[part.split][start : start + len(pixels)]
            chosen = np.fromiter((quotas.take((part.split, label)) for label in block_labels.tolist()), bool)
            if chosen.any():
                yield _block(index, first_row, part.split, pixels[chosen], block_labels[chosen], columns, key)
                index, first_row, left = index + 1, first_row + int(chosen.sum()), left - int(chosen.sum())
            if limit and not left:
                break


def _block(
    index: int,
    first_row: int,
    split: str,
    pixels: np.ndarray,
    labels: np.ndarray,
    columns: tuple[str, ...],
    key: tuple[str, ...],
) -> Block:
    from components.data.sources.png import encoded  # imports TensorFlow, which finding the files does without

    cells = {"image": encoded(pixels), "label": pa.array(labels).cast(pa.string()).cast(pa.binary())}
    table = pa.table({name: cells[name] for name in columns})
    return Block(
        index, first_row, table, keys_of(cells[name] for name in key or ("image",)), pa.array([split] * len(labels))
    )


def _parts(path: str) -> list[_Part]:
    """The two splits, their headers read and compared."""
    train_images, train_labels, test_images, test_labels = files.paths_of(path)
    parts = []
    for split, images, labels in ((TRAIN, train_images, train_labels), (TEST, test_images, test_labels)):
        with files.readable(images), files.gunzipped(images) as file:
            shape = _header(file, images, 3)
        with files.readable(labels), files.gunzipped(labels) as file:
            (count,) = _header(file, labels, 1)
        if count != shape[0]:
            raise InputError(
                f"{labels} has {count:,} labels, but {images} has {shape[0]:,} pictures; take both from one source"
            )
        if not (1 <= shape[1] <= _LARGEST_SIDE and 1 <= shape[2] <= _LARGEST_SIDE):
            raise InputError(
                f"{images}: received pictures of {shape[1]} x {shape[2]} pixels; 1 to {_LARGEST_SIDE} are allowed"
            )
        parts.append(_Part(split, images, labels, shape))
    return parts


def _header(file: IO[bytes], path: str, dimensions: int) -> tuple[int, ...]:
    """The sizes that the header says; big-endian, the number of rows first."""
    size = 4 * (1 + dimensions)
    head = file.read(size)
    if len(head) < size:
        raise InputError(f"{path} has {len(head)} bytes; an IDX header of {size} is expected")
    magic, *sizes = struct.unpack(f">{1 + dimensions}I", head)
    expected = _UNSIGNED_BYTES | dimensions
    if magic != expected:
        raise InputError(
            f"{path}: received the magic number 0x{magic:08x}; 0x{expected:08x} is expected, an IDX file of unsigned bytes "
            f"in {dimensions} dimension{'s' * (dimensions > 1)}"
        )
    if not sizes[0]:
        raise InputError(f"{path} has a header but no rows")
    return tuple(sizes)


def _read_labels(part: _Part) -> np.ndarray:
    """uint8[N]."""
    with files.readable(part.labels), files.gunzipped(part.labels) as file:
        _header(file, part.labels, 1)
        labels = _exactly(file, part.labels, part.shape[0], part.shape[0])
        _check_end(file, part.labels, part.shape[0])
    return labels


def _read_images(part: _Part) -> Iterator[tuple[int, np.ndarray]]:
    """The number of the first picture and uint8[n, height, width], some thousands at once, or as many as a block holds."""
    count, *shape = part.shape
    most = min(BLOCK_ROWS, max(1, BLOCK_BYTES // math.prod(shape)))
    with files.readable(part.images), files.gunzipped(part.images) as file:
        _header(file, part.images, 3)
        for start in range(0, count, most):
            rows = min(most, count - start)
            pixels = _exactly(file, part.images, rows * math.prod(shape), count)
            yield start, pixels.reshape(rows, *shape)
        _check_end(file, part.images, count)


def _exactly(file: IO[bytes], path: str, size: int, rows: int) -> np.ndarray:
    content = file.read(size)
    if len(content) < size:
        raise InputError(f"{path} ends before the {rows:,} rows that its header says; replace it")
    return np.frombuffer(content, np.uint8)


def _check_end(file: IO[bytes], path: str, rows: int) -> None:
    """The end is read too, as gzip's checksum stands there."""
    if file.read(1):
        raise InputError(f"{path} is longer than the {rows:,} rows that its header says; replace it")

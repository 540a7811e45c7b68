"""Padding of batches, by TensorFlow Serving's BatchingParameters (batching_session.cc); clients do not see it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from serving.model_server.errors import invalid


@dataclass(frozen=True)
class Padding:
    """What a batch is filled up to.

    Attributes:
      sizes: the rows that a batch may have, rising; none for any.
      inner: whether arrays of different inner shape are padded to the largest, so that they may run together.
    """

    sizes: tuple[int, ...] = ()
    inner: bool = False

    def check(self, most: int) -> None:
        """Raises ServingError, where the sizes do not rise or do not end with ``most``, the largest batch."""
        if not self.sizes or not most:
            return
        if self.sizes[-1] != most:
            raise invalid(
                "Last entry in allowed_batch_sizes must match max_batch_size; last entry was "
                f"{self.sizes[-1]}; expected {most}"
            )
        if any(after <= before for before, after in zip(self.sizes, self.sizes[1:], strict=False)):
            raise invalid("allowed_batch_sizes entries must be monotonically increasing")

    def size(self, rows: int) -> int:
        """The rows of a batch of ``rows``, padded."""
        # A batch without rows has none to copy.
        return next((size for size in self.sizes if size >= rows), rows) if rows else 0

    def shape_of_queue(self, array: np.ndarray) -> tuple[int, ...]:
        """What of a shape must be equal for arrays to run together; the rank alone where inner shapes are padded."""
        return (array.ndim,) if self.inner else array.shape[1:]

    def join(self, arrays: Sequence[np.ndarray], rows: int) -> np.ndarray:
        """Arrays of one input, [n, ...] each, below each other, and copies of a row until there are ``rows``."""
        if self.inner:
            largest = tuple(max(sizes) for sizes in zip(*(array.shape[1:] for array in arrays), strict=True))
            arrays = [_padded(array, largest) for array in arrays]
        missing = rows - sum(map(len, arrays))
        row = next((array[:1] for array in reversed(arrays) if len(array)), arrays[0])
        return np.concatenate([*arrays, np.repeat(row, missing, axis=0)] if missing else arrays)


NO_PADDING = Padding()


def _padded(array: np.ndarray, inner: tuple[int, ...]) -> np.ndarray:
    """An array with its inner shape enlarged; what is added is its own first element (batching_util.cc)."""
    if array.shape[1:] == inner or not array.size:
        return array
    padded = np.empty((len(array), *inner), array.dtype)
    padded[...] = array.flat[0]
    padded[tuple(slice(size) for size in array.shape)] = array
    return padded

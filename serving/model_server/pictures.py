"""Pictures of a request that say they are too large: refused before the graph allocates what they say.

TensorFlow decodes a PNG of 20,000 x 20,000 pixels in 388 kB into 400 MB and more.
"""

from collections.abc import Mapping

import numpy as np

from schemas.pictures import TooManyPixelsError, is_ready
from serving.model_server.errors import invalid

_SHORTEST = 64  # bytes of a string; a shorter one is no picture
_BEGINNINGS = frozenset((b"\x89PN", b"\xff\xd8\xff", b"RIF"))  # of a PNG, JPEG, WEBP


def check(feeds: Mapping[str, np.ndarray], most_pixels: int) -> None:
    """Looks at the strings that begin as a PNG, JPEG or WEBP. Pictures inside of tf.Examples are not looked at.

    Raises:
      ServingError: INVALID_ARGUMENT for one of more pixels than ``most_pixels``.
    """
    for tensor, values in feeds.items():
        if values.dtype != object:
            continue
        for value in values.flat:
            if len(value) >= _SHORTEST and value[:3] in _BEGINNINGS:
                _check(tensor, value, most_pixels)


def _check(tensor: str, content: bytes, most_pixels: int) -> None:
    try:
        is_ready(content, most_pixels)
    except TooManyPixelsError as error:
        raise invalid(f"{tensor}: received {error.received}; {error.allowed} is expected") from None

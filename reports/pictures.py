"""Pictures within the page: raw inputs small enough for it, and heat maps to lay over them."""

import base64
import io
from dataclasses import dataclass

import numpy as np

SIDE = 160  # the longest side of a picture in the page, in pixels: what a card shows of a larger one
_LOSSLESS = 64  # up to this side PNG is smaller than JPEG, and keeps each pixel
_FOR, _AGAINST = (224, 98, 0), (21, 101, 216)  # raises the answer, lowers it


@dataclass(frozen=True)
class Picture:
    """A picture as a page has it.

    Attributes:
      source: a ``data:`` URI; "" where the file cannot be read.
      width, height: of the original, in pixels.
      crisp: whether it is enlarged pixel by pixel.
    """

    source: str
    width: int = 0
    height: int = 0
    crisp: bool = True


def picture(file: bytes) -> Picture:
    """A picture's file, made smaller where it is larger than ``SIDE``. One that is damaged or far too large has no source."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(file)) as opened:
            width, height = opened.size
            opened.draft("RGB", (SIDE, SIDE))  # of a JPEG, decodes a fraction of its pixels
            image = opened.convert("RGBA" if "A" in opened.getbands() or "transparency" in opened.info else "RGB")
    # What Pillow raises for a damaged file depends on its format; what it calls a bomb has more pixels than fit.
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError):
        return Picture("")
    image.thumbnail((SIDE, SIDE))
    small = max(width, height) <= _LOSSLESS
    if not small and image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return Picture(_uri(image, "PNG" if small else "JPEG"), width, height, small)


def heat(attribution: tuple[tuple[float, ...], ...]) -> Picture:
    """Attributions by pixel, to lay over the input: orange raises the answer, blue lowers it, clear does neither."""
    from PIL import Image

    values = np.nan_to_num(np.asarray(attribution, np.float64))
    if values.ndim != 2 or not values.size:
        return Picture("")
    # The 99th percentile: a single pixel would leave all others clear.
    size = float(np.quantile(np.abs(values), 0.99)) or float(np.abs(values).max()) or 1.0
    pixels = np.zeros((*values.shape, 4), np.uint8)
    pixels[values > 0, :3], pixels[values < 0, :3] = _FOR, _AGAINST
    pixels[..., 3] = (np.minimum(np.abs(values) / size, 1) * 215).astype(np.uint8)
    image = Image.fromarray(pixels, "RGBA")
    image.thumbnail((SIDE, SIDE))
    return Picture(_uri(image, "PNG"), values.shape[1], values.shape[0], max(values.shape) <= _LOSSLESS)


def of_json(value: object) -> bytes:
    """The file of a picture that is in JSON as base64; empty for anything else."""
    try:
        return base64.b64decode(str(value), validate=True)
    except ValueError:
        return b""


def _uri(image: object, kind: str) -> str:
    file = io.BytesIO()
    options = {"optimize": True} if kind == "PNG" else {"quality": 78}
    image.save(file, kind, **options)  # type: ignore[attr-defined]
    return f"data:image/{kind.lower()};base64,{base64.b64encode(file.getvalue()).decode()}"

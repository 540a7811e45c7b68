"""Pictures read by Pillow: turned upright, laid on white, and written as PNG or JPEG where the graph could not decode them."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from schemas.pictures.headers import BEGINNINGS, MOST_PIXELS, ORIENTATION, PictureError, check_size, is_ready

if TYPE_CHECKING:
    from PIL.Image import Image

# No others: Pillow has decoders that call programs, and rarely used ones.
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
# What tf.io.decode_image reads, of a picture without transparent pixels. A JPEG in CMYK is none of them.
_DECODED = {"PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I", "I;16"), "JPEG": ("L", "RGB")}
_WRITTEN = {"PNG": ("1", "L", "P", "RGB", "I", "I;16"), "JPEG": ("L", "RGB")}
_GREY = ("1", "L", "LA")
_QUALITY = 95  # of a JPEG that is written anew: no difference that one sees
_COMPRESSION = 1  # of zlib's 9: a fifth of the time of 6, for a file that is sent once


def prepared(content: bytes, most_pixels: int = MOST_PIXELS, *, anew: bool = False) -> bytes:
    """A picture as PNG or JPEG, upright and without transparency: as it is where it is so already, else written anew.

    A PNG or JPEG that needs nothing costs microseconds, as its header alone is read; whether it is whole is not checked.
    EXIF's orientation is honoured, what is transparent is laid on white, CMYK becomes RGB; of several frames the first is
    taken. A PNG that is written has exactly the pixels that were read.

    Args:
      most_pixels: of a picture that is decoded.
      anew: write it even where it needs nothing.

    Raises:
      TooManyPixelsError: before anything is decoded.
      PictureError: it has to be written anew and is damaged, or it is no picture.
    """
    if is_ready(content, most_pixels) and not anew:
        return content
    with opened(content, most_pixels) as picture, _damage_as_picture_error():
        return _upright_on_white(picture, content, anew)


def opened(content: bytes, most_pixels: int = MOST_PIXELS) -> "Image":
    """A picture whose header was read, and no pixel. Raises PictureError."""
    from PIL import Image, UnidentifiedImageError

    is_ready(content, most_pixels)  # before Pillow, which takes memory for a WEBP's pixels as it opens it
    try:
        with _damage_as_picture_error():
            picture = Image.open(io.BytesIO(content), formats=_FORMATS)
    except UnidentifiedImageError:
        what = "damaged: cut off in its header" if content.startswith(BEGINNINGS) else "no picture that can be read"
        raise PictureError(f"{what} ({len(content):,} bytes)") from None
    check_size(picture.width, picture.height, most_pixels)
    return picture


def _upright_on_white(picture: "Image", content: bytes, anew: bool) -> bytes:
    from PIL import ImageOps

    kind = picture.format or ""
    turned = picture.getexif().get(ORIENTATION, 1) not in (0, 1)
    upright = ImageOps.exif_transpose(picture) if turned else picture
    found = _on_white(upright, _bits(content, kind))
    if found is picture and picture.mode in _DECODED.get(kind, ()) and not anew:
        return content
    return _written(found, "JPEG" if kind == "JPEG" else "PNG")


def _bits(content: bytes, kind: str) -> int:
    """Bits of a sample of a PNG, whose transparent shade is in those; 8 of all others."""
    return content[24] if kind == "PNG" else 8


def _on_white(picture: "Image", bits: int) -> "Image":
    """The picture itself where no pixel is transparent, else as it looks on white paper."""
    from PIL import ImageChops

    opacity = _opacity(picture, bits)
    if opacity is None or opacity.getextrema() == (255, 255):
        return picture
    paper = (
        picture.convert("L" if picture.mode in _GREY else "RGB")
        if not picture.mode.startswith("I")
        else _shown(picture)
    )
    paper.paste("white", mask=ImageChops.invert(opacity))
    return paper


def _opacity(picture: "Image", bits: int) -> "Image | None":
    """Mode L, 0 where a pixel is transparent; None where the picture has no transparency."""
    if "A" in picture.getbands():
        return picture.getchannel("A")
    key = picture.info.get("transparency")
    if key is None:
        return None
    if picture.mode == "P":
        return picture.convert("RGBA").getchannel("A")
    if isinstance(key, tuple):
        # Pillow reads eight bits of sixteen.
        colour = tuple(value >> 8 if bits == 16 else value & 255 for value in key)
        picture.info["transparency"] = colour
        return picture.convert("RGBA").getchannel("A")
    return _opacity_of_grey(picture, key, bits)


def _opacity_of_grey(picture: "Image", key: int, bits: int) -> "Image":
    """As ``_opacity``, where one shade of grey is transparent."""
    from PIL import ImageChops

    picture.info.pop("transparency")  # Pillow takes it for a shade of eight bits as it converts
    if bits == 16:
        # Clipped to 0..255 as they become bytes: at least one of the two is not 0 where the shades differ.
        shades = picture.convert("I").convert("F")
        above, below = (shades.point(lambda v, s=sign: v * s - key * s).convert("L") for sign in (255, -255))
        return ImageChops.lighter(above, below)
    # Pillow scales the shade of one bit, and no other.
    shade = key if picture.mode == "1" else key * 255 // (2**bits - 1)
    return picture.convert("L").point([255 * (value != shade) for value in range(256)])


def _shown(picture: "Image") -> "Image":
    """Grey in sixteen bits as eight."""
    return picture.convert("I").convert("F").point(lambda value: value * (1 / 256) + 0).convert("L")


def _written(picture: "Image", kind: str) -> bytes:
    buffer = io.BytesIO()
    if picture.mode not in _WRITTEN[kind]:
        picture = picture.convert("L" if picture.mode in _GREY else "RGB")
    picture.info = {}  # its EXIF data would turn it once more
    picture.save(buffer, kind, quality=_QUALITY, subsampling=0, compress_level=_COMPRESSION)
    return buffer.getvalue()


@contextmanager
def _damage_as_picture_error() -> Iterator[None]:
    """Pillow's parsers raise whatever damaged bytes lead to."""
    from PIL import UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a large picture (refused here) and of odd metadata
            yield
    except (PictureError, UnidentifiedImageError):
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:100] or type(error).__name__
        raise PictureError(f"damaged: {reason}") from None

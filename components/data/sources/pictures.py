"""A picture's bytes as the graph can decode them: PNG or JPEG, upright (Pillow reads what it cannot)."""

import io
import warnings

from PIL import Image, ImageChops, ImageOps, UnidentifiedImageError

SUFFIXES = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".gif")
MOST_PIXELS = 50_000_000
_FORMATS = (
    "PNG",
    "JPEG",
    "WEBP",
    "BMP",
    "GIF",
)  # no others: Pillow has decoders that call programs, and rarely used ones
# What tf.io.decode_image takes. A JPEG in CMYK is none of them.
_DECODED = {"PNG": {"1", "L", "LA", "P", "RGB", "RGBA", "I", "I;16"}, "JPEG": {"L", "RGB"}}
_PNG_END = b"\0\0\0\0IEND\xaeB`\x82"
_ORIENTATION = 0x0112  # EXIF's tag; 1 is upright
_THUMBNAIL = 32
_HARDLY = 12  # of 255: what JPEG makes of grey pixels
_QUALITY = 95  # of a JPEG that is written anew: no difference that one sees


class PictureError(Exception):
    """A picture that is damaged, too large, or none; the message is the reason."""


def opened(content: bytes) -> Image.Image:
    """A picture whose header was read, and no pixel. Raises PictureError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a large picture (refused here) and of odd metadata
            picture = Image.open(io.BytesIO(content), formats=_FORMATS)
    except UnidentifiedImageError:
        raise PictureError("no picture that can be read") from None
    except Exception as error:  # Pillow's parsers raise whatever damaged bytes lead to
        raise PictureError(_reason(error)) from None
    if picture.width * picture.height > MOST_PIXELS:
        raise PictureError(f"{picture.width} x {picture.height} pixels, {MOST_PIXELS:,} are the most")
    return picture


def readable(content: bytes) -> bytes:
    """The picture as PNG or JPEG, upright: as it is where it is so already, else written anew.

    Raises PictureError for one that is damaged or cut off (all of it is decoded), too large, or none.
    """
    picture = opened(content)
    kind = picture.format or ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            turned = picture.getexif().get(_ORIENTATION, 1) not in (0, 1)
            if picture.mode in _DECODED.get(kind, ()) and not turned and _intact(content, kind):
                picture.draft(
                    "L", (1, 1)
                )  # a JPEG's pixels are then decoded at an eighth of their size, but all are read
                picture.load()
                return content
            picture.load()
            return _written(ImageOps.exif_transpose(picture), "JPEG" if kind == "JPEG" else "PNG")
    except Exception as error:
        raise PictureError(_reason(error)) from None


def has_colours(content: bytes) -> bool:
    """Whether a picture has pixels that are not grey, whatever it is stored as. Raises PictureError."""
    picture = opened(content)
    try:
        picture.draft("RGB", (_THUMBNAIL, _THUMBNAIL))
        small = picture.convert("RGB").resize((_THUMBNAIL, _THUMBNAIL))
    except Exception as error:
        raise PictureError(_reason(error)) from None
    red, green, blue = small.split()
    extremes = (ImageChops.difference(red, other).getextrema() for other in (green, blue))
    return any(int(high) > _HARDLY for _, high in extremes)  # type: ignore[arg-type]


def _intact(content: bytes, kind: str) -> bool:
    """Whether a PNG is whole to its last chunk: Pillow looks at none behind the pixels, libpng does."""
    if kind != "PNG":
        return True
    try:
        Image.open(io.BytesIO(content), formats=[kind]).verify()
    except Exception:  # as above
        return False
    return _PNG_END in content


def _written(picture: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    modes = {"L", "RGB"} if kind == "JPEG" else _DECODED[kind]
    if picture.mode not in modes:
        picture = picture.convert("RGB")
    picture.info = {}  # its EXIF data would turn it once more
    picture.save(buffer, kind, quality=_QUALITY, subsampling=0)
    return buffer.getvalue()


def _reason(error: Exception) -> str:
    return f"damaged: {' '.join(str(error).split())[:100] or type(error).__name__}"

"""Pictures of a dataset: whole ones alone are trained on, as the graph decodes them."""

import io
import warnings

from PIL import Image, ImageChops

from schemas.pictures import PictureError, opened, prepared

_PNG_END = b"\0\0\0\0IEND\xaeB`\x82"
_THUMBNAIL = 32
_HARDLY = 12  # of 255: what JPEG makes of grey pixels


def readable(content: bytes) -> bytes:
    """The picture as ``schemas.pictures.prepared`` makes it, all of it decoded once.

    Raises PictureError for one that is damaged or cut off, too large, or none.
    """
    found = prepared(content)
    if found is not content:
        return found
    picture = opened(content)
    if picture.format == "PNG" and not _intact(content):
        return prepared(content, anew=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture.draft("L", (1, 1))  # a JPEG's pixels are then decoded at an eighth of their size, but all are read
            picture.load()
    except Exception as error:  # Pillow's parsers raise whatever damaged bytes lead to
        raise PictureError(_reason(error)) from None
    return content


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


def _intact(content: bytes) -> bool:
    """Whether a PNG is whole to its last chunk: Pillow looks at none behind the pixels, libpng does."""
    try:
        Image.open(io.BytesIO(content), formats=["PNG"]).verify()
    except Exception:  # as above
        return False
    return _PNG_END in content


def _reason(error: Exception) -> str:
    return f"damaged: {' '.join(str(error).split())[:100] or type(error).__name__}"

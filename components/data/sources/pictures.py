"""Pictures of a dataset: whole ones alone are trained on, as the graph decodes them."""

import io
import warnings

import pyarrow as pa
from PIL import Image, ImageChops

from schemas.columns import CellError
from schemas.errors import shown
from schemas.pictures import ALLOWED, PictureError, opened, prepared

_PNG_END = b"\0\0\0\0IEND\xaeB`\x82"
_THUMBNAIL = 32
_HARDLY = 12  # of 255: what JPEG makes of grey pixels


def whole(cells: pa.Array) -> pa.Array:
    """A table's column of pictures, binary[N], each as ``readable`` makes it. Raises CellError for a damaged one, and none."""
    found = []
    for row, content in enumerate(cells.to_pylist()):
        if content is None:
            raise CellError(row, f"received no value; {ALLOWED} is expected")
        try:
            found.append(readable(content))
        except PictureError as error:
            raise CellError(row, f"received {shown(content[:16])}, {error}; {ALLOWED} is expected") from None
    return pa.array(found, pa.binary())


def readable(content: bytes) -> bytes:
    """The picture as ``schemas.pictures.prepared`` makes it, all of it decoded, as the graph will decode it, too.

    Raises PictureError for one that is damaged or cut off, too large, or none.
    """
    # By both: of 4,600 spoilt JPEGs and PNGs, Pillow (with which the gateway looks at a picture) refused one that TensorFlow
    # takes, and TensorFlow two that Pillow takes. Pillow's part is a fifth of the time: it decodes an eighth of a JPEG.
    found = _decoded_by_pillow(content)
    _check_decodable(found)
    return found


def _check_decodable(content: bytes) -> None:
    """Raises PictureError for what Pillow reads and the graph does not: its decoder of JPEG is the stricter one."""
    import tensorflow as tf  # here, so that a folder is listed without its import

    try:
        tf.io.decode_image(content, expand_animations=False)
    except tf.errors.InvalidArgumentError as error:
        raise PictureError(f"damaged: {error.message.partition(' [Op:')[0].rpartition('}} ')[2][:100]}") from None


def _decoded_by_pillow(content: bytes) -> bytes:
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

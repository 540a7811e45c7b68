"""Pictures that tests of several folders send: small ones, and one of each kind that is not ready for the graph."""

import io
import struct
import zlib
from typing import Any

from PIL import Image, ImageDraw

from schemas.pictures import headers

ORIENTATION = headers.ORIENTATION


def encoded(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """The picture as a file's bytes."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def drawn(mode: str = "RGB", size: tuple[int, int] = (60, 30)) -> Image.Image:
    """Red at the top left, blue at the bottom right, grey between."""
    picture = Image.new("RGB", size, (120, 120, 120))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, size[0] // 3, size[1] // 3), fill=(250, 10, 10))
    draw.rectangle((size[0] * 2 // 3, size[1] * 2 // 3, *size), fill=(10, 10, 250))
    return picture.convert(mode)


def turned(orientation: int) -> Image.Exif:
    """EXIF data of a picture that is to be shown turned."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return exif


def png(width: int, height: int, bits: int, colour: int, rows: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG by its chunks, for what Pillow does not write."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    every = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    return headers.PNG + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in every
    )


PNG = encoded(Image.new("L", (2, 2), 200))
JPEG = encoded(Image.new("L", (2, 2), 200), "JPEG")
TOO_LARGE = png(20_000, 20_000, 1, 0, b"")  # what it says it is; nothing is to decode it
BROKEN = JPEG[: JPEG.index(b"\xff\xda")] + b"broken"  # its header is whole, its pixels are not


def taken_as_they_come() -> dict[str, bytes]:
    """A file of each kind that the graph does not decode as it looks."""
    return {
        "turned": encoded(drawn(), "JPEG", exif=turned(6)),
        "transparent": encoded(Image.new("RGBA", (9, 9), (0, 0, 0, 0))),
        "CMYK": encoded(drawn("CMYK"), "JPEG"),
        "WEBP": encoded(drawn(), "WEBP"),
        "BMP": encoded(drawn(), "BMP"),
        "GIF": encoded(drawn("P"), "GIF"),
    }

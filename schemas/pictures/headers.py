"""What the first bytes of a picture say, read without Pillow: its size, and whether the graph can decode it as it is.

Formats: PNG (W3C, third edition, chapter 5), JPEG (ITU-T T.81, annex B), WEBP (RFC 9649), EXIF (TIFF 6.0, section 2).
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

MOST_PIXELS = 50_000_000
SUFFIXES = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".gif")
ALLOWED = "a PNG, JPEG, WEBP, BMP or GIF file"
PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
BEGINNINGS = (PNG, JPEG, b"RIFF", b"GIF87a", b"GIF89a", b"BM")
ORIENTATION = 0x0112  # EXIF's tag; 1 is upright
_UPRIGHT = (0, 1)  # 0 is what some cameras write for "unknown"
_SHORT = 3  # TIFF's type
_FRAMES = (0xC0, 0xC1, 0xC2)  # a JPEG's frames that the graph decodes: baseline, extended, progressive
_OTHER_FRAMES = (0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF)
_NO_ALPHA = (0, 2, 3)  # a PNG's colour types: grey, RGB, palette
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")


class PictureError(Exception):
    """A picture that is damaged, too large, or none; the message is the reason."""


class TooManyPixelsError(PictureError):
    """A picture that is not decoded because it is too large.

    Attributes:
      received: the picture in words.
      allowed: what is expected.
    """

    def __init__(self, width: int, height: int, most: int) -> None:
        super().__init__(f"{width:,} x {height:,} pixels, {most:,} are the most")
        self.received = f"a picture of {width:,} x {height:,} pixels"
        self.allowed = f"a picture of up to {most:,} pixels"


@dataclass(frozen=True)
class Header:
    """A picture's header.

    Attributes:
      width, height: in pixels.
      ready: whether it certainly needs nothing before the graph decodes it; Pillow finds out otherwise.
    """

    width: int
    height: int
    ready: bool


def is_ready(content: bytes, most_pixels: int = MOST_PIXELS) -> bool:
    """Whether a picture certainly needs nothing; microseconds, and no pixel is read. Raises TooManyPixelsError."""
    header = read(content)
    if header is None:
        return False
    check_size(header.width, header.height, most_pixels)
    return header.ready


def check_size(width: int, height: int, most: int) -> None:
    """Raises TooManyPixelsError."""
    if width * height > most:
        raise TooManyPixelsError(width, height, most)


def read(content: bytes) -> Header | None:
    """The header of a PNG, JPEG or WEBP; None where it is of another kind, or not understood."""
    for beginning, reader in _READERS.items():
        if content.startswith(beginning):
            try:
                return reader(content)
            except (struct.error, IndexError):  # it ends early
                return None
    return None


def _png(content: bytes) -> Header | None:
    length, kind, width, height, _, colour = struct.unpack_from(">I4sIIBB", content, 8)
    if kind != b"IHDR" or length != 13:
        return None
    ready = colour in _NO_ALPHA
    at = 8
    # To the end: the EXIF data may stand behind the pixels.
    while ready and kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", content, at)
        # Texts may hold EXIF data (ImageMagick's) or XMP, which may say an orientation.
        ready = kind not in (b"tRNS", b"eXIf") and not (kind in _TEXTS and _says_orientation(content, at + 8))
        at += 12 + length
    return Header(width, height, ready and at <= len(content))


def _says_orientation(content: bytes, at: int) -> bool:
    return content.startswith((b"Raw profile type", b"XML:com.adobe.xmp"), at)


def _jpeg(content: bytes) -> Header | None:
    at, ready, with_exif = 2, True, False
    while content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:  # padding
            at += 1
            continue
        (length,) = struct.unpack_from(">H", content, at + 2)
        if marker in _FRAMES or marker in _OTHER_FRAMES:
            bits, height, width, channels = struct.unpack_from(">BHHB", content, at + 4)
            decoded = marker in _FRAMES and bits == 8 and channels in (1, 3) and height > 0
            return Header(width, height, ready and decoded)
        if marker == 0xE1:
            is_exif = content.startswith(b"Exif\0", at + 4)
            # A second one continues the first.
            ready = ready and (not with_exif and _is_upright(content[at + 10 : at + 2 + length]) if is_exif else True)
            ready = ready and b"tiff:Orientation" not in content[at : at + 2 + length]  # XMP
            with_exif = with_exif or is_exif
        at += 2 + length
    return None


def _is_upright(exif: bytes) -> bool:
    """Whether EXIF data certainly says no turn; False where its form is an unusual one."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return False
    (at,) = struct.unpack_from(f"{order}I", exif, 4)
    (count,) = struct.unpack_from(f"{order}H", exif, at)
    for entry in range(count):
        tag, kind, values, value = struct.unpack_from(f"{order}HHIH", exif, at + 2 + 12 * entry)
        if tag == ORIENTATION:
            return kind == _SHORT and values == 1 and value in _UPRIGHT
    return True


def _webp(content: bytes) -> Header | None:
    if content[8:12] != b"WEBP":
        return None
    kind = content[12:16]
    if kind == b"VP8X":
        width, height = (1 + int.from_bytes(content[at : at + 3], "little") for at in (24, 27))
    elif kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", content, 21)
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    elif kind == b"VP8 ":
        width, height = (size & 0x3FFF for size in struct.unpack_from("<HH", content, 26))
    else:
        return None
    return Header(width, height, False)


_READERS: dict[bytes, Callable[[bytes], Header | None]] = {PNG: _png, JPEG: _jpeg, b"RIFF": _webp}

"""What becomes of pictures as people have them; Pillow's own reading of the same file is what they look like."""

import io
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from schemas.pictures import MOST_PIXELS, PictureError, TooManyPixelsError, headers, is_ready, prepared
from tests.pictures import ORIENTATION, drawn, encoded, png, turned


def seen(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    assert picture.format in ("PNG", "JPEG") and "transparency" not in picture.info
    assert "A" not in picture.getbands() or picture.getchannel("A").getextrema() == (255, 255)
    assert picture.getexif().get(ORIENTATION, 1) == 1
    return picture.convert("RGB")


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "I;16"])
def test_a_png_that_needs_nothing_stays_the_same_bytes_without_pillow(mode: str) -> None:
    picture = Image.new("I;16", (6, 3), 40000) if mode == "I;16" else drawn(mode)
    content = encoded(picture)
    assert is_ready(content) and prepared(content) is content


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"exif": turned(1)}, {"exif": turned(0)}, {"comment": b"x"}]
)
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_jpeg_that_needs_nothing_stays_the_same_bytes_without_pillow(mode: str, options: dict[str, Any]) -> None:
    content = encoded(drawn(mode), "JPEG", **options)
    assert is_ready(content) and prepared(content) is content


@pytest.mark.parametrize("orientation", range(2, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_turned_picture_is_upright(kind: str, orientation: int) -> None:
    upright = drawn(size=(64, 32))
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]  # the transposition that the tag undoes
    stored = upright.transpose(Image.Transpose(back))
    content = encoded(stored, kind, exif=turned(orientation), **({"quality": 95} if kind != "PNG" else {}))
    assert not is_ready(content)
    found = seen(prepared(content))
    assert found.size == (64, 32)
    assert found.getpixel((2, 2))[0] > 200 and found.getpixel((61, 29))[2] > 200  # type: ignore[index]


def test_exif_behind_the_pixels_of_a_png_is_found() -> None:
    content = encoded(drawn())
    exif = turned(3).tobytes().removeprefix(b"Exif\0\0")
    chunk = struct.pack(">I", len(exif)) + b"eXIf" + exif + struct.pack(">I", zlib.crc32(b"eXIf" + exif))
    found = seen(prepared(content[:-12] + chunk + content[-12:]))
    assert found.getpixel((58, 28))[0] > 200  # type: ignore[index]


def test_a_turn_that_only_xmp_says_is_honoured() -> None:
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf tiff:Orientation="3"/></x:xmpmeta>'
    content = encoded(drawn(), "JPEG", xmp=xmp, quality=95)
    assert not is_ready(content)
    assert seen(prepared(content)).getpixel((57, 27))[0] > 200  # type: ignore[index]


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_ink_in_the_alpha_channel_is_black_on_white(kind: str, mode: str) -> None:
    sheet = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    ImageDraw.Draw(sheet).rectangle((5, 5, 9, 9), fill=(0, 0, 0, 255))
    sheet.putpixel((15, 15), (0, 0, 0, 128))
    found = seen(prepared(encoded(sheet.convert(mode), kind, **({"lossless": True} if kind == "WEBP" else {}))))
    assert [found.getpixel(at) for at in ((0, 0), (7, 7), (15, 15))] == [(255,) * 3, (0,) * 3, (127,) * 3]


def test_a_palette_with_transparency_is_laid_on_white() -> None:
    picture = drawn("P")
    red = picture.getpixel((1, 1))
    for kind in ("PNG", "GIF"):
        found = seen(prepared(encoded(picture, kind, transparency=red)))
        assert found.getpixel((1, 1)) == (255, 255, 255) and found.getpixel((58, 28))[2] > 200  # type: ignore[index]


@pytest.mark.parametrize(("bits", "key", "row"), [
    (1, 1, b"\x40"), (2, 2, b"\x24"), (4, 9, b"\x09\x10"), (8, 77, b"\0\x4d\x10"),
    (16, 1000, struct.pack(">3H", 0, 1000, 1001))])  # fmt: skip
def test_the_transparent_shade_of_a_grey_png_is_white(bits: int, key: int, row: bytes) -> None:
    content = png(3, 1, bits, 0, b"\0" + row, (b"tRNS", struct.pack(">H", key)))
    found = [shade for shade, *_ in seen(prepared(content)).getdata()]
    assert found[1] == 255 and found[0] < 128 and found[2] < 128, found


def test_the_transparent_colour_of_a_png_is_white() -> None:
    for bits, scale in ((8, 1), (16, 257)):
        pixels = [value * scale for value in (9, 90, 200, 9, 90, 201)]
        row = struct.pack(">6B" if bits == 8 else ">6H", *pixels)
        content = png(2, 1, bits, 2, b"\0" + row, (b"tRNS", struct.pack(">3H", *pixels[:3])))
        assert list(seen(prepared(content)).getdata()) == [(255, 255, 255), (9, 90, 201)]


def test_an_alpha_channel_that_hides_nothing_leaves_the_bytes() -> None:
    for mode in ("RGBA", "LA"):
        content = encoded(drawn(mode))
        assert prepared(content) is content
    assert Image.open(io.BytesIO(prepared(encoded(drawn("RGBA"), "WEBP", lossless=True)))).mode == "RGB"


def test_sixteen_bits_with_an_alpha_channel_are_laid_on_white() -> None:
    pixels = struct.pack(">8H", 0, 0, 0, 0, 0, 0, 0, 65535)
    assert list(seen(prepared(png(2, 1, 16, 6, b"\0" + pixels))).getdata()) == [(255,) * 3, (0,) * 3]
    assert list(seen(prepared(png(2, 1, 16, 4, b"\0" + struct.pack(">4H", 0, 0, 0, 65535)))).getdata()) == [
        (255,) * 3,
        (0,) * 3,
    ]


@pytest.mark.parametrize(("kind", "options"), [("WEBP", {"lossless": True}), ("BMP", {}), ("GIF", {})])
def test_other_kinds_become_png_with_the_same_pixels(kind: str, options: dict[str, Any]) -> None:
    content = encoded(drawn("P" if kind == "GIF" else "RGB"), kind, **options)
    found = prepared(content)
    assert found.startswith(headers.PNG)
    assert seen(found).tobytes() == Image.open(io.BytesIO(content)).convert("RGB").tobytes()


def test_the_first_frame_of_a_gif_is_taken() -> None:
    frames = [Image.new("L", (9, 9), shade) for shade in (30, 200)]
    assert (
        seen(prepared(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))).getpixel((4, 4)) == (30,) * 3
    )


def test_a_jpeg_in_cmyk_is_converted() -> None:
    content = encoded(drawn("CMYK"), "JPEG", quality=95)
    found = prepared(content)
    assert found.startswith(headers.JPEG) and seen(found).getpixel((3, 3))[0] > 200  # type: ignore[index]


def test_a_written_picture_needs_nothing_more() -> None:
    for content in (encoded(drawn(), "BMP"), encoded(drawn(), "JPEG", exif=turned(6)), encoded(drawn("RGBA"), "WEBP")):
        found = prepared(content)
        assert prepared(found) is found


def claims(kind: str, width: int, height: int) -> bytes:
    """A file of a few bytes that says it is large."""
    if kind == "PNG":
        return png(width, height, 8, 0, b"")
    content = bytearray(encoded(Image.new("RGB", (1, 1)), kind))
    if kind == "JPEG":
        at = content.index(b"\xff\xc0") + 5
        content[at : at + 4] = struct.pack(">HH", height, width)
    elif kind == "BMP":
        content[18:26] = struct.pack("<ii", width, height)
    elif kind == "GIF":
        content[6:10] = struct.pack("<HH", width, height)
    else:
        content[26:30] = struct.pack("<HH", width, height)
    return bytes(content)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF", "WEBP"])
def test_too_many_pixels_are_refused_before_they_are_decoded(kind: str) -> None:
    with pytest.raises(TooManyPixelsError) as raised:
        prepared(claims(kind, 16000, 3126))
    assert str(raised.value) == "16,000 x 3,126 pixels, 50,000,000 are the most"
    assert (raised.value.received, raised.value.allowed) == (
        "a picture of 16,000 x 3,126 pixels",
        f"a picture of up to {MOST_PIXELS:,} pixels",
    )


def test_the_most_pixels_can_be_set() -> None:
    content = encoded(drawn())
    assert prepared(content, 1800) == content
    with pytest.raises(TooManyPixelsError, match="60 x 30 pixels, 1,799 are the most"):
        prepared(content, 1799)


@pytest.mark.parametrize(
    "content", [b"", b"BM", b"GIF89a", b"RIFF1234WEBPVP8X", b"\xff\xd8\xff", headers.PNG, b"II*\0" * 9]
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(PictureError):
        prepared(content)


@given(
    st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "BMP"]),
    st.integers(0, 400),
    st.binary(max_size=3),
    st.integers(0, 900),
)
def test_damage_is_a_picture_error_or_passes(kind: str, at: int, damage: bytes, cut: int) -> None:
    content = encoded(drawn("RGB"), kind, **({"exif": turned(6)} if kind in ("PNG", "JPEG") else {}))
    damaged = (content[:at] + damage + content[at + len(damage) :])[: len(content) - cut]
    try:
        assert isinstance(prepared(damaged), bytes)
    except PictureError as error:
        assert "\n" not in str(error)


@given(st.integers(0, 9), st.sampled_from(["II", "MM"]), st.booleans())
def test_the_quick_look_at_exif_never_misses_a_turn_that_pillow_sees(
    orientation: int, order: str, as_long: bool
) -> None:
    mark = "<" if order == "II" else ">"
    kind, value = (
        (4, struct.pack(f"{mark}I", orientation)) if as_long else (3, struct.pack(f"{mark}HH", orientation, 0))
    )
    tiff = order.encode() + struct.pack(f"{mark}HIHHHI", 42, 8, 1, ORIENTATION, kind, 1) + value + b"\0" * 4
    content = encoded(drawn(), "JPEG", exif=b"Exif\0\0" + tiff)
    seen_by_pillow = Image.open(io.BytesIO(content)).getexif().get(ORIENTATION, 1)
    assert not (is_ready(content) and seen_by_pillow in range(2, 9))
    assert is_ready(content) or as_long or orientation not in (0, 1)

"""How CSV files are written: their encoding and their delimiter."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Sequence

from components.data.sources.files import readable
from schemas.csv_files.compression import Part, opened
from schemas.errors import InputError, shown

UTF_8 = "utf-8"
_ASCII, _UTF_16, _WINDOWS, _LATIN = "ascii", "utf-16", "windows-1252", "latin-1"
_DELIMITERS = ",;\t|"
_SPACED = re.compile(r'"(?:[^"]|"")*"|[^\s"]\S*')
_EXCEL = re.compile(r'"?sep=([,;\t|])', re.IGNORECASE)
_NUMBER = re.compile(r"\s*[-+]?\d[\d.,]*\s*")
_HALF = 0.5
_CHUNK = 1 << 20
_HEAD_LINES, _FEW_LINES = 200, 4
_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Bytes that Windows-1252, the encoding of most CSV files that are no UTF-8, gives no sign; Latin-1 takes every byte.
_NO_SIGNS = frozenset(b"\x81\x8d\x8f\x90\x9d")
_BINARY = (
    b"PK\x03\x04",
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"PAR1",
    b"SQLite format 3",
    b"\xd0\xcf\x11\xe0",
    b"GIF8",
)
csv.field_size_limit(1 << 24)


def encoding(parts: Sequence[Part]) -> str:
    """The encoding of one or more text files: UTF-8 where all of them are, else UTF-16 by their first bytes, Windows-1252 or
    Latin-1.

    Raises InputError for a file that is empty, cannot be read, is no text, or is of another encoding than the others.
    """
    found = {part.name: _encoding(part) for part in parts}
    names = {encoding: name for name, encoding in found.items()}
    kinds = sorted(names.keys() - {_ASCII})  # which is a part of all others but UTF-16
    if set(kinds) == {_WINDOWS, _LATIN}:
        return _LATIN
    if len(kinds) > 1 or (kinds == [_UTF_16] and _ASCII in names):
        several = " and ".join(f"{name} is {encoding}" for encoding, name in sorted(names.items()))
        raise InputError(f"{several}: files that are read together have the same encoding; save all of them as UTF-8")
    return kinds[0] if kinds else UTF_8


def _encoding(part: Part) -> str:
    decoder = codecs.getincrementaldecoder(UTF_8)()
    is_utf_8, is_ascii, seen, first = True, True, set[int](), b""
    with readable(part.path), opened(part) as file:
        while chunk := file.read(_CHUNK):
            first = first or chunk
            if first[:2] in _BOMS:
                return _UTF_16
            if b"\0" in chunk or first.startswith(_BINARY):
                begin = shown(first[:8])
                raise InputError(f"{part.name} is no text file (it begins with {begin}); a CSV file is expected")
            is_ascii &= chunk.isascii()
            if is_utf_8:
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    is_utf_8 = False
            seen |= _NO_SIGNS.intersection(chunk)
    if not first.strip():
        raise InputError(f"{part.name} is empty; a header line and rows are expected")
    if is_utf_8 and not decoder.getstate()[0]:
        return _ASCII if is_ascii else UTF_8
    return _LATIN if seen else _WINDOWS


def delimiter(part: Part, encoding: str) -> str:
    """The delimiter of a CSV file: the one that cuts the most of its first lines into as many cells as its header; where lines
    stand before that, as most of them.
    """
    head = _head(part, encoding)
    if found := _EXCEL.match(head):
        return found[1]
    # Of equal ones that with more columns; and a comma where no delimiter cuts anything.
    best = max(_DELIMITERS, key=lambda one: _fit(head, one))
    return best if _fit(head, best)[0] > _HALF else max(_DELIMITERS, key=lambda one: _fit(head, one, usual=True))


def lines_before_header(part: Part, encoding: str, delimiter: str) -> int:
    """How many lines stand before the header, such as a title: it is the first row with as many cells as most, of which at
    least half have a name and none is a number.

    Raises InputError where the first line is shorter or longer than most, and no such row follows.
    """
    head = _head(part, encoding)
    reader = csv.reader(io.StringIO(head), delimiter=delimiter)
    rows, begun = [], 0
    try:
        for row in reader:
            rows.append((row, begun))
            begun = reader.line_num
    except csv.Error:
        return 0  # who reads the rows says it
    excel = int(_EXCEL.match(head) is not None)  # a first line that says the delimiter, for Excel alone
    rows = rows[excel:]
    sizes = Counter(len(row) for row, _ in rows if row)
    if not sizes:
        return excel
    usual, count = sizes.most_common(1)[0]
    first = next(row for row, _ in rows if row)
    if count <= max(_FEW_LINES, sizes.total() / 2) or _names(first, usual):
        return excel
    header, line = next((found for found in rows if _names(found[0], usual)), (first, 0))
    if len(header) == usual and not any(_NUMBER.fullmatch(cell) for cell in header):
        return line
    if len(first) == usual:
        return excel
    raise InputError(
        f"{part.name}: its first line has {len(first)} cells, and most lines have {usual}; the header is expected there: "
        "remove what is before it"
    )


def _names(row: list[str], usual: int) -> bool:
    """Whether a row may be the header of rows with so many cells."""
    return len(row) == usual and sum(bool(cell.strip()) for cell in row) >= usual * _HALF


def spaced(part: Part) -> int:
    """How many cells each of the first lines of a file in UTF-8 has where white space is between them; 0 where they differ,
    or are few.
    """
    head = _head(part, UTF_8)
    sizes = {len(_SPACED.findall(line)) for line in head.splitlines() if line.strip()}
    # More than any delimiter cuts them into: lines of text have as many words as they like.
    return max(sizes) if len(sizes) == 1 and min(sizes) > max(2, *(_fit(head, one)[1] for one in _DELIMITERS)) else 0


def _fit(head: str, delimiter: str, *, usual: bool = False) -> tuple[float, int]:
    """The share of rows with as many cells as the first one (or ``usual``: as most), 0 where that is one cell; and that
    number.
    """
    try:
        sizes = [len(row) for row in csv.reader(io.StringIO(head), delimiter=delimiter) if row]
    except csv.Error:
        return 0, 0
    counts = Counter(sizes)
    size = counts.most_common(1)[0][0] if usual and sizes else (*sizes, 0)[0]
    return (counts[size] / len(sizes), size) if size > 1 else (0, 0)


def _head(part: Part, encoding: str) -> str:
    """The first lines, without a last one that may be cut."""
    with readable(part.path), opened(part) as file:
        text = file.read(_CHUNK).decode("utf-8-sig" if encoding == UTF_8 else encoding, errors="replace")
    lines = text.splitlines(keepends=True)
    return "".join(
        lines[:_HEAD_LINES] if len(lines) < 2 or text.endswith("\n") else lines[: min(_HEAD_LINES, len(lines) - 1)]
    )

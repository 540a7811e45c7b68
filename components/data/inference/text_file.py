"""How a CSV file is written: its encoding and its delimiter; and a copy of it in UTF-8, which the Csv source reads."""

import codecs
import csv
import io
import re
from collections import Counter
from pathlib import Path

from components.data.sources.files import readable
from schemas.csv_files.compression import opened
from schemas.errors import InputError, shown

UTF_8 = "utf-8"
_DELIMITERS = ",;\t|"
_SPACED = re.compile(r'"(?:[^"]|"")*"|[^\s"]\S*')
_CHUNK = 1 << 20
_HEAD_LINES = 200
_BOMS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
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


def encoding(path: Path) -> str:
    """The encoding of a text file: UTF-8 where all of it is, else UTF-16 by its first bytes, Windows-1252 or Latin-1.

    Raises InputError for a file that is empty, cannot be read, or is no text.
    """
    decoder = codecs.getincrementaldecoder(UTF_8)()
    is_utf_8, seen, first = True, set[int](), b""
    with readable(path), opened(str(path)) as file:
        while part := file.read(_CHUNK):
            first = first or part
            if first[:2] in _BOMS:
                return _BOMS[first[:2]]
            if b"\0" in part or first.startswith(_BINARY):
                raise InputError(f"{path} is no text file (it begins with {shown(first[:8])}); a CSV file is expected")
            if is_utf_8:
                try:
                    decoder.decode(part)
                except UnicodeDecodeError:
                    is_utf_8 = False
            seen |= _NO_SIGNS.intersection(part)
    if not first.strip():
        raise InputError(f"{path} is empty; a header line and rows are expected")
    if is_utf_8 and not decoder.getstate()[0]:
        return UTF_8
    return "latin-1" if seen else "windows-1252"


def delimiter(path: Path) -> str:
    """The delimiter of a CSV file in UTF-8: the one that cuts the most of its first lines into as many cells as its header.

    Raises InputError for a first line that is for Excel alone.
    """
    head = _head(path)
    if head.lstrip('"').lower().startswith("sep="):
        raise InputError(f"{path}: its first line, {shown(head.splitlines()[0])}, is for Excel alone; remove it")
    # Of equal ones that with more columns; and a comma where no delimiter cuts anything.
    return max(_DELIMITERS, key=lambda one: _fit(head, one))


def spaced(path: Path) -> int:
    """How many cells each of a file's first lines has where white space is between them; 0 where they differ, or are few."""
    head = _head(path)
    sizes = {len(_SPACED.findall(line)) for line in head.splitlines() if line.strip()}
    # More than any delimiter cuts them into: lines of text have as many words as they like.
    return max(sizes) if len(sizes) == 1 and min(sizes) > max(2, *(_fit(head, one)[1] for one in _DELIMITERS)) else 0


def _fit(head: str, delimiter: str) -> tuple[float, int]:
    """The share of rows with as many cells as the first one, 0 where that is one cell; and that number."""
    try:
        sizes = [len(row) for row in csv.reader(io.StringIO(head), delimiter=delimiter) if row]
    except csv.Error:
        return 0, 0
    if not sizes or sizes[0] < 2:
        return 0, 0
    return Counter(sizes)[sizes[0]] / len(sizes), sizes[0]


def _head(path: Path) -> str:
    """The first lines, without a last one that may be cut."""
    with readable(path), opened(str(path)) as file:
        text = file.read(_CHUNK).removeprefix(codecs.BOM_UTF8).decode(errors="replace")
    lines = text.splitlines(keepends=True)
    return "".join(
        lines[:_HEAD_LINES] if len(lines) < 2 or text.endswith("\n") else lines[: min(_HEAD_LINES, len(lines) - 1)]
    )


def to_utf_8(path: Path, encoding: str, target: Path) -> None:
    """Writes the file's text to ``target`` in UTF-8. Raises InputError for bytes that are not of the encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with readable(path), opened(str(path)) as file, target.open("wb") as out:
        try:
            while part := file.read(_CHUNK):
                out.write(decoder.decode(part).encode())
            out.write(decoder.decode(b"", final=True).encode())
        except UnicodeError as error:
            raise InputError(f"{path}: {error}; save the file as UTF-8") from error

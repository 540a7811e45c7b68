"""The text of a CSV file as Arrow takes it: UTF-8, without the lines that are passed over."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import pyarrow as pa

from schemas.csv_files.compression import Part, opened
from schemas.csv_files.dialect import Dialect
from schemas.errors import InputError

_CHUNK = 1 << 20
_END = re.compile(rb"\r\n|\n|\r(?!\Z)")  # an "\r" at the end of what is there may be half of "\r\n"
_BEGIN = b"\n"
_LONGEST = 8 << 20  # a line beyond it is no row that any block takes: it is passed on, for Arrow to refuse


@dataclass(frozen=True)
class CsvText:
    """One file, and how it is written."""

    part: Part
    dialect: Dialect

    @property
    def name(self) -> str:
        """How errors call the file."""
        return self.part.name

    def opened(self) -> pa.NativeFile:
        """The text in UTF-8, from the header or the first row on. Its ``read`` raises InputError for a wrong encoding."""
        dialect = self.dialect
        file = opened(self.part)
        if dialect.is_utf_8 and not dialect.skip_rows and not dialect.comment:
            return file  # as fast as Arrow is
        chunks = _chunks(file)
        if not dialect.is_utf_8:
            chunks = _decoded(chunks, dialect.encoding, self.name)
        chunks = _skipped(_without_mark(chunks), dialect.skip_rows)
        if dialect.comment:
            chunks = _without_comments(chunks, dialect)
        return pa.PythonFile(_Reader(chunks), mode="r")


class _Reader:
    """Chunks of bytes as a file that is read once."""

    closed = False

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most ``size``; b"" at the end."""
        while size < 0 or len(self._rest) < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            self._rest += chunk
        end = len(self._rest) if size < 0 else size
        found, self._rest = self._rest[:end], self._rest[end:]
        return found

    def close(self) -> None:
        """Reads no more."""
        self.closed = True


def _chunks(file: pa.NativeFile) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _decoded(chunks: Iterator[bytes], encoding: str, name: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    try:
        for chunk in chunks:
            text = decoder.decode(chunk)
            yield text.encode()
            line += text.count("\n")
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{name}, after line {line}: not {encoding}: {reason}; say the file's encoding") from error


def _without_mark(chunks: Iterator[bytes]) -> Iterator[bytes]:
    first = b""
    for chunk in chunks:
        first += chunk
        if len(first) >= len(codecs.BOM_UTF8):
            break
    yield first.removeprefix(codecs.BOM_UTF8)
    yield from chunks


def _skipped(chunks: Iterator[bytes], lines: int) -> Iterator[bytes]:
    """The chunks without their first lines, which end where a line of the file does, be it in quotes or not."""
    rest = b""
    for chunk in chunks:
        if not lines:
            yield chunk
            continue
        rest += chunk
        begin = 0
        for end in islice(_END.finditer(rest), lines):
            begin, lines = end.end(), lines - 1
        rest = rest[begin:]
        if not lines:
            yield rest
        rest = rest[-1:]  # of a line that is passed over, what may be half of its end


def _without_comments(chunks: Iterator[bytes], dialect: Dialect) -> Iterator[bytes]:
    """The chunks without the lines that begin with the comment character outside of quotes."""
    tokens, rows, comment = _tokens(dialect), _rows(dialect), dialect.comment.encode()

    def kept(found: re.Match[bytes]) -> bytes:
        return b"" if found[0].startswith(comment) else found[0]

    rest = _BEGIN
    for chunk in chunks:
        rest += chunk
        # Most chunks have no comment, and need no look at each cell in Python.
        found = None if any(end + comment in rest for end in (b"\n", b"\r")) else rows.match(rest)
        whole = found.end() if found else _whole(rest, tokens, comment)
        if whole == len(_BEGIN) and len(rest) > _LONGEST:
            whole = len(rest)
        yield (rest[:whole] if found else tokens.sub(kept, rest[:whole]))[len(_BEGIN) :]
        rest = _BEGIN + rest[whole:]
    yield tokens.sub(kept, rest)[len(_BEGIN) :]


def _tokens(dialect: Dialect) -> re.Pattern[bytes]:
    """A comment's line, or a quoted cell as Arrow sees it (a quote is one at the begin of a cell alone), closed or not.

    The text to cut begins with a line end, and then a line.
    """
    comment, delimiter, quote = (re.escape(c.encode()) for c in (dialect.comment, dialect.delimiter, dialect.quote))
    # A literal in front, and what stands before it looked at behind it: re then looks for that byte alone.
    line = comment + rb"(?<=[\r\n]" + comment + rb")[^\r\n]*+(?:\r\n|[\r\n]|\Z)"
    return re.compile(line + rb"|" + _cell(quote, delimiter) + rb"(?:" + quote + rb"|\Z)" if quote else line)


def _rows(dialect: Dialect) -> re.Pattern[bytes]:
    """All whole rows of a text without comments, in one match, which is some times as fast as one for each cell."""
    delimiter, quote = (re.escape(c.encode()) for c in (dialect.delimiter, dialect.quote))
    end = rb"(?:\r\n|\n|\r(?!\Z))"
    if not quote:
        return re.compile(rb"(?:[^\r\n]*+" + end + rb")*+")
    character = quote + rb"(?<![\r\n" + delimiter + rb"]" + quote + rb")"
    part = rb"[^\r\n" + quote + rb"]++|" + _cell(quote, delimiter) + quote + rb"|" + character
    return re.compile(rb"(?:(?:" + part + rb")*+" + end + rb")*+")


def _cell(quote: bytes, delimiter: bytes) -> bytes:
    """A quoted cell up to the quote that closes it."""
    inside = rb"[^" + quote + rb"]*+"
    return (
        quote + rb"(?<=[\r\n" + delimiter + rb"]" + quote + rb")" + inside + rb"(?:" + quote + quote + inside + rb")*+"
    )


def _whole(text: bytes, tokens: re.Pattern[bytes], comment: bytes) -> int:
    """How many bytes of the text are whole rows: up to the last line end that is in no cell."""
    cells = [found.span() for found in tokens.finditer(text) if not found[0].startswith(comment)]
    end = len(text)
    while True:
        # An "\r" at the end of what is there may be half of "\r\n".
        end = max(text.rfind(b"\n", 0, end), text.rfind(b"\r", 0, min(end, len(text) - 1)))
        while cells and cells[-1][0] > end:
            cells.pop()
        if not cells or cells[-1][1] <= end:
            return end + 1
        end = cells[-1][0]

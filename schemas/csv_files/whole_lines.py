"""Files of a text or an object a line, plain or compressed, read line by line."""

import io
from collections.abc import Iterator

from schemas.csv_files.compression import only_part, opened
from schemas.errors import InputError

LONGEST = 64 << 20  # bytes: a line beyond it would be one of all memory
_MARK = b"\xef\xbb\xbf"  # a byte order mark


def lines_of(path: str) -> Iterator[tuple[int, bytes, bool]]:
    """Number (from 1) and bytes of each line, without its end, and whether that is there.

    Raises:
      OSError: and what else ``schemas.csv_files.compression`` raises for a file that cannot be read.
      InputError: a line of more than LONGEST bytes; a zip of several files.
    """
    with io.BufferedReader(opened(only_part(path))) as file:
        line = 0
        while text := file.readline(LONGEST):
            line += 1
            whole = text.endswith(b"\n")
            if len(text) == LONGEST and not whole:
                raise InputError(f"{path}, line {line}: it is longer than {LONGEST:,} bytes, the most that are allowed")
            # By bytes: universal newlines would also end a line at a lone carriage return.
            yield line, (text.removeprefix(_MARK) if line == 1 else text).rstrip(b"\r\n"), whole

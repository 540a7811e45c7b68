"""Vectors of words from a file: GloVe's and word2vec's text, word2vec's binary form, each gzip or not.

A text form has a line for each word: the word and its numbers, separated by blanks. word2vec's begins with a line of how many
words and how many numbers there are. So does its binary form: a word ends with a blank there, and its numbers are float32, the
lowest byte first.
"""

import gzip
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import numpy as np

from schemas.errors import InputError

_GZIP = b"\x1f\x8b"
_BINARY = (".bin", ".bin.gz")
_LONGEST_WORD = 10_000  # bytes; a longer one is no word


def read(path: Path, words: Sequence[str]) -> Mapping[str, np.ndarray]:
    """The vectors of those words that the file has, float32[width] each; all of them are of one width.

    Words are compared as a Text has them, in lower case: ``Paris`` in the file counts as ``paris`` where that is not there.

    Raises InputError: the file cannot be read, or has a line (of a binary file: a word) that is none.
    """
    wanted = set(words)
    exact: dict[str, Callable[[], np.ndarray]] = {}
    others: dict[str, Callable[[], np.ndarray]] = {}
    try:
        with _opened(path) as file:
            for word, vector in (_binary if path.name.endswith(_BINARY) else _text)(path, file):
                if word in wanted:
                    exact.setdefault(word, vector)
                elif (lower := word.lower()) in wanted:
                    others.setdefault(lower, vector)
    except (OSError, EOFError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(f"{path}: {reason}; name a file of word vectors that can be read") from error
    return {word: vector() for word, vector in (others | exact).items()}


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
        file.seek(0)
        if not packed:
            yield file
            return
        with gzip.GzipFile(fileobj=file) as unpacked:
            yield cast(IO[bytes], unpacked)


class _Line:
    """A line's numbers, parsed when they are asked for: most words of a file are not wanted."""

    def __init__(self, path: Path, number: int, numbers: Sequence[bytes]) -> None:
        self._path = path
        self._number = number
        self._numbers = numbers

    def __call__(self) -> np.ndarray:
        """float32[width]."""
        try:
            vector = np.array([float(one) for one in self._numbers], np.float32)
        except ValueError as error:
            raise InputError(f"{self._path}, line {self._number}: {error}; numbers are expected") from None
        if not np.isfinite(vector).all():
            raise InputError(f"{self._path}, line {self._number}: a number is not finite; float32 is expected")
        return vector


def _text(path: Path, file: IO[bytes]) -> Iterator[tuple[str, _Line]]:
    width = 0
    for number, line in enumerate(file, 1):
        parts = line.rstrip().split(b" ")
        if number == 1 and len(parts) == 2 and all(part.isdigit() for part in parts):
            width = int(parts[1])
            continue
        if not width:
            width = len(parts) - 1
        # GloVe's largest file has words with blanks in them: what is left of the numbers is the word.
        if width < 1 or len(parts) <= width:
            raise InputError(
                f"{path}, line {number}: received {len(parts) - 1} numbers; a word and {max(width, 1)} are expected"
            )
        word = b" ".join(parts[:-width]).decode("utf-8", "replace")
        yield word, _Line(path, number, parts[-width:])


def _binary(path: Path, file: IO[bytes]) -> Iterator[tuple[str, "_Copy"]]:
    header = file.readline(100).split()
    if len(header) != 2 or not all(part.isdigit() for part in header) or int(header[1]) < 1:
        raise InputError(f"{path}, line 1: the number of words and of their numbers are expected in a file of word2vec")
    count, width = map(int, header)
    for number in range(1, count + 1):
        word = _word(file)
        data = file.read(4 * width)
        if word is None or len(data) < 4 * width:
            raise InputError(f"{path}: it ends in word {number} of {count}; fetch it again")
        yield word.decode("utf-8", "replace"), _Copy(path, number, data)


def _word(file: IO[bytes]) -> bytes | None:
    """What stands before the next blank; None at the end of the file."""
    letters = bytearray()
    while len(letters) < _LONGEST_WORD:
        letter = file.read(1)
        if letter == b" ":
            return bytes(letters).lstrip(b"\n")
        if not letter:
            return None
        letters += letter
    return None


class _Copy:
    """A binary file's numbers."""

    def __init__(self, path: Path, number: int, data: bytes) -> None:
        self._path = path
        self._number = number
        self._data = data

    def __call__(self) -> np.ndarray:
        """float32[width]."""
        vector = np.frombuffer(self._data, "<f4").astype(np.float32)
        if not np.isfinite(vector).all():
            raise InputError(f"{self._path}, word {self._number}: a number is not finite; float32 is expected")
        return vector


def matrix(found: Mapping[str, np.ndarray], words: Sequence[str], special: int, seed: int = 0) -> np.ndarray:
    """float32[special + words, width]: zeros for padding, random vectors for unknown words and those that were not found.

    These are drawn from a normal distribution as wide as the found numbers are.

    Args:
      found: at least one vector.
      special: how many ids come before the words'; the first one is padding.
    """
    known = np.stack(list(found.values()))
    rng = np.random.default_rng(seed)
    whole = rng.normal(0, known.std(), (special + len(words), known.shape[1])).astype(np.float32)
    whole[0] = 0
    for place, word in enumerate(words, special):
        if word in found:
            whole[place] = found[word]
    return whole

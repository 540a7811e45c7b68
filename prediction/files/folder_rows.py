"""A folder to predict: pictures, or texts, one a file."""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pyarrow as pa

from prediction.files.rows import PICTURES, Chunk, Rows, kinds
from schemas import pictures, request
from schemas.errors import InputError
from schemas.model_card import ModelCard

_SUFFIXES = {"image": pictures.SUFFIXES, "string": (".txt",)}
_SHOWN = pa.schema([("file", pa.string())])


def read(path: str, card: ModelCard) -> Rows:
    """All pictures (by suffix, as in training) or texts (.txt, UTF-8) below a folder, in the order of their names; ``file`` is
    the path below it. Other files are skipped and counted.

    Raises InputError for a folder without any, and for a file that cannot be read.
    """
    (kind,) = kinds(card).values()
    suffixes = _SUFFIXES[kind]
    # Counted in a walk of its own, so that the progress has a total, and no list of all names is kept.
    total = skipped = 0
    for file in _files(path):
        matches = file.suffix.lower() in suffixes
        total, skipped = total + matches, skipped + (not matches)
    if not total:
        raise InputError(
            f"{path} has no file that ends in {', '.join(suffixes)} ({skipped} others); "
            f"{card.name} takes {'pictures' if kind == 'image' else 'texts'}"
        )
    files = (file for file in _files(path) if file.suffix.lower() in suffixes)
    return Rows(_SHOWN, _chunks(Path(path), files, card), total, skipped=skipped)


def _files(path: str) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise InputError(f"cannot read {error.filename}: {error.strerror}") from error

    for folder, folders, files in os.walk(path, onerror=refuse):
        folders.sort()  # in place: os.walk goes down in this order
        yield from (Path(folder, name) for name in sorted(files))


def _chunks(root: Path, files: Iterator[Path], card: ModelCard) -> Iterator[Chunk]:
    (name,) = card.inputs
    while taken := list(islice(files, PICTURES)):
        contents = [_content(file, card, name) for file in taken]
        # A name on disk is bytes, which may be no UTF-8; Arrow's strings must be.
        names = [os.fsencode(file.relative_to(root)).decode(errors="replace") for file in taken]
        inputs = {name: pa.array(contents, pa.binary())}
        shown = pa.RecordBatch.from_arrays([pa.array(names, pa.string())], schema=_SHOWN)
        # taken=taken: else every chunk would name the files of the last one.
        yield Chunk(shown, inputs, lambda row, taken=taken: str(taken[row]))  # type: ignore[misc]


def _content(file: Path, card: ModelCard, name: str) -> bytes:
    """A file's bytes, as the model takes them."""
    try:
        content = file.read_bytes()
        value = request.parse(card, content if card.inputs[name]["type"] == "image" else content.decode("utf-8-sig"))
    except OSError as error:
        raise InputError(f"cannot read {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not a text in UTF-8: {error}; save the file as UTF-8") from error
    except InputError as error:
        raise InputError(f"{file}: {error}") from None
    found = value[name]
    return found.encode() if isinstance(found, str) else bytes(found)  # type: ignore[arg-type]

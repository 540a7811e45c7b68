"""scikit-learn's digits as PNG pictures."""

import hashlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from components.sources import Block, Located
from schemas.errors import InputError
from schemas.sources import Digits

COLUMNS = ("image", "digit")
_SCALE = 15.9375  # the values 0..16 to 0..255


def prepare(source: Digits, dataset: str, data: Path, columns: tuple[str, ...]) -> Located:
    """Finds the file inside scikit-learn (without importing it, which takes two seconds)."""
    unknown = [column for column in columns if column not in COLUMNS]
    if unknown:
        raise InputError(
            f"{dataset}: the digits source has no column {unknown[0]!r}; its columns are {', '.join(COLUMNS)}"
        )
    file = _file()
    return Located("", fingerprint(""), file.stat().st_size)


def fingerprint(path: str) -> str:
    """sha256 of scikit-learn's file, in hex; ``path`` is not used."""
    return hashlib.sha256(_file().read_bytes()).hexdigest()


def _file() -> Path:
    spec = importlib.util.find_spec("sklearn")
    if spec is None or spec.origin is None:
        raise InputError(
            "scikit-learn, which ships the digits, is not installed; install slipway from requirements.lock"
        )
    return Path(spec.origin).parent / "datasets" / "data" / "digits.csv.gz"


def blocks(source: Digits, path: str, columns: tuple[str, ...]) -> Iterator[Block]:
    """One block: ``image`` PNG bytes of 8 x 8 grey pixels, ``digit`` "0" to "9"; a picture's bytes are its key."""
    import tensorflow as tf
    from sklearn.datasets import load_digits

    digits = load_digits()
    pixels = (digits.images * _SCALE).round().astype("uint8")[..., None]
    pictures = tf.io.encode_png(pixels).numpy()
    cells = {"image": pa.array(list(pictures), pa.binary()), "digit": pa.array(digits.target).cast(pa.string())}
    table = pa.table({name: cells[name].cast(pa.binary()) for name in columns})
    yield Block(0, 1, table, cells["image"].cast(pa.large_binary()))

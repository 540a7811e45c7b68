"""scikit-learn's digits as PNG pictures."""

import hashlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from components.data.sources import Block, Located, keys_of
from components.data.sources.files import check_columns
from schemas.errors import InputError
from schemas.sources import Digits

_SCALE = 15.9375  # the values 0..16 to 0..255


def prepare(source: Digits, dataset: str, data: Path, columns: tuple[str, ...]) -> Located:
    """Finds the file inside scikit-learn (without importing it, which takes two seconds)."""
    check_columns("the file of scikit-learn's digits", dataset, columns, source.columns)
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


def blocks(
    source: Digits, path: str, columns: tuple[str, ...], key: tuple[str, ...] = (), limit: int = 0
) -> Iterator[Block]:
    """One block: ``image`` PNG bytes of 8 x 8 grey pixels, ``digit`` "0" to "9"; a picture's bytes are its key."""
    from sklearn.datasets import load_digits

    from components.data.sources.png import encoded

    digits = load_digits()
    rows = slice(limit or None)
    cells = {
        "image": encoded((digits.images[rows] * _SCALE).round().astype("uint8")),
        "digit": pa.array(digits.target[rows]).cast(pa.string()).cast(pa.binary()),
    }
    table = pa.table({name: cells[name] for name in columns})
    yield Block(0, 1, table, keys_of(cells[name] for name in key or ("image",)))

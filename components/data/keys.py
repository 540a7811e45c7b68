"""Which row of the source each example came from: a Parquet file beside every file of examples, row for row.

``keys/Split-<split>/<file>.parquet`` in the Examples artifact has ``key`` string and ``source_row`` int64 (from 1); and, where
rows are divided by it, ``time`` (components.data.times), with ``until`` where labels reach from there to another time. They
are no features, so that they stand in no tf.Example, no schema and no statistics. Rows of equal key are in the same split,
unless it is time that divides.
"""

import contextlib
import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from components.data.appearing import appearing

_FOLDER = "keys"
_SEPARATOR = b"\x1f"  # as components.data.sources joins the cells of a key
_DIGEST_BYTES = 8


def names_of(keys: pa.Array, *, named: bool) -> pa.Array:
    """Keys for people, string[N].

    Args:
      keys: ``components.data.sources.Block.keys``, large_binary[N].
      named: whether the page names the key's columns: their cells are readable then. Of a row that is its own key, such as a
        picture, 16 hex digits of its sha256 are.
    """
    if named:
        with contextlib.suppress(pa.ArrowInvalid):  # a key that is not UTF-8
            return pc.replace_substring(keys, _SEPARATOR, b", ").cast(pa.large_string()).cast(pa.string())
        texts = [key.replace(_SEPARATOR, b", ").decode(errors="replace") for key in keys.to_pylist()]
    else:
        texts = [hashlib.sha256(key).hexdigest()[: 2 * _DIGEST_BYTES] for key in keys.to_pylist()]
    return pa.array(texts, pa.string())


def write(uri: str, split: str, examples: str, rows: pa.Table) -> None:
    """Writes the keys of one file of examples.

    Args:
      uri: the folder of the Examples artifact.
      examples: the name of the file of examples.
      rows: ``key``, string[N]; ``source_row``, int64[N], from 1; and, where times divide, ``time`` and ``until``, int64[N] or
        float64[N].
    """
    path = path_of(uri, split, examples)
    path.parent.mkdir(parents=True, exist_ok=True)
    with appearing(path) as part:
        pq.write_table(rows, part, use_dictionary=False)  # most are of one row alone


def read(uri: str, split: str, examples: str) -> pa.Table:
    """The keys of one file of examples, in its order."""
    return pq.read_table(path_of(uri, split, examples))


def path_of(uri: str, split: str, examples: str) -> Path:
    """Where the keys of a file of examples are."""
    return Path(uri, _FOLDER, f"Split-{split}", f"{examples.removesuffix('.gz')}.parquet")

"""The usual endings of files' names, for sources and for batch prediction; how one is compressed, its first bytes say."""

from collections.abc import Iterable

PACKED = (".gz", ".zip", ".xz", ".zst", ".bz2")


def compressed(*endings: str) -> tuple[str, ...]:
    """The endings of files' names, and each with those of compressed files behind it."""
    return tuple(ending + packed for ending in endings for packed in ("", *PACKED))


def plain(endings: Iterable[str]) -> list[str]:
    """Those of files that are not compressed."""
    return [ending for ending in endings if not ending.endswith(PACKED)]


CSV = compressed(".csv", ".tsv")
TABLES = (".parquet", ".pq", ".parq", ".arrow", ".feather")
"""Of Parquet files, and of Arrow's own."""
LINES = compressed(".jsonl", ".ndjson", ".json")
RECORDS = tuple(f"{ending}{packed}" for ending in (".tfrecord", ".tfrecords", ".tfrec") for packed in ("", ".gz"))
"""Of files of tf.Examples."""

"""The usual endings of compressed files' names; which compression it is, their first bytes say."""

PACKED = (".gz", ".zip", ".xz", ".zst", ".bz2")


def compressed(*endings: str) -> tuple[str, ...]:
    """The endings of files' names, and each with those of compressed files behind it."""
    return tuple(ending + packed for ending in endings for packed in ("", *PACKED))

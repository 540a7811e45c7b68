"""The processors of an affinity and of a container's limit."""

import os
from pathlib import Path

import pytest

from schemas import processors


@pytest.mark.parametrize(
    ("text", "expected"), [("100000 100000", 1), ("10000 100000", 1), ("9900000 100000", None), ("max 100000", None)]
)
def test_a_containers_limit_counts_where_it_is_lower(tmp_path: Path, text: str, expected: int | None) -> None:
    file = tmp_path / "cpu.max"
    file.write_text(f"{text}\n")
    assert processors.usable(file) == (expected or len(os.sched_getaffinity(0)))


def test_the_affinity_counts() -> None:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert processors.usable() == 1
    finally:
        os.sched_setaffinity(0, before)
    assert processors.usable(Path("/nowhere")) == len(before)

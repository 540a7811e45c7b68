"""The threads that write: the same files with any number of them, and nothing half written when they are ended."""

import errno
import itertools
import resource
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import tensorflow as tf
from pyarrow import parquet

from components.data import keys, sources
from components.data.example_gen import ReadBlocks
from components.data.plan import Plan
from components.data.sources import typed_blocks
from components.data.writing import WriteBlock, write_all
from schemas.columns import Label
from schemas.slices import Buckets
from schemas.sources import Csv, JsonLines, Parquet, Source
from schemas.splits import NAMES, Splits

from .conftest import TITANIC


@pytest.fixture
def plan(titanic: pa.Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """The passengers three times, as Parquet in blocks of a hundred."""
    monkeypatch.setattr(typed_blocks, "BLOCK_ROWS", 100)
    return _plan(titanic, tmp_path, Parquet("passengers.parquet"))


def _plan(titanic: pa.Table, folder: Path, source: Source) -> Plan:
    table = pa.concat_tables([titanic] * 3)
    table = table.set_column(0, "PassengerId", pa.array(range(len(table))))
    (folder / "ships").mkdir()
    parquet.write_table(table, folder / "ships" / "passengers.parquet")
    table.to_pandas().to_csv(folder / "ships" / "passengers.csv", index=False)
    table.to_pandas().to_json(folder / "ships" / "passengers.jsonl", orient="records", lines=True)
    located = sources.prepare(source, "ships", folder, (*TITANIC, "PassengerId"))
    label, buckets = Label("Survived", ("no", "yes")), (Buckets("Age", (18, 60)),)
    return Plan(source, located.path, TITANIC, (), (label,), Splits(key=("PassengerId",)), buckets, 0, "ships")


def folders(uri: Path) -> Path:
    """An artifact's folders, as the executor makes them."""
    for name in (*(f"Split-{split}" for split in NAMES), ".reports"):
        (uri / name).mkdir(parents=True)
    return uri


def files(uri: Path) -> dict[str, bytes]:
    return {str(file.relative_to(uri)): file.read_bytes() for file in sorted(uri.rglob("*")) if file.is_file()}


@pytest.mark.parametrize(
    "source",
    [Parquet("passengers.parquet"), Csv("passengers.csv"), JsonLines("passengers.jsonl")],
    ids=lambda source: type(source).__name__,
)
def test_the_files_are_the_same_with_one_thread_and_with_several(
    titanic: pa.Table, source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typed_blocks, "BLOCK_ROWS", 100)
    monkeypatch.setattr("components.data.sources.csv_file.BLOCK_BYTES", 10_000)
    monkeypatch.setattr("components.data.sources.json_lines._ROWS", 100)
    plan, found = _plan(titanic, tmp_path, source), []
    for threads in (1, 2, 5):
        uri = folders(tmp_path / str(threads))
        write_all(ReadBlocks(plan).process(None), plan, str(uri), threads)
        found.append(files(uri))
    assert len(found[0]) > 100 and found[0] == found[1] == found[2]


@pytest.mark.parametrize("threads", [1, 3])
def test_no_more_blocks_are_in_memory_than_the_threads_need(
    plan: Plan, tmp_path: Path, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, done, most = itertools.count(1), itertools.count(1), 0
    written = 0

    def counted(blocks: Iterable[Any]) -> Iterator[Any]:
        nonlocal most
        for block in blocks:
            most = max(most, next(read) - written)
            yield block

    inner = WriteBlock._report

    def reported(*arguments: Any) -> None:
        nonlocal written
        inner(*arguments)
        written = next(done)

    monkeypatch.setattr(WriteBlock, "_report", reported)
    write_all(counted(ReadBlocks(plan).process(None)), plan, str(folders(tmp_path / "out")), threads)
    assert written == 27 and most <= threads + 2


def test_a_disk_that_is_full_ends_the_writing_and_leaves_no_half_of_a_file(plan: Plan, tmp_path: Path) -> None:
    uri = folders(tmp_path / "out")
    with limited_files(1000), pytest.raises(OSError) as caught:
        write_all(ReadBlocks(plan).process(None), plan, str(uri), 2)
    assert caught.value.errno == errno.EFBIG
    assert_whole(uri)


def test_an_interruption_ends_the_threads_and_leaves_no_half_of_a_file(plan: Plan, tmp_path: Path) -> None:
    def interrupted() -> Iterator[Any]:
        yield from itertools.islice(ReadBlocks(plan).process(None), 20)
        signal.raise_signal(signal.SIGINT)

    uri, before = folders(tmp_path / "out"), threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        write_all(interrupted(), plan, str(uri), 2)
    assert threading.active_count() == before
    assert len(files(uri)) >= 17 * 3
    assert_whole(uri)


@contextmanager
def limited_files(most: int) -> Iterator[None]:
    """A process whose files may not be larger, which write(2) says as it says that a disk is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def assert_whole(uri: Path) -> None:
    """Each file that is there can be read to its end, and no other is there."""
    assert not [name for name in files(uri) if Path(name).name.startswith(".")]
    for split in NAMES:
        for file in (uri / f"Split-{split}").iterdir():
            assert list(tf.data.TFRecordDataset(str(file), compression_type="GZIP").as_numpy_iterator())
        for file in (uri / "keys" / f"Split-{split}").glob("*"):
            keys.read(str(uri), split, f"{file.stem}.gz")

"""Files, folders, patterns and addresses as people have them: each gives a page that reads its data."""

import contextlib
import gzip
import hashlib
import http.server
import json
import sqlite3
import struct
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from components.data import sources
from components.data.inference.drafts import Draft
from pipelines.page import drafting, fetching, own_data
from pipelines.spec import Columns, File, IdxImages, JsonLines, Parquet, Pipeline, Sql, TextTar
from schemas import columns
from schemas.columns import Label
from schemas.errors import InputError
from schemas.home import Home

ROWS = 300
LENGTH = [n / 7 for n in range(ROWS)]
KIND = ["brig" if n % 3 else "cog" for n in range(ROWS)]
LEFT = ["yes" if n % 2 else "no" for n in range(ROWS)]
SHIPS = pa.table({"length": LENGTH, "kind": KIND, "left": LEFT})
CELLS = [*zip(LENGTH, KIND, LEFT, strict=True)]
LINES = [f"{a:.3f},{b},{c}" for a, b, c in CELLS]


@pytest.fixture(autouse=True)
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without pages of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SLIPWAY_PIPELINES", raising=False)
    monkeypatch.setenv("SLIPWAY_HOME", str(tmp_path / "home"))


def written(argument: str, label: str | None = None, table: str | None = None) -> tuple[Draft, Pipeline, int]:
    """The draft of what a person names, its written page, and how many rows that reads."""
    home = Home(Path("home"), Path("home", "data"))
    with fetching.given(argument) as given:
        draft = drafting.of_given(given, "ships", label, table)
        assert draft.page, draft.problems
        done = own_data.write(draft, given.path, Path("pipelines"), home)
    pipeline = drafting.pipeline_of(done.draft)
    wanted = pipeline.columns()
    located = sources.prepare(pipeline.source, "ships", home.data, wanted)
    reading, rows = Label(pipeline.task.label, pipeline.task.classes_or_none), 0
    for block in sources.blocks(pipeline.source, located.path, wanted):
        for name, kind in wanted.items():
            columns.convert(block.cells[name].combine_chunks(), kind, reading)
        rows += block.cells.num_rows
    return draft, pipeline, rows


def test_a_parquet_file_is_copied_without_rows_that_have_no_label() -> None:
    left = pa.array([None if n % 10 == 0 else one for n, one in enumerate(LEFT)])
    parquet.write_table(SHIPS.set_column(2, "left", left), "ships.parquet")
    draft, pipeline, rows = written("ships.parquet")
    assert pipeline.source == Parquet("ships.parquet") and (draft.rows, rows) == (ROWS, 270)
    assert {column.name: column.kind for column in draft.columns} == {
        "length": "number", "kind": "category", "left": "category",
    }  # fmt: skip


def test_a_table_of_a_database_is_read_by_the_page() -> None:
    with contextlib.closing(sqlite3.connect("fleet.db")) as connection:
        connection.execute('CREATE TABLE "the ships" (length REAL, kind TEXT, "left" TEXT)')
        connection.execute("CREATE TABLE ports (name TEXT)")
        connection.executemany('INSERT INTO "the ships" VALUES (?, ?, ?)', CELLS)
        connection.commit()
    with pytest.raises(InputError, match="has 2 tables, 'ports', 'the ships'; name one with --table"):
        written("fleet.db")
    with pytest.raises(InputError, match="has no table 'x'; its tables are 'ports', 'the ships'"):
        written("fleet.db", table="x")
    draft, pipeline, rows = written("sqlite:///fleet.db", table="the ships")
    assert pipeline.source == Sql("sqlite:///fleet.db", 'SELECT * FROM "the ships"') and (draft.rows, rows) == (
        ROWS,
        ROWS,
    )
    assert [column.kind for column in draft.columns] == ["number", "category", "category"]


def test_what_is_no_database_has_no_table() -> None:
    Path("ships.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="is no SQLite database"):
        written("ships.csv", table="x")
    Path("ships.db").write_bytes(b"SQLite" * 300)
    with pytest.raises(InputError, match="file is not a database"):
        written("ships.db")
    Path("ships.db").write_bytes(b"")
    with pytest.raises(InputError, match=r"ships\.db has no table"):
        written("ships.db")


def test_errors_of_a_database_name_it_and_no_temporary_file() -> None:
    with contextlib.closing(sqlite3.connect("ships.db")) as connection:
        connection.execute("CREATE TABLE ships (length REAL, flag BLOB)")
        connection.executemany("INSERT INTO ships VALUES (?, ?)", [(1.5, b"\xff")] * 30)
        connection.commit()
    with pytest.raises(InputError, match=r"^ships.db, table 'ships', row 1, column 'flag': "):
        written("ships.db")
    Path("ships.db").rename("which?.db")
    with pytest.raises(InputError, match="cannot have a '\\?' in its path; rename it"):
        written("which?.db")


def test_a_folder_and_a_pattern_of_parquet_files_are_linked(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    for part in range(3):
        parquet.write_table(SHIPS.slice(part * 100, 100), f"parts/part-{part}.parquet")
    _, pipeline, rows = written("parts/part-[01].parquet")
    assert pipeline.source == Parquet("parts/part-[01].parquet") and rows == 200
    assert (tmp_path / "home" / "data" / "ships" / "parts").is_symlink()


def test_a_linked_folder_cannot_lose_rows_without_a_label(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    left = pa.array([None, *LEFT[1:]])
    parquet.write_table(SHIPS.set_column(2, "left", left), "parts/a.parquet")
    (problem,) = drafting.of_file(Path("parts"), "ships", None).problems
    assert problem.field == "label" and "remove these rows" in problem.message and problem.severity == "error"


def test_json_lines_are_copied_without_lines_that_have_no_label(tmp_path: Path) -> None:
    rows = [{"ship": {"length": a, "kind": b}, "left": c} for a, b, c in CELLS]
    for row in rows[::10]:
        del row["left"]
    (tmp_path / "ships.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    draft, pipeline, count = written("ships.jsonl", "left")
    assert pipeline.source == JsonLines("ships.jsonl") and (draft.rows, count) == (ROWS, 270)
    assert [*pipeline.features] == ["ship.length", "ship.kind"]


def test_json_lines_are_read_from_a_zip(tmp_path: Path) -> None:
    text = "".join(json.dumps({"length": a, "kind": b, "left": c}) + "\n" for a, b, c in CELLS)
    with zipfile.ZipFile(tmp_path / "ships.jsonl.zip", "w") as archive:
        archive.writestr("ships.jsonl", text)
    _, pipeline, rows = written("ships.jsonl.zip")
    assert pipeline.source == JsonLines("ships.jsonl.zip") and rows == ROWS


def test_columns_with_white_space_between_them_have_no_header(tmp_path: Path) -> None:
    lines = [
        f'{a:.3f}  {"?" if n % 9 == 0 else n % 50 / 3:.5}   "{b} of {n % 3}"\t{c}' for n, (a, b, c) in enumerate(CELLS)
    ]
    (tmp_path / "ships.data").write_text("\n".join(lines) + "\n")
    draft, pipeline, rows = written("ships.data")
    names = ("column_1", "column_2", "column_3", "column_4")
    assert pipeline.source == Columns("ships.data", names=names, missing=("?", "")) and rows == ROWS
    assert [column.kind for column in draft.columns] == ["number", "number", "category", "category"]


def test_texts_in_class_folders_become_a_tar(tmp_path: Path) -> None:
    for row in range(120):
        folder = tmp_path / "reviews" / ("good" if row % 2 else "bad")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{row}.txt").write_text(f"the ship was {'fine' if row % 2 else 'poor'} in {row} ways")
    draft, pipeline, rows = written("reviews")
    assert isinstance(pipeline.source, TextTar) and pipeline.source.file == "reviews.tar" and rows == 120
    assert draft.classes == ["bad", "good"] and pipeline.task.label == "label"


def test_a_tar_with_train_and_test_folders_keeps_its_split(tmp_path: Path) -> None:
    with tarfile.open("acl.tar.gz", "w:gz") as archive:
        for row in range(200):
            split, label = ("train" if row % 4 else "test"), ("pos" if row % 3 else "neg")
            file = tmp_path / "text"
            file.write_text(f"a film of {row} <br /> minutes that was {label}")
            archive.add(file, f"acl/{split}/{label}/{row}.txt")
        archive.add(file, "acl/train/unsup/1.txt")
    draft, pipeline, rows = written("acl.tar.gz")
    assert rows == 200 and draft.classes == ["neg", "pos"] and "markup=True" in draft.page
    assert isinstance(pipeline.source, TextTar) and "(?P<split>train|test)" in pipeline.source.pattern


def test_the_four_files_of_mnist_are_known(tmp_path: Path) -> None:
    folder = tmp_path / "digits"
    folder.mkdir()
    for split, rows in (("train", 120), ("t10k", 40)):
        pictures = np.random.default_rng(1).integers(0, 255, (rows, 8, 8), dtype=np.uint8)
        content = struct.pack(">HBBIII", 0, 8, 3, rows, 8, 8) + pictures.tobytes()
        (folder / f"{split}-images-idx3-ubyte.gz").write_bytes(gzip.compress(content))
        labels = (np.arange(rows) % 3).astype(np.uint8)
        (folder / f"{split}-labels-idx1-ubyte.gz").write_bytes(
            gzip.compress(struct.pack(">HBBI", 0, 8, 1, rows) + labels.tobytes())
        )
    draft, pipeline, rows = written("digits")
    assert isinstance(pipeline.source, IdxImages) and rows == 160 and draft.classes == ["0", "1", "2"]
    assert pipeline.source.train_images == File("digits/train-images-idx3-ubyte.gz")
    assert "Image(height=8, width=8, channels=1)" in draft.page


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "web").mkdir()
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path / "web"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_a_file_of_a_server_is_named_with_its_address_and_checksum(server: str, tmp_path: Path) -> None:
    content = "\n".join(["length,kind,left", *LINES]) + "\n"
    (tmp_path / "web" / "my ships.csv").write_text(content)
    _, pipeline, rows = written(f"{server}/my%20ships.csv")
    digest = hashlib.sha256(content.encode()).hexdigest()
    assert rows == ROWS and pipeline.source.files[0] == File("my ships.csv", f"{server}/my%20ships.csv", digest)


def test_an_address_without_a_file_is_one_line(server: str) -> None:
    with (
        pytest.raises(InputError, match=r"nothing\.csv could not be fetched: .*404"),
        fetching.given(f"{server}/nothing.csv"),
    ):
        pass
    with pytest.raises(InputError, match="credentials"), fetching.given("https://me:secret@host/a.csv"):
        pass

"""Files and folders to predict: each row becomes what a single request of it would be, or is named with its mistake."""

import base64
import contextlib
import csv
import gzip
import json
import lzma
import math
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import tensorflow as tf
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import feather, parquet

from prediction.files import csv_rows, folder_rows, line_rows, parquet_rows, record_rows
from prediction.files.rows import ROWS, Rows
from prediction.wire import tf_serving_pb2 as wire
from schemas import request
from schemas.csv_files import whole_lines
from schemas.errors import InputError
from schemas.model_card import ModelCard
from schemas.pictures import prepared
from tests.pictures import PNG, taken_as_they_come

MakeCard = Callable[..., ModelCard]
PICTURE = {"image": {"type": "image"}}
TEXT = {"text": {"type": "string"}}
NA = {"missing": ["", "NA"], "delimiter": ","}
cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


def seen(rows: Rows) -> list[dict[str, Any]]:
    """What the model gets, row by row; NaN as None."""
    found = []
    for chunk in rows.chunks:
        columns = {name: values.tolist() for name, values in chunk.tensors().items()}
        assert {len(values) for values in columns.values()} == {chunk.shown.num_rows} <= set(range(1, ROWS + 1))
        found += [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return [_plain(row) for row in found]


def asked(card: ModelCard, value: Any) -> dict[str, Any]:
    """What the model gets for a single request."""
    return _plain(request.parse(card, value))


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    encoded = {name: value.encode() if isinstance(value, str) else value for name, value in row.items()}
    return {
        name: (None if math.isnan(value) else pa.scalar(value, pa.float32()).as_py())
        if isinstance(value, float)
        else value
        for name, value in encoded.items()
    }


def shown(rows: Rows) -> list[dict[str, Any]]:
    return pa.Table.from_batches([chunk.shown for chunk in rows.chunks], rows.shown).to_pylist()


def refused(read: Callable[[], Rows]) -> str:
    with pytest.raises(InputError) as caught:
        list(read().chunks)
    return str(caught.value)


numbers = st.one_of(st.none(), st.floats(width=32, allow_nan=False, allow_infinity=False), st.integers(-10, 10))


@given(st.lists(st.tuples(numbers, st.one_of(st.none(), cells), cells), min_size=1, max_size=20))
def test_a_csv_row_is_read_as_a_request_of_it(
    tmp_path_factory: pytest.TempPathFactory, make_card: MakeCard, rows: list[tuple[Any, str | None, str]]
) -> None:
    path, card = tmp_path_factory.getbasetemp() / "rows.csv", make_card(reading=NA)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(["note", "Sex", "Age"])
        writer.writerows(
            (note, "NA" if sex is None else sex, "NA" if age is None else repr(age)) for age, sex, note in rows
        )
    requests = [{"Age": age, "Sex": None if sex == "NA" else sex} for age, sex, _ in rows]
    assert seen(csv_rows.read(str(path), card, ())) == [asked(card, value) for value in requests]
    kept = shown(csv_rows.read(str(path), card, ()))
    assert [(row["note"], row["Sex"]) for row in kept] == [
        (note, "NA" if sex is None else sex) for _, sex, note in rows
    ]


def write(path: Path, text: str) -> str:
    path.write_bytes(gzip.compress(text.encode()) if path.suffix.lower() == ".gz" else text.encode())
    return str(path)


def test_a_csv_file_of_many_blocks_keeps_its_order(tmp_path: Path, make_card: MakeCard) -> None:
    lines = [f"{i},{'long ' * 40}" for i in range(12_000)]  # 2.4 MB
    for name in ("rows.csv", "rows.csv.gz"):
        path = write(tmp_path / name, "\n".join(["Age,Sex", *lines]))
        assert [row["Age"] for row in seen(csv_rows.read(path, make_card(), ()))] == list(range(12_000))
    path = write(tmp_path / "rows.csv", "\n".join(["Age,Sex", *lines, "old,female"]))
    line = refused(lambda: csv_rows.read(path, make_card(), ()))
    assert line == f"{path}, row 12001, column 'Age': received 'old'; a number is expected"


@pytest.mark.parametrize("name", ["ROWS.CSV", "ROWS.CSV.GZ"])
def test_the_case_of_a_suffix_does_not_matter(tmp_path: Path, make_card: MakeCard, name: str) -> None:
    path = write(tmp_path / name, '\ufeffAge,Sex,Note\n4,male,"a\nb"\n')
    assert seen(csv_rows.read(path, make_card(), ())) == [{"Age": 4.0, "Sex": b"male"}]


def test_delimiter_and_missing_cells_are_the_training_source_s(tmp_path: Path, make_card: MakeCard) -> None:
    path = write(tmp_path / "rows.csv", "Sex;Age;Id\n?;?;?\n;4;5\n")
    card = make_card(reading={"missing": ["?"], "delimiter": ";"})
    rows = csv_rows.read(path, card, ())
    assert rows.unread == ["Id"] and rows.total is None
    assert seen(rows) == [{"Age": None, "Sex": b""}, {"Age": 4.0, "Sex": b""}]
    assert shown(csv_rows.read(path, card, ("Id",))) == [{"Id": "?"}, {"Id": "5"}]


READING = {
    "missing": ["", "-"], "delimiter": ";", "decimal": ",", "thousands": ".", "units": ["€"],
    "encoding": "windows-1252", "quote": "'",
    "comment": "#", "skip_rows": 1, "header": False, "names": ["Sex", "Age", "Id"],
}  # fmt: skip


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".csv.xz", ".csv.zst", ".csv.zip"])
def test_a_csv_file_is_read_as_the_training_source_was(tmp_path: Path, make_card: MakeCard, suffix: str) -> None:
    path = tmp_path / f"rows{suffix}"
    content = "of 2024\n#;;\n'm\u00e4nnlich;';1.234,5 €;1.234\n-;-;x\n".encode("windows-1252")
    with zipfile.ZipFile(path, "w") if suffix.endswith(".zip") else contextlib.nullcontext() as archive:
        if archive:
            archive.writestr("rows.csv", content)
    packed = {".gz": gzip.compress, ".xz": lzma.compress, ".zst": zstandard.compress, ".csv": bytes}
    if path.suffix in packed:
        path.write_bytes(packed[path.suffix](content))
    rows = csv_rows.read(str(path), make_card(reading=READING), ())
    assert rows.unread == ["Id"]
    assert seen(rows) == [{"Age": 1234.5, "Sex": "m\u00e4nnlich;".encode()}, {"Age": None, "Sex": b""}]
    kept = shown(csv_rows.read(str(path), make_card(reading=READING), ()))
    assert kept[0] == {"Sex": "m\u00e4nnlich;", "Age": "1.234,5 €", "Id": "1.234"}  # each cell as it stands in the file


def test_columns_without_a_name_are_no_output(tmp_path: Path, make_card: MakeCard) -> None:
    path = write(tmp_path / "rows.csv", " Age,Sex ,,\n4,male,,\n")
    assert shown(csv_rows.read(path, make_card(), ())) == [{"Age": "4", "Sex": "male"}]
    path = write(tmp_path / "rows.csv", ",Age,Sex\n0,4,male\n")
    assert shown(csv_rows.read(path, make_card(), ())) == [{"": "0", "Age": "4", "Sex": "male"}]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Age,sex\n1,male\n", "has no column 'Sex', which titanic None reads; is it 'sex'? its columns are 'Age', 'sex'"),
        ("Age,Sex,Age\n1,male,2\n", "has the column 'Age' twice"),
        ("Age,Sex\n1,male,2\n", "row 1: received 3 cells ('1,male,2'); 2 are expected"),
        ("Age,Sex\n1,male\n2,\"female\nand more", "row 2: the last cell's quote is never closed"),
        ("Age,Sex\n1,male\n1e99,male\n", "row 2, column 'Age': received '1e99'; a finite number"),
        ("", "is empty; a header line and rows are expected"),
        ("Age,Sex\n1,\"" + "x" * (3 << 20), "look for a quote that is not closed"),
    ],
)  # fmt: skip
def test_a_csv_file_that_does_not_fit(tmp_path: Path, make_card: MakeCard, text: str, named: str) -> None:
    for name in ("rows.csv", "rows.csv.gz"):
        path = write(tmp_path / name, text)
        line = refused(lambda path=path: csv_rows.read(path, make_card(), ()))
        assert line.startswith(path) and named in line, line


def test_a_csv_file_that_is_not_utf8_or_not_compressed(tmp_path: Path, make_card: MakeCard) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"Age,Sex,Name\n1,male,Jos\xe9\n")
    line = refused(lambda: csv_rows.read(str(path), make_card(), ()))
    assert line.startswith(f"{path}, row 1, column 'Name'") and "not UTF-8" in line
    path.rename(tmp_path / "rows.csv.gz")
    assert str(tmp_path) in refused(lambda: csv_rows.read(f"{path}.gz", make_card(), ()))


def test_a_submission_needs_its_id(tmp_path: Path, make_card: MakeCard) -> None:
    path = write(tmp_path / "rows.csv", "Age,Sex\n1,male\n")
    assert "has no column 'Id', which a submission needs" in refused(lambda: csv_rows.read(path, make_card(), ("Id",)))


PARQUET_NUMBERS = [pa.int8(), pa.uint64(), pa.float32(), pa.float64(), pa.decimal128(9, 2), pa.null()]
PARQUET_STRINGS = [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string()), pa.int64(), pa.null()]


@pytest.mark.parametrize("number", PARQUET_NUMBERS, ids=str)
@pytest.mark.parametrize("string", PARQUET_STRINGS, ids=str)
def test_a_parquet_row_is_read_as_a_request_of_it(
    tmp_path: Path, make_card: MakeCard, number: pa.DataType, string: pa.DataType
) -> None:
    ages = [None, None, None] if pa.types.is_null(number) else [4, None, 7]
    sexes = (
        [None, None, None] if pa.types.is_null(string) else [3, 2, None] if string == pa.int64() else [" a", None, ""]
    )
    table = pa.table({"Age": pa.array(ages, number), "Id": [1, 2, 3], "Sex": pa.array(sexes).cast(string)})
    parquet.write_table(table, tmp_path / "rows.parquet")
    rows = parquet_rows.read(str(tmp_path / "rows.parquet"), make_card(), ())
    assert (rows.total, rows.unread) == (3, ["Id"])
    expected = [asked(make_card(), {"Age": a, "Sex": s}) for a, s in zip(ages, sexes, strict=True)]
    assert seen(rows) == expected
    assert shown(parquet_rows.read(str(tmp_path / "rows.parquet"), make_card(), ())) == table.to_pylist()


def test_a_missing_value_cell_is_one_in_every_kind_of_file(tmp_path: Path, make_card: MakeCard) -> None:
    card, sexes = make_card(reading=NA), ["NA", "male", " NA"]
    parquet.write_table(pa.table({"Age": [4.0] * 3, "Sex": sexes}), tmp_path / "rows.parquet")
    csv_file = write(tmp_path / "rows.csv", "Age,Sex\n" + "".join(f"4,{sex}\n" for sex in sexes))
    lines = write(tmp_path / "rows.jsonl", "\n".join(json.dumps({"Age": 4, "Sex": sex}) for sex in sexes))
    expected = [{"Age": 4.0, "Sex": sex} for sex in (b"", b"male", b"NA")]
    assert seen(parquet_rows.read(str(tmp_path / "rows.parquet"), card, ())) == expected
    assert seen(csv_rows.read(csv_file, card, ())) == expected
    assert seen(line_rows.read_requests(lines, card)) == expected


@pytest.mark.parametrize(
    ("ages", "sexes", "named"),
    [
        ([date(2024, 1, 2)], ["a"], "column 'Age': received type date32[day]; a number is expected; cast the column"),
        ([[4]], ["a"], "column 'Age': received type list<element: int64>; a number"),
        (["4", "four"], ["a", "b"], "row 2, column 'Age': received 'four'; a number is expected"),
        ([4.0, math.inf], ["a", "b"], "row 2, column 'Age': received inf; a finite number"),
        ([4.0, 1e39], ["a", "b"], "row 2, column 'Age': received 1e+39; a finite number"),
    ],
)
def test_a_parquet_file_that_does_not_fit(
    tmp_path: Path, make_card: MakeCard, ages: list[Any], sexes: list[Any], named: str
) -> None:
    path = str(tmp_path / "rows.parquet")
    parquet.write_table(pa.table({"Age": ages, "Sex": sexes}), path)
    assert named in refused(lambda: parquet_rows.read(path, make_card(), ()))
    Path(path).write_bytes(b"PAR1")
    assert refused(lambda: parquet_rows.read(path, make_card(), ())).startswith(f"{path} is not a Parquet file")


@pytest.mark.parametrize("write", [parquet.write_table, feather.write_feather])
@pytest.mark.parametrize("kind", [pa.duration("ms"), pa.dictionary(pa.int8(), pa.float64())], ids=str)
def test_durations_and_encoded_numbers_are_numbers_as_in_training(
    tmp_path: Path, make_card: MakeCard, kind: pa.DataType, write: Callable[..., None]
) -> None:
    if pa.types.is_duration(kind):
        ages = pa.array([timedelta(seconds=1.5), None], kind)
    else:
        ages = pa.array([1.5, None]).dictionary_encode().cast(kind)
    path = tmp_path / "rows.parquet"
    write(pa.table({"Age": ages, "Sex": ["a", "b"]}), path)
    rows = parquet_rows.read(str(path), make_card(), ())
    assert seen(rows) == [asked(make_card(), {"Age": age, "Sex": sex}) for age, sex in ((1.5, "a"), (None, "b"))]


@pytest.mark.parametrize("write", [parquet.write_table, feather.write_feather])
def test_typed_columns_are_read_as_in_training(tmp_path: Path, make_card: MakeCard, write: Callable[..., None]) -> None:
    """Numbers as text, booleans, floats that are whole, categories in a struct, cells that mean "no value" in a number."""
    card = make_card(
        inputs={"Age": {"type": "number"}, "user.kind": {"type": "string"}}, reading={"missing": ["", "-9"]}
    )
    users = [{"kind": 1.0, "more": 1}, {"kind": None, "more": 2}, None]
    path = str(tmp_path / "rows.arrow")
    for ages, expected in (
        ([True, None, False], [1, None, 0]),
        (["4", "", "-9"], [4, None, None]),
        ([4, -9, 5], [4, None, 5]),
    ):
        write(pa.table({"Age": ages, "user": users, "id": [1, 2, 3]}), path)
        rows = parquet_rows.read(path, card, ())
        assert rows.unread == ["id"]
        assert [row["Age"] for row in seen(rows)] == expected
        assert [row["user.kind"] for row in seen(parquet_rows.read(path, card, ()))] == [b"1", b"", b""]


def test_a_large_batch_of_arrow_is_read_row_by_row(tmp_path: Path, make_card: MakeCard) -> None:
    sexes = [("male", "female", "NA")[row % 3] for row in range(3 * ROWS)]
    path = str(tmp_path / "rows.feather")
    feather.write_feather(pa.table({"Age": [float(row) for row in range(3 * ROWS)], "Sex": sexes}), path)
    found = seen(parquet_rows.read(path, make_card(reading=NA), ()))
    assert [row["Sex"].decode() for row in found] == [sex.replace("NA", "") for sex in sexes]
    assert [row["Age"] for row in found] == list(range(3 * ROWS))


def example(**values: Any) -> bytes:
    """A tf.Example of lists of values."""
    made = wire.Example()
    for name, items in values.items():
        kind = {bytes: "bytes_list", int: "int64_list", float: "float_list"}[type(items[0])]
        getattr(made.features.feature[name], kind).value.extend(items)
    return bytes(made.SerializeToString())


@pytest.mark.parametrize("options", [None, "GZIP"])
def test_examples_of_tensorflow(tmp_path: Path, make_card: MakeCard, options: str | None) -> None:
    path, card = str(tmp_path / "rows.tfrecord"), make_card(reading=NA)
    records = [
        example(Age=[4.0], Sex=[b" male"], id=[1]),
        example(Age=[5.0]),
        example(Sex=[b"a", b"b"]),
        example(Sex=[b"NA"], Age=[math.nan]),
    ]
    with tf.io.TFRecordWriter(path, options) as out:
        for record in records:
            out.write(record)
    rows = record_rows.read(path, card)
    assert rows.unread == ["id"]
    assert seen(rows) == [
        {"Age": 4.0, "Sex": b"male"}, {"Age": 5.0, "Sex": b""}, {"Age": None, "Sex": b'["a","b"]'},
        {"Age": None, "Sex": b""},
    ]  # fmt: skip
    assert shown(record_rows.read(path, card))[1] == {"row": 2, "Age": 5.0, "Sex": None}


@pytest.mark.parametrize(
    ("records", "named"),
    [
        ([b"\xff no example"], "record 1: received b'\\xff no example'; a tf.Example is expected"),
        (
            [example(Age=[4.0], Sex=[b"a"]), example(Age=[4])],
            "record 2, feature 'Age': received a int64_list; a float_list",
        ),
        (
            [example(Age=[4.0], Sex=[b"a"]), example(Age=[1.0, 2.0])],
            "record 2, feature 'Age': received '[1,2]'; a number",
        ),
        ([example(Age=[4.0])], "has no column 'Sex', which"),
    ],
)
def test_examples_that_do_not_fit(tmp_path: Path, make_card: MakeCard, records: list[bytes], named: str) -> None:
    path = str(tmp_path / "rows.tfrecord")
    with tf.io.TFRecordWriter(path) as out:
        for record in records:
            out.write(record)
    assert named in refused(lambda: record_rows.read(path, make_card()))
    content = Path(path).read_bytes()
    Path(path).write_bytes(content[:-3])
    assert refused(lambda: record_rows.read(path, make_card())).startswith(
        f"{path}, record {len(records)}: it ends within"
    )


def test_pictures_in_a_parquet_file(tmp_path: Path, make_card: MakeCard) -> None:
    path = str(tmp_path / "rows.parquet")
    parquet.write_table(pa.table({"image": [PNG, PNG], "name": ["a", "b"]}), path)
    card = make_card(inputs=PICTURE)
    assert seen(parquet_rows.read(path, card, ())) == [{"image": PNG}] * 2
    assert shown(parquet_rows.read(path, card, ())) == [{"name": "a"}, {"name": "b"}]
    parquet.write_table(pa.table({"image": [PNG, b"GIF89a"], "name": ["a", "b"]}), path)
    assert (
        "row 2, column 'image': received b'GIF89a', damaged: cut off in its header (6 bytes); a PNG, JPEG, WEBP"
        in refused(lambda: parquet_rows.read(path, card, ()))
    )


def test_pictures_are_taken_as_they_come(tmp_path: Path, make_card: MakeCard) -> None:
    card, contents = make_card(inputs=PICTURE), list(taken_as_they_come().values())
    expected = [{"image": prepared(content)} for content in contents]
    assert all(row["image"] != content for row, content in zip(expected, contents, strict=True))
    path = str(tmp_path / "rows.parquet")
    parquet.write_table(pa.table({"image": contents}), path)
    assert seen(parquet_rows.read(path, card, ())) == expected
    lines = write(
        tmp_path / "rows.jsonl", "\n".join(json.dumps(base64.b64encode(content).decode()) for content in contents)
    )
    assert seen(line_rows.read_requests(lines, card)) == expected
    (tmp_path / "folder").mkdir()
    for number, content in enumerate(contents):
        (tmp_path / "folder" / f"{number}.WebP").write_bytes(content)
    assert seen(folder_rows.read(str(tmp_path / "folder"), card)) == expected


def test_lines_of_text(tmp_path: Path, make_card: MakeCard) -> None:
    path, card = tmp_path / "texts.txt", make_card(inputs=TEXT)
    path.write_bytes("\ufeffgood film\r\n\n  déjà vu \nlast".encode())
    assert seen(line_rows.read_texts(str(path), card)) == [
        {"text": t.encode()} for t in ("good film", "", "déjà vu", "last")
    ]
    assert shown(line_rows.read_texts(str(path), card)) == [{"row": row} for row in (1, 2, 3, 4)]
    path.write_bytes(b"good\ncaf\xe9\n")
    assert refused(lambda: line_rows.read_texts(str(path), card)).startswith(f"{path}, line 2: received bytes b'\\xe9")


def test_lines_of_requests(tmp_path: Path, make_card: MakeCard) -> None:
    path, card = tmp_path / "rows.jsonl", make_card()
    values = [{"Age": 4, "Sex": " male"}, {"Sex": 3}, {"Age": None}]
    path.write_text("\n\n".join(map(json.dumps, values)) + "\n")
    assert seen(line_rows.read_requests(str(path), card)) == [asked(card, value) for value in values]
    assert shown(line_rows.read_requests(str(path), card)) == [
        {"row": 1, "Age": 4.0, "Sex": "male"},
        {"row": 3, "Age": None, "Sex": "3"},
        {"row": 5, "Age": None, "Sex": None},
    ]


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ('{"Age": ', "is not JSON"),
        ('{"Age": 4, "Age": 5}', "the key 'Age' stands twice"),
        ('{"age": 4}', "unknown field 'age'"),
        ('{"Age": "4"}', "'Age'"),
        ("4", "an object"),
    ],
)
def test_a_line_that_is_no_request_is_named(tmp_path: Path, make_card: MakeCard, line: str, named: str) -> None:
    path = write(tmp_path / "rows.jsonl", f'{{"Age": 4}}\n{line}\n')
    message = refused(lambda: line_rows.read_requests(path, make_card()))
    assert message.startswith(f"{path}, line 2: ") and named in message


def test_lines_of_the_training_source_are_requests(tmp_path: Path, make_card: MakeCard) -> None:
    """Dotted names, and the label and other fields that the model does not read; compressed or not."""
    card = make_card(inputs={"Age": {"type": "number"}, "user.kind": {"type": "string"}})
    rows = [{"Age": 4, "user": {"kind": "a", "id": 1}, "label": "x"}, {"label": "y", "user.kind": "b"}, {"user": None}]
    rows = [*rows, {"more": 1}]
    for name, packed in (("rows.jsonl", bytes), ("rows.jsonl.gz", gzip.compress)):
        path = tmp_path / name
        path.write_bytes(packed("\n".join(map(json.dumps, rows[:3])).encode()))
        assert line_rows.read_requests(str(path), card).unread == ["user.id", "label"]
        found = seen(line_rows.read_requests(str(path), card))
        assert found == [
            {"Age": 4.0, "user.kind": b"a"},
            {"Age": None, "user.kind": b"b"},
            {"Age": None, "user.kind": b""},
        ]
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    assert "line 4: titanic: unknown field 'more'" in refused(lambda: line_rows.read_requests(str(path), card))


def test_a_line_without_an_end_is_refused(tmp_path: Path, make_card: MakeCard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_lines, "LONGEST", 100)
    path = write(tmp_path / "rows.jsonl", '{"Age": 4}\n' + " " * 1000)
    assert "line 2: it is longer than 100 bytes" in refused(lambda: line_rows.read_requests(path, make_card()))


def test_a_zip_of_several_files_of_lines_is_refused(tmp_path: Path, make_card: MakeCard) -> None:
    with zipfile.ZipFile(tmp_path / "rows.jsonl.zip", "w") as archive:
        for name in ("a.jsonl", "b.jsonl"):
            archive.writestr(name, '{"Age": 4, "Sex": "male"}\n')
    with pytest.raises(InputError, match=r"rows\.jsonl\.zip is a zip of 2 files"):
        line_rows.read_requests(str(tmp_path / "rows.jsonl.zip"), make_card())


def test_a_misspelt_field_of_the_first_line_is_named(tmp_path: Path, make_card: MakeCard) -> None:
    path = write(tmp_path / "rows.jsonl", '{"age": 4, "Sex": "male"}\n')
    assert "line 1: titanic: unknown field 'age'" in refused(lambda: line_rows.read_requests(path, make_card()))


def test_a_folder_of_pictures_in_the_order_of_their_names(tmp_path: Path, make_card: MakeCard) -> None:
    for folder in ("d", "b"):
        (tmp_path / folder).mkdir()
    for name in ("c.jpg", "d/1.png", "a.PNG", "b/2.jpeg", "b/10.png"):
        (tmp_path / name).write_bytes(PNG + name.encode())
    (tmp_path / "notes.md").touch()
    ordered = ("a.PNG", "c.jpg", "b/10.png", "b/2.jpeg", "d/1.png")
    rows = folder_rows.read(str(tmp_path), make_card(inputs=PICTURE))
    assert (rows.total, rows.skipped) == (5, 1)
    assert seen(rows) == [{"image": PNG + name.encode()} for name in ordered]
    (tmp_path / "b" / "2.jpeg").write_bytes(b"GIF89a")
    message = refused(lambda: folder_rows.read(str(tmp_path), make_card(inputs=PICTURE)))
    assert message.startswith(f"{tmp_path}/b/2.jpeg: ") and "GIF89a" in message and "PNG, JPEG" in message


def test_a_folder_of_texts(tmp_path: Path, make_card: MakeCard) -> None:
    (tmp_path / "1.txt").write_text(" fine\nfilm \n")
    card = make_card(inputs=TEXT)
    assert seen(folder_rows.read(str(tmp_path), card)) == [{"text": b"fine\nfilm"}]
    assert shown(folder_rows.read(str(tmp_path), card)) == [{"file": "1.txt"}]
    (tmp_path / "2.txt").write_bytes(b"\xff")
    assert f"{tmp_path}/2.txt is not a text in UTF-8" in refused(lambda: folder_rows.read(str(tmp_path), card))
    with pytest.raises(
        InputError, match=r"has no file that ends in \.png, \.jpg, .*, \.gif \(2 others\); titanic takes pict"
    ):
        folder_rows.read(str(tmp_path), make_card(inputs=PICTURE))

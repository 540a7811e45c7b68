"""Splitting, counting and writing of examples."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from components.data import keys, summary
from components.data.example_gen import ReadBlocks, _check
from components.data.plan import Plan
from components.data.splitting import split_of
from components.data.writing import WriteBlock
from schemas.columns import Label
from schemas.errors import InputError
from schemas.slices import Buckets
from schemas.sources import Csv, TextTar
from schemas.splits import NAMES, Splits

SPLITS = Splits()
COLUMNS = {"n": "number", "s": "string", "y": "label"}


def plan(path: Path, **changes: Any) -> Plan:
    values = {
        "source": Csv("x.csv"),
        "path": str(path),
        "columns": COLUMNS,
        "needed": (),
        "labels": (Label("y", ("no", "yes")),),
        "splits": SPLITS,
        "buckets": (),
        "limit": 0,
        "name": "x.csv",
    }
    return Plan(**(values | changes))


def written(chosen: Plan, folder: Path) -> list[dict[str, Any]]:
    """Runs both functions without Beam; returns the reports."""
    for split in NAMES:
        (folder / f"Split-{split}").mkdir(parents=True, exist_ok=True)
    (folder / ".reports").mkdir(exist_ok=True)
    for block in ReadBlocks(chosen).process(None):
        WriteBlock(chosen, str(folder)).process(block)
    return [json.loads(file.read_text()) for file in sorted((folder / ".reports").iterdir())]


def read(folder: Path, split: str) -> list[tf.train.Example]:
    files = sorted(str(file) for file in (folder / f"Split-{split}").iterdir())
    records = tf.data.TFRecordDataset(files, compression_type="GZIP").as_numpy_iterator()
    return [tf.train.Example.FromString(record) for record in records]


def test_the_split_of_a_key_is_the_same_on_every_machine() -> None:
    keys = pa.array([b"a", b"b", b"row 17", "übung".encode(), b""], pa.large_binary())
    assert split_of(keys, None, Splits(1, 1, 1)).tolist() == [0, 1, 1, 2, 2]


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=50))
def test_equal_keys_fall_into_the_same_split(keys: list[bytes]) -> None:
    found = split_of(pa.array(keys, pa.large_binary()), None, SPLITS)
    by_key = dict(zip(keys, found, strict=True))
    assert [by_key[key] for key in keys] == found.tolist() and set(found) <= {0, 1, 2}


def test_the_shares_are_kept() -> None:
    keys = pa.array([str(i).encode() for i in range(20_000)], pa.large_binary())
    found = np.bincount(split_of(keys, None, Splits(60, 25, 15))) / len(keys)
    assert found.tolist() == pytest.approx([0.6, 0.25, 0.15], abs=0.01)


def test_an_official_test_set_stays_whole_and_the_rest_is_divided_by_the_other_shares() -> None:
    keys = pa.array([str(i).encode() for i in range(20_000)], pa.large_binary())
    official = pa.array(["train"] * 16_000 + ["test"] * 4_000)
    found = split_of(keys, official, Splits(60, 20, 30))
    assert set(found[16_000:]) == {NAMES.index("test")}
    assert (np.bincount(found[:16_000]) / 16_000).tolist() == pytest.approx([0.75, 0.25], abs=0.01)


def test_a_row_that_is_not_in_the_official_test_set_never_comes_into_the_test_split() -> None:
    keys = pa.array([str(i).encode() for i in range(2_000)], pa.large_binary())
    for official in (pa.array([None] * 1999 + ["test"]), pa.array([None] * 1000 + ["train"] * 999 + ["test"])):
        found = split_of(keys, official, Splits(60, 20, 30))
        assert np.flatnonzero(found == NAMES.index("test")).tolist() == [1999]
        assert (found[:-1] == split_of(keys, pa.array(["train"] * 2000), Splits(60, 20, 30))[:-1]).all()


def test_a_salt_divides_the_same_keys_in_another_way_with_the_same_shares() -> None:
    keys = pa.array([str(i).encode() for i in range(20_000)], pa.large_binary())
    plain, first, second = (split_of(keys, None, Splits(salt=salt)) for salt in (0, 1, 2))
    for a, b in ((plain, first), (first, second)):
        # Independent draws agree with probability 0.7^2 + 0.15^2 + 0.15^2.
        assert np.mean(a == b) == pytest.approx(0.535, abs=0.02)
    assert (split_of(keys, None, Splits(salt=2)) == second).all()


def test_rows_that_are_added_later_leave_the_others_in_their_split() -> None:
    keys = [f"{i},{i * i}".encode() for i in range(1000)]
    before = split_of(pa.array(keys[::2], pa.large_binary()), None, SPLITS)
    after = split_of(pa.array(keys, pa.large_binary()), None, SPLITS)
    assert (after[::2] == before).all()


def test_rows_become_examples_and_missing_values_are_left_out(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("n,s,y,unused\n" + "".join(f"{i if i % 3 else ''},name {i},{i % 2},u\n" for i in range(100)))
    (report,) = written(plan(file), tmp_path / "out")
    examples = [example for split in NAMES for example in read(tmp_path / "out", split)]
    assert len(examples) == 100
    whole = summary.merge([report["splits"]])["splits"]
    assert sum(part["rows"] for part in whole.values()) == 100
    assert sum(part["missing"]["n"] for part in whole.values()) == 34
    assert sum(part["labels"]["y"]["counts"]["1"] for part in whole.values()) == 50
    for example in examples:
        features = example.features.feature
        row = int(features["s"].bytes_list.value[0].split()[1])
        assert features["y"].int64_list.value[0] == row % 2 and "unused" not in features
        assert list(features["n"].float_list.value) == ([row] if row % 3 else [])


@pytest.mark.parametrize("key", [(), ("s",)])
def test_every_example_has_its_key_and_its_row_of_the_source(tmp_path: Path, key: tuple[str, ...]) -> None:
    source = tmp_path / "x.csv"
    source.write_text("n,s,y\n" + "".join(f"{row},name {row},yes\n" for row in range(1, 41)))
    written(plan(source, splits=Splits(key=key)), tmp_path)
    for split in NAMES:
        found = keys.read(str(tmp_path), split, "examples-00000.gz").to_pylist()
        examples = [example.features.feature for example in read(tmp_path, split)]
        assert [row["source_row"] for row in found] == [one["n"].float_list.value[0] for one in examples]
        if key:
            assert [row["key"].encode() for row in found] == [one["s"].bytes_list.value[0] for one in examples]


def test_writing_a_block_again_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("n,s,y\n" + "1,a,no\n2,b,yes\n" * 20)
    first = written(plan(file), tmp_path / "out")
    before = read(tmp_path / "out", "train")
    assert written(plan(file), tmp_path / "out") == first
    assert read(tmp_path / "out", "train") == before


def test_a_limit_is_kept_across_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.data.sources.csv_file.BLOCK_BYTES", 64)
    file = tmp_path / "x.csv"
    file.write_text("n,s,y\n" + "".join(f"{i},a,no\n" for i in range(100)))
    reports = written(plan(file, limit=25), tmp_path / "out")
    whole = summary.merge(report["splits"] for report in reports)["splits"]
    assert len(reports) > 1 and sum(part["rows"] for part in whole.values()) == 25


def test_a_bad_cell_in_a_later_block_is_reported_with_its_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.data.sources.csv_file.BLOCK_BYTES", 64)
    file = tmp_path / "x.csv"
    file.write_text("n,s,y\n" + "".join(f"{'many' if i == 77 else i},a,no\n" for i in range(1, 100)))
    problems = [report["problem"] for report in written(plan(file), tmp_path / "out") if "problem" in report]
    assert problems == ["x.csv, row 77, column 'n': received 'many'; a number is expected"]


def test_a_column_without_values_is_refused_where_something_is_learned_from_it(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("n,s,y\n" + "".join(f",name {i},no\n" for i in range(50)))
    whole = summary.merge(report["splits"] for report in written(plan(file), tmp_path / "out"))
    _check(plan(file, needed=("s",)), whole)
    with pytest.raises(InputError) as caught:
        _check(plan(file, needed=("s", "n")), whole)
    assert str(caught.value) == (
        "x.csv: column 'n' has no value in any row of the train split; fill it, or take it out of the page"
    )


def test_a_split_without_rows_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("n,s,y\n1,a,no\n")
    whole = summary.merge(report["splits"] for report in written(plan(file), tmp_path / "out"))
    with pytest.raises(InputError, match=r"^x\.csv: none of its 1 rows fell into split '\w+'; give it more rows$"):
        _check(plan(file), whole)


def test_a_file_that_cannot_be_read_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("n,s,y\n1,a,no\n2,b\n")
    blocks = list(ReadBlocks(plan(file)).process(None))
    assert isinstance(blocks[-1], InputError)


@given(st.lists(st.floats(-1e6, 1e6), max_size=30), st.lists(st.floats(-1e6, 1e6), max_size=30))
def test_a_merged_summary_is_that_of_all_rows(a: list[float], b: list[float]) -> None:
    label = Label("y", None)

    def of(values: list[float]) -> dict[str, Any]:
        lists = pa.array([[value] for value in values], pa.list_(pa.float64()))
        return {"train": summary.of_batch(pa.RecordBatch.from_pydict({"y": lists}), [label])}

    merged, whole = summary.merge([of(a), of(b)])["splits"]["train"], of(a + b)["train"]
    assert merged["rows"] == whole["rows"]
    assert merged["labels"]["y"]["mean"] == pytest.approx(whole["labels"]["y"]["mean"], rel=1e-9, abs=1e-6)
    assert merged["labels"]["y"]["m2"] == pytest.approx(whole["labels"]["y"]["m2"], rel=1e-6, abs=1e-3)


def test_a_merged_summary_has_the_moments_of_the_logarithm_where_it_is_learned() -> None:
    values, label = [0.0, 1.5, 20.0, 300.0], Label("y", None, log=True)
    parts = [
        {"train": summary.of_batch(pa.RecordBatch.from_pydict({"y": pa.array([[v] for v in part])}), [label])}
        for part in (values[:1], values[1:])
    ]
    found = summary.merge(parts)["splits"]["train"]["labels"]["y"]
    logs = np.log1p(values)
    assert found["n"] == found["log"]["n"] == 4
    assert found["mean"] == pytest.approx(np.mean(values)) and found["m2"] == pytest.approx(np.var(values) * 4)
    assert found["log"]["mean"] == pytest.approx(logs.mean()) and found["log"]["m2"] == pytest.approx(logs.var() * 4)


def test_ranges_are_written_as_columns_of_names(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("n,s,y\n" + "".join(f"{i if i % 3 else ''},{'word ' * (1 + i % 4)},no\n" for i in range(60)))
    chosen = plan(file, buckets=(Buckets("n", (20, 40)), Buckets("s", (2, 4), "words")))
    (report,) = written(chosen, tmp_path / "out")
    for example in (example for split in NAMES for example in read(tmp_path / "out", split)):
        features = example.features.feature
        numbers = list(features["n"].float_list.value)
        (value,), (words,) = features["n (range)"].bytes_list.value, features["s (words)"].bytes_list.value
        if not numbers:
            assert value == b"missing"
        else:
            assert value == (b"< 20" if numbers[0] < 20 else b"20 to < 40" if numbers[0] < 40 else b">= 40")
            count = 1 + int(numbers[0]) % 4
            assert words == (b"< 2" if count < 2 else b"2 to 3" if count < 4 else b">= 4")
    assert set(report["splits"]["train"]["missing"]) == {"n", "s", "y", "n (range)", "s (words)"}


def test_the_key_s_column_divides_the_rows_though_no_feature_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("n,family,s,y\n" + "".join(f"{i},f{i % 9},family {i % 9},no\n" for i in range(200)))
    written(plan(file, splits=Splits(40, 30, 30, key=("family",))), tmp_path / "out")
    found = {
        split: {e.features.feature["s"].bytes_list.value[0] for e in read(tmp_path / "out", split)} for split in NAMES
    }
    assert sum(map(len, found.values())) == 9 and all(found.values())


def test_an_official_test_set_becomes_the_test_split(tmp_path: Path) -> None:
    pattern = r"(?P<split>train|test)/(?P<y>yes|no)/(?P<n>\d+)"
    file = tmp_path / "x.tar"
    with tarfile.open(file, "w") as archive:
        for name in (f"{split}/{y}/{n}" for split in ("train", "test") for y in ("yes", "no") for n in range(50)):
            member = tarfile.TarInfo(name)
            member.size = len(name)
            archive.addfile(member, io.BytesIO(name.encode()))
    columns = {"n": "number", "text": "string", "y": "label"}
    chosen = plan(file, source=TextTar(file.name, pattern), columns=columns, limit=100)
    (report,) = written(chosen, tmp_path / "out")
    texts = {
        split: [e.features.feature["text"].bytes_list.value[0] for e in read(tmp_path / "out", split)]
        for split in NAMES
    }
    assert {text.split(b"/")[0] for text in texts["test"]} == {b"test"}
    assert {text.split(b"/")[0] for text in texts["train"] + texts["eval"]} == {b"train"}
    assert report["splits"]["test"]["labels"]["y"]["counts"] == {"0": 25, "1": 25}
    assert report["splits"]["train"]["rows"] + report["splits"]["eval"]["rows"] == 50 and texts["eval"]


def test_numbers_are_read_in_the_style_of_their_source_and_texts_as_they_stand(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("n;s;y\n1.234,5 %;1,5;0.0\n" + "2,5;x;1.0\n" * 99)
    chosen = plan(tmp_path / "x.csv", source=Csv("x.csv", delimiter=";", decimal=",", thousands=".", units=("%",)))
    written(chosen, tmp_path / "out")
    features = [e.features.feature for split in NAMES for e in read(tmp_path / "out", split)]
    found = {(f["n"].float_list.value[0], f["s"].bytes_list.value[0], f["y"].int64_list.value[0]) for f in features}
    assert found == {(1234.5, b"1,5", 0), (2.5, b"x", 1)}


def test_a_bad_cell_of_one_of_several_files_is_placed_in_that_file(tmp_path: Path) -> None:
    for number, rows in enumerate(("1,a,0\n2,b,1\n", "3,c,0\nx,d,1\n")):
        (tmp_path / f"x{number}.csv").write_text(f"n,s,y\n{rows}")
    path = Path(f"{tmp_path}/x0.csv\n{tmp_path}/x1.csv")
    *_, report = written(plan(path), tmp_path / "out")
    assert report["problem"] == f"{tmp_path}/x1.csv, row 2, column 'n': received 'x'; a number is expected"


def test_a_class_of_one_training_example_or_none_is_said() -> None:
    part = {"rows": 5, "missing": {}, "labels": {"y": {"counts": {"0": 4, "1": 1}}}}
    whole = summary.merge([{"train": part, "eval": part}])
    assert summary.rare(whole, Label("y", ("a", "b", "c"))) == (
        "there is a single training example of class 'b' and no training example of class 'c': the model cannot learn it; "
        "give it more rows, or take the class out of the page"
    )
    part["labels"] = {"y": {"counts": {"0": 3, "1": 2}}}
    assert summary.rare(summary.merge([{"train": part}]), Label("y", ("a", "b"))) is None

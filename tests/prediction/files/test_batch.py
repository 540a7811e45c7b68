"""Whole batches through real, small SavedModels: answers, order, what is refused and what is left behind."""

import csv
import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from prediction.answer import NotFiniteError
from prediction.files import batch
from prediction.files.file_request import FileRequest
from prediction.loaded_model import LoadedModel
from prediction.outputs import check_finite
from schemas.errors import InputError
from schemas.model_card import ModelCard
from tests.pictures import BROKEN

MakeCard = Callable[..., ModelCard]
SUBMISSION = {"id": "Id", "column": "Survived", "values": "index"}


def save(folder: Path, card: ModelCard, answer: Callable[..., Any]) -> Path:
    """A SavedModel with a ``predict`` signature that answers ``answer(columns)``, and its card."""
    import tensorflow as tf

    dtypes = {"number": tf.float32, "string": tf.string, "image": tf.string}
    specs = {name: tf.TensorSpec([None], dtypes[spec["type"]], name=name) for name, spec in card.inputs.items()}
    function = tf.function(lambda **columns: answer(columns), autograph=False).get_concrete_function(**specs)
    tf.saved_model.save(tf.Module(), str(folder), signatures={"predict": function})
    card.write(folder)
    return folder


def inputs(**types: str) -> dict[str, dict[str, str]]:
    return {name: {"type": kind, "tensor": name} for name, kind in types.items()}


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory, make_card: MakeCard) -> Path:
    import tensorflow as tf

    def answer(columns: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        known = tf.where(tf.math.is_nan(columns["Age"]), 50.0, columns["Age"])
        score = tf.where(columns["Sex"] == "female", 1 - known / 200, known / 200)
        both = tf.stack([1 - score, score], axis=1)
        return {
            "class": tf.gather(["died", "survived"], tf.argmax(both, axis=1)),
            "confidence": tf.reduce_max(both, axis=1),
            "probabilities": both,
        }

    card = make_card(
        inputs=inputs(Age="number", Sex="string"), version="1.0.0", serving_version=7, submission=SUBMISSION
    )
    return save(tmp_path_factory.mktemp("classifier"), card, answer)


@pytest.fixture(scope="module")
def regression(tmp_path_factory: pytest.TempPathFactory, make_card: MakeCard) -> Path:
    submission = {"id": "Id", "column": "SalePrice", "values": "value"}
    card = make_card(
        name="houses",
        inputs=inputs(Area="number"),
        outputs=["value"],
        classes=None,
        version="1.0.0",
        submission=submission,
    )
    return save(tmp_path_factory.mktemp("regression"), card, lambda columns: {"value": columns["Area"] * 10})


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory, make_card: MakeCard) -> Path:
    import tensorflow as tf

    def brightness(columns: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        def one(content: tf.Tensor) -> tf.Tensor:
            return tf.reduce_mean(tf.cast(tf.io.decode_image(content, expand_animations=False), tf.float32))

        return {"value": tf.map_fn(one, columns["image"], fn_output_signature=tf.float32)}

    card = make_card(name="shades", inputs=inputs(image="image"), outputs=["value"], classes=None, version="1.0.0")
    return save(tmp_path_factory.mktemp("pictures"), card, brightness)


def run(model: Path, file: Path, out: Path, **options: bool) -> dict[str, Any]:
    return batch.run(ModelCard.read(model), FileRequest(str(file), str(out), **options), lambda _: LoadedModel(model))


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def people(path: Path, rows: int) -> Path:
    lines = [f"{i},{i % 97 or ''},{('female', ' male', '')[i % 3]}" for i in range(rows)]
    path.write_text("\n".join(["Id,Age,Sex", *lines]) + "\n")
    return path


def test_each_row_gets_the_answer_of_a_single_question(classifier: Path, tmp_path: Path) -> None:
    result = run(classifier, people(tmp_path / "in.csv", 3000), tmp_path / "out.csv", probabilities=True)
    assert (result["rows"], result["unread"], result["version"]) == (3000, ["Id"], "1.0.0")
    rows = read_csv(tmp_path / "out.csv")
    assert list(rows[0]) == ["Id", "Age", "Sex", "class", "confidence", "p(died)", "p(survived)"]
    assert [int(row["Id"]) for row in rows] == list(range(3000))
    questions = [{"Age": float(row["Age"]) if row["Age"] else None, "Sex": row["Sex"]} for row in rows]
    answers = [answer.as_json() for answer in LoadedModel(classifier).predict(questions)]
    for row, answer in zip(rows, answers, strict=True):
        assert row["class"] == answer["class"] and float(row["confidence"]) == pytest.approx(answer["confidence"])
        assert float(row["p(survived)"]) == pytest.approx(answer["probabilities"]["survived"])


def test_csv_parquet_and_lines_give_the_same_answers(classifier: Path, tmp_path: Path) -> None:
    rows = [{"Age": 4.0, "Sex": "female"}, {"Age": None, "Sex": "male"}, {"Age": 90.5, "Sex": None}]
    (tmp_path / "in.csv").write_text("Age,Sex\n4,female\n,male\n90.5,\n")
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, rows)))
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "in.parquet")
    answers = []
    for name, other in (("in.jsonl", "in.ndjson"), ("in.parquet", "in.pq")):
        shutil.copy(tmp_path / name, tmp_path / other)
    for suffix in ("csv", "jsonl", "ndjson", "parquet", "pq"):
        run(classifier, tmp_path / f"in.{suffix}", tmp_path / "out.parquet")
        found = parquet.read_table(tmp_path / "out.parquet")
        answers.append(found.select(["class", "confidence"]).to_pylist())
    assert len(answers[0]) == 3
    assert all(one == answers[0] for one in answers)
    assert found.schema.field("Age").type == pa.float64()  # as it came
    run(classifier, tmp_path / "in.csv", tmp_path / "again.parquet")  # what was written can be read again
    found = parquet.read_table(tmp_path / "again.parquet")
    parquet.write_table(found.drop(["class", "confidence"]), tmp_path / "again.parquet")
    assert found["Age"].to_pylist() == [4.0, None, 90.5] and found["Sex"].to_pylist() == ["female", "male", ""]
    assert run(classifier, tmp_path / "again.parquet", tmp_path / "out.csv")["rows"] == 3


def test_a_classification_s_submission_is_ids_and_indices(classifier: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text('Id,Age,Sex\n007,10,female\n"a,b",10,male\n')
    run(classifier, tmp_path / "in.csv", tmp_path / "out.csv", submission=True)
    assert (tmp_path / "out.csv").read_text() == 'Id,Survived\n007,1\n"a,b",0\n'
    (tmp_path / "in.csv").write_text("Id,Age,Sex\n" + "007,10,female\n" * 2000 + ",10,male\n")
    with pytest.raises(InputError, match=r"in\.csv, row 2001, column 'Id': received no value; an id is expected"):
        run(classifier, tmp_path / "in.csv", tmp_path / "out.csv", submission=True)


def test_a_regression_s_submission_is_ids_and_values(regression: Path, tmp_path: Path) -> None:
    parquet.write_table(pa.table({"Id": [1461, 1462], "Area": [1200, 16927.25]}), tmp_path / "in.parquet")
    run(regression, tmp_path / "in.parquet", tmp_path / "out.csv", submission=True)
    assert (tmp_path / "out.csv").read_text() == "Id,SalePrice\n1461,12000\n1462,169272.5\n"


def test_an_answer_that_is_not_finite_is_an_error_and_no_answer(regression: Path, tmp_path: Path) -> None:
    parquet.write_table(pa.table({"Id": range(1, 2003), "Area": [5.0] * 2000 + [3e38, None]}), tmp_path / "in.parquet")
    told = r"houses 1\.0\.0: the answer's value is inf, which is not finite"
    for submission in (False, True):
        with pytest.raises(InputError, match=rf"in\.parquet, row 2001: {told}"):
            run(regression, tmp_path / "in.parquet", tmp_path / "out.csv", submission=submission)
    assert not (tmp_path / "out.csv").exists()
    with pytest.raises(InputError, match=f"^{told}"):
        LoadedModel(regression).predict([3e38])
    with pytest.raises(InputError, match=r"^houses 1\.0\.0, input 2: the answer's value is nan"):
        LoadedModel(regression).predict([5, None])
    with pytest.raises(InputError, match=r"input 2: the answer's probabilities is nan"):
        check_finite(
            ModelCard.read(regression),
            {"class": np.array([b"a", b"b"]), "probabilities": np.array([[1, 0], [0, math.nan]])},
        )


class Refuses:
    """A model that answers nothing, and counts the rows that it was asked about each time."""

    def __init__(self, error: InputError) -> None:
        self.asked: list[int] = []
        self._error = error

    def predict_columns(self, columns: Any) -> dict[str, Any]:
        self.asked.append(len(columns["Area"]))
        raise self._error


def test_rows_are_asked_one_by_one_only_where_one_of_them_is_to_blame(regression: Path, tmp_path: Path) -> None:
    card = ModelCard.read(regression)
    parquet.write_table(pa.table({"Area": [5.0, 6.0, 7.0]}), tmp_path / "in.parquet")
    options = FileRequest(str(tmp_path / "in.parquet"), str(tmp_path / "out.csv"))
    away = Refuses(InputError("nobody is there"))
    with pytest.raises(InputError, match=r"^nobody is there$"):
        batch.run(card, options, lambda _: away)
    assert away.asked == [3]
    wrong = Refuses(NotFiniteError(card, 0, 1, "value", math.inf))
    with pytest.raises(InputError, match=r"in\.parquet, row 1: houses 1\.0\.0: the answer's value is inf"):
        batch.run(card, options, lambda _: wrong)
    assert wrong.asked == [3, 1]


def test_a_folder_of_pictures(pictures: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    import tensorflow as tf

    (tmp_path / "in" / "deep").mkdir(parents=True)
    for i in range(70):
        picture = tf.io.encode_png(tf.fill([2, 2, 1], tf.cast(i, tf.uint8))).numpy()
        (tmp_path / "in" / ("deep" if i % 2 else "") / f"{i:02}.png").write_bytes(picture)
    (tmp_path / "in" / "readme.md").touch()
    result = run(pictures, tmp_path / "in", tmp_path / "out.csv")
    assert (result["rows"], result["skipped"]) == (70, 1)
    assert "skipped 1 other file in " in capfd.readouterr().err
    assert {int(row["file"][-6:-4]): float(row["value"]) for row in read_csv(tmp_path / "out.csv")} == {
        i: i for i in range(70)
    }
    (tmp_path / "in" / "deep" / "67.png").write_bytes(BROKEN)
    with pytest.raises(InputError, match=r"in/deep/67\.png: shades: the model cannot read the input"):
        run(pictures, tmp_path / "in", tmp_path / "out.csv")
    (tmp_path / "in" / "deep" / "67.png").write_bytes(picture[:40])
    with pytest.raises(
        InputError, match=r"in/deep/67\.png: shades, field 'image': received .*, damaged: cut off in its"
    ):
        run(pictures, tmp_path / "in", tmp_path / "out.csv")
    assert len(read_csv(tmp_path / "out.csv")) == 70  # of the first time


def test_a_bad_row_after_many_leaves_no_file(classifier: Path, tmp_path: Path) -> None:
    path = people(tmp_path / "in.csv", 100_000)
    with path.open("a") as file:
        file.write("1,old,male\n")
    with pytest.raises(InputError, match=r"in\.csv, row 100001, column 'Age': received 'old'; a number is expected"):
        run(classifier, path, tmp_path / "out.csv")
    assert [file.name for file in tmp_path.iterdir()] == ["in.csv"]


def test_a_column_named_as_an_answer_is_refused(classifier: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("Age,Sex,class\n1,male,died\n")
    with pytest.raises(
        InputError, match="has a column 'class', which is the name of a column of the answer; rename it"
    ):
        run(classifier, tmp_path / "in.csv", tmp_path / "out.csv")


@pytest.mark.parametrize("name", ["in.csv", "in.jsonl", "in.parquet"])
def test_an_input_without_rows_is_refused(classifier: Path, tmp_path: Path, name: str) -> None:
    parquet.write_table(
        pa.table({"Age": pa.array([], pa.int8()), "Sex": pa.array([], pa.string())}), tmp_path / "in.parquet"
    )
    (tmp_path / "in.csv").write_text("Age,Sex\n")
    (tmp_path / "in.jsonl").write_text("\n")
    with pytest.raises(InputError, match="has no rows"):
        run(classifier, tmp_path / name, tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_columns_that_csv_cannot_carry_are_left_out(
    regression: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    parquet.write_table(
        pa.table({"Area": [1], "photo": [b"\xff"], "tags": [["a"]], "Id": [5]}), tmp_path / "in.parquet"
    )
    run(regression, tmp_path / "in.parquet", tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == "Area,Id,value\n1,5,10\n"
    assert "left out, as CSV cannot carry them: 'photo', 'tags'" in capfd.readouterr().err
    run(regression, tmp_path / "in.parquet", tmp_path / "out.parquet")
    assert parquet.read_table(tmp_path / "out.parquet").to_pylist() == [
        {"Area": 1, "photo": b"\xff", "tags": ["a"], "Id": 5, "value": 10.0}
    ]

"""`slipway predict --file` on real files: the Titanic, and Kaggle's House Prices with a small page of some columns."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from tests.e2e.command import Slipway, copy_of_code

HOUSES = '''"""What does the house cost? 1,460 sales in Ames, a few of House Prices' columns."""

from pipelines.spec import Category, Csv, Number, Pipeline, Regression, Submission, Tabular, Training

pipeline = Pipeline(
    name="houses",
    source=Csv("train.csv", missing=("", "NA")),
    task=Regression(label="SalePrice"),
    features={
        "OverallQual": Number(),
        "GrLivArea": Number(),
        "LotFrontage": Number(),
        "Alley": Category(),
        "Neighborhood": Category(),
    },
    model=Tabular(hidden=(16,), dropout=0.0),
    training=Training(epochs=15, batch_size=32, learning_rate=1e-2),
    submission=Submission(id="Id", column="SalePrice"),
)
'''


@pytest.fixture(scope="module")
def slipway(home: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Slipway:
    files = {"titanic": data / "titanic" / "titanic.csv", "houses": data / "house_prices" / "train.csv"}
    folder = tmp_path_factory.mktemp("batch")
    for name, file in files.items():
        if not file.exists():
            pytest.skip(f"{file.name} of {name} is not in SLIPWAY_DATA")
        (folder / "data" / name).mkdir(parents=True)
        (folder / "data" / name / file.name).symlink_to(file)
    code = copy_of_code(folder)
    (code / "pipelines" / "houses.py").write_text(HOUSES)
    return Slipway(home, folder / "data", code)


@pytest.fixture(scope="module")
def titanic(slipway: Slipway, data: Path) -> Path:
    slipway("run", "titanic", "--set", "ensemble=1")
    return data / "titanic" / "titanic.csv"


@pytest.fixture
def out(slipway: Slipway, request: pytest.FixtureRequest) -> Path:
    folder = slipway.code / request.node.name
    folder.mkdir()
    return folder / "out.csv"


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_passengers_keep_their_columns_and_get_answers(slipway: Slipway, titanic: Path, out: Path) -> None:
    result = slipway.json("predict", "titanic", "--file", str(titanic), "--out", str(out), "--probabilities")
    assert (result["rows"], result["out"], result["model"]) == (891, str(out), "titanic")
    assert result["unread"] == ["PassengerId", "Survived", "Ticket"] and result["seconds"] > 0
    passengers = read(out)
    assert [{name: row[name] for name in read(titanic)[0]} for row in passengers] == read(titanic)
    right = sum((row["class"] == "survived") == (row["Survived"] == "1") for row in passengers)
    assert right / 891 > 0.78
    first = passengers[0]
    question = {name: first[name] for name in ("Sex", "Pclass", "Name", "Embarked", "Cabin")}
    question |= {name: float(first[name]) for name in ("Age", "Fare", "SibSp", "Parch")}
    answer = slipway.json("predict", "titanic", json.dumps(question))["output"]
    assert (first["class"], float(first["confidence"])) == (answer["class"], pytest.approx(answer["confidence"]))
    assert list(out.parent.iterdir()) == [out]


def test_the_titanic_s_submission(slipway: Slipway, titanic: Path, out: Path) -> None:
    text, err = slipway("predict", "titanic", "--file", str(titanic), "--out", "-", "--submission")
    header, *rows = text.splitlines()
    assert header == "PassengerId,Survived" and [row.partition(",")[0] for row in rows] == [
        f"{i}" for i in range(1, 892)
    ]
    assert {row.partition(",")[2] for row in rows} == {"0", "1"}
    assert "not read by titanic 1.0.0: 'PassengerId', 'Survived', 'Ticket'\n" in err and "rows:       891 in" in err


def test_the_submission_of_house_prices(slipway: Slipway, data: Path, out: Path) -> None:
    result: dict[str, Any] = slipway.json("run", "houses")
    assert result["blessed"]
    test, sample = data / "house_prices" / "test.csv", data / "house_prices" / "sample_submission.csv"
    slipway("predict", "houses", "--file", str(test), "--out", str(out), "--submission")
    rows = read(out)
    assert list(rows[0]) == ["Id", "SalePrice"] and [row["Id"] for row in rows] == [row["Id"] for row in read(sample)]
    assert all(5_000 < float(row["SalePrice"]) < 2_000_000 for row in rows)
    slipway("predict", "houses", "--file", str(test), "--out", str(out.with_suffix(".parquet")))
    kept = parquet.read_table(out.with_suffix(".parquet"))
    assert kept.column_names == [*read(test)[0], "value"] and kept["Alley"][0].as_py() == "NA"
    assert kept["LotFrontage"].null_count == 227 and kept["OverallQual"][0].as_py() == 5.0
    assert kept["value"].to_pylist() == pytest.approx([float(row["SalePrice"]) for row in rows], rel=1e-6)


def test_a_mistake_is_found_before_tensorflow_is_loaded(
    slipway: Slipway, titanic: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out.with_name("in.csv").write_text(titanic.read_text().replace("Sex", "sex", 1))
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")
    started = slipway.start("predict", "titanic", "--file", str(out.with_name("in.csv")), "--out", str(out))
    _, err = started.communicate(timeout=300)
    assert started.returncode == 2
    assert "has no column 'Sex', which titanic 1.0.0 reads; is it 'sex'?" in err
    imported = {line.rpartition("|")[2].strip() for line in err.splitlines() if line.startswith("import time:")}
    assert "schemas.model_card" in imported and "tensorflow" not in imported
    assert not out.exists()
    assert "--out is missing" in slipway.refused("predict", "titanic", "--file", str(titanic))


@pytest.mark.parametrize(
    ("stdout", "named"), [("full", "cannot write -: No space left on device"), ("closed", "stdout was closed before")]
)
def test_a_stdout_that_takes_no_more(slipway: Slipway, titanic: Path, stdout: str, named: str) -> None:
    reader, pipe = os.pipe()
    os.close(reader)
    with os.fdopen(pipe, "wb") as closed, open("/dev/full", "wb") as full:
        done = subprocess.run(
            [
                sys.executable,
                str(slipway.code / "slipway.py"),
                "predict",
                "titanic",
                "--file",
                str(titanic),
                "--out",
                "-",
            ],
            stdout={"full": full, "closed": closed}[stdout],
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"SLIPWAY_HOME": str(slipway.home)},
        )
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("slipway: ")]
    assert done.returncode == 2 and named in line

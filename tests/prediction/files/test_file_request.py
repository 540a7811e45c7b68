"""What `slipway predict --file` refuses, before anything is read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from prediction.files.file_request import FileRequest, check, from_options
from schemas.csv_files.endings import CSV, LINES, RECORDS, TABLES
from schemas.errors import InputError
from schemas.model_card import ModelCard

MakeCard = Callable[..., ModelCard]
KAGGLE = {"id": "PassengerId", "column": "Survived", "values": "index"}
PICTURE = {"image": {"type": "image"}}
TEXT = {"text": {"type": "string"}}


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"out": "o.csv"}, "--out is for a batch; name its input with --file INPUT"),
        ({"probabilities": True}, "--probabilities is for a batch"),
        ({"submission": True}, "--submission is for a batch"),
        ({"file": "i.csv"}, "--out is missing"),
        ({"file": "i.csv", "out": "o.csv", "value": "{}"}, "INPUT '{}' and --file i.csv are both given"),
    ],
)
def test_a_mix_of_options_that_makes_no_sense(given: dict[str, Any], named: str) -> None:
    nothing = {"value": None, "file": None, "out": None, "probabilities": False, "submission": False, "as_json": False}
    with pytest.raises(InputError) as caught:
        from_options(**nothing | given)
    assert str(caught.value).startswith(named)


@pytest.mark.parametrize("ending", [*CSV, *TABLES, *LINES, *RECORDS])
def test_what_a_source_reads_can_be_predicted(ending: str, tmp_path: Path, make_card: MakeCard) -> None:
    file = tmp_path / f"rows{ending}"
    file.touch()
    request = FileRequest(str(file), str(tmp_path / "o.csv"))
    check(request, make_card())
    assert request.kind == ending


def test_one_question_is_no_batch() -> None:
    assert from_options("{}", None, None, False, False, True) is None


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("i.csv", "i.CSV.GZ", "i.parquet", "i.txt", "i.jsonl", "i.xlsx", "i"):
        (tmp_path / name).touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "link.csv").symlink_to("i.csv")
    return tmp_path


@pytest.mark.parametrize(
    ("file_request", "changes", "named"),
    [
        (FileRequest("none.csv", "o.csv"), {}, "--file none.csv: no such file or folder"),
        (
            FileRequest("i.xlsx", "o.csv"),
            {},
            "unknown kind of file '.xlsx'; known are .csv, .tsv, .parquet, .pq, .parq, .arrow, .feather, .jsonl, .ndjson, ",
        ),
        (FileRequest("i", "o.csv"), {}, "unknown kind of file ''"),
        (FileRequest("folder", "o.csv"), {}, "folder is a folder; titanic reads Age, Sex"),
        (FileRequest("i.txt", "o.csv"), {}, "for a model of one text; titanic reads Age, Sex"),
        (FileRequest("i.txt", "o.csv"), {"inputs": PICTURE}, "for a model of one text"),
        (FileRequest("i.csv", "o.csv"), {"inputs": PICTURE}, "CSV cannot carry pictures"),
        (FileRequest("i.csv", "-", as_json=True), {}, "--out - and --json both write to stdout"),
        (FileRequest("i.csv", "o.xlsx"), {}, "--out o.xlsx: unknown kind of file; known are .csv, .parquet, and - for"),
        (FileRequest("i.csv", "o.csv.gz"), {}, "unknown kind of file"),
        (FileRequest("i.csv", "folder"), {}, "unknown kind of file"),
        (FileRequest("i.csv", "nowhere/o.csv"), {}, "there is no folder nowhere; make it first"),
        (FileRequest("i.csv", "i.csv"), {}, "--out i.csv is the input itself"),
        (FileRequest("i.csv", "link.csv"), {}, "--out link.csv is the input itself"),
        (FileRequest("i.csv", "o.csv", probabilities=True), {"classes": None}, "titanic predicts no class"),
        (FileRequest("i.csv", "o.csv", submission=True), {}, "has no submission format; say submission=Submission("),
        (
            FileRequest("i.jsonl", "o.csv", submission=True),
            {"submission": KAGGLE},
            "i.jsonl has no column 'PassengerId'",
        ),
        (FileRequest("i.csv", "o.parquet", submission=True), {"submission": KAGGLE}, "a submission is a CSV file"),
        (
            FileRequest("i.csv", "o.csv", True, True),
            {"submission": KAGGLE},
            "--submission and --probabilities are both",
        ),
    ],
)
def test_what_does_not_fit_the_model_or_the_files(
    folder: Path, make_card: MakeCard, file_request: FileRequest, changes: dict[str, Any], named: str
) -> None:
    with pytest.raises(InputError) as caught:
        check(file_request, make_card(**changes))
    assert named in str(caught.value)


@pytest.mark.parametrize(
    ("file_request", "changes"),
    [
        (FileRequest("i.csv", "o.parquet", probabilities=True), {}),
        (FileRequest("i.CSV.GZ", "-"), {}),
        (FileRequest("folder", "o.csv"), {"inputs": PICTURE}),
        (FileRequest("folder", "o.csv"), {"inputs": TEXT}),
        (FileRequest("i.txt", "o.csv"), {"inputs": TEXT}),
        (FileRequest("i.parquet", "o.csv"), {"inputs": PICTURE}),
        (FileRequest("i.csv", "o.CSV", submission=True), {"submission": KAGGLE}),
    ],
)
def test_what_fits(folder: Path, make_card: MakeCard, file_request: FileRequest, changes: dict[str, Any]) -> None:
    check(file_request, make_card(**changes))

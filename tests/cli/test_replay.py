import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from cli.app import app
from schemas.errors import InputError
from schemas.home import Home
from schemas.model_card import ModelCard
from tests.prediction import several_models
from tests.prediction.replay_models import line, log, survival

INPUTS = {"Age": {"type": "number", "tensor": "Age"}, "Sex": {"type": "string", "tensor": "Sex"}}


@pytest.fixture
def requests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_card: Callable[..., ModelCard]) -> str:
    """A log of version 1.0.0, beside which 1.1.0 was pushed: it takes people below 30 for young."""
    monkeypatch.setenv("SLIPWAY_HOME", str(tmp_path))
    models = Home.from_environment().models("titanic")
    for number, version, age in ((1, "1.0.0", 50.0), (2, "1.1.0", 30.0)):
        card = make_card(inputs=INPUTS, version=version, serving_version=number)
        survival(models / str(number), card, age)
    answers = {True: {"class": "survived", "confidence": 0.75}, False: {"class": "died", "confidence": 0.75}}
    people = [({"Age": float(age), "Sex": "=1+1"}, answers[age < 50]) for age in range(20, 60)]
    return log(tmp_path / "requests.jsonl", *(line(*one) for one in people))


def invoke(*words: str) -> str:
    result = CliRunner().invoke(app, ["replay", *words], catch_exceptions=False, standalone_mode=False)
    assert result.return_value is None  # exit code 0, whatever differs
    return result.stdout


def test_the_version_that_answered_agrees_with_itself_and_another_one_differs(requests: str) -> None:
    same = json.loads(invoke("titanic@1.0.0", "--log", requests, "--json"))
    assert (same["lines"], same["agreement"], same["disagreements"]) == (40, 1.0, [])
    other = json.loads(invoke("titanic", "--log", requests, "--json"))
    assert (other["version"], other["agreeing"]) == ("1.1.0", 20)
    words = invoke("titanic@1.1.0", "--log", requests)
    assert "20  survived → died" in words
    assert "50.0%" in words


def test_every_line_is_in_the_workbook(requests: str, tmp_path: Path) -> None:
    file = tmp_path / "replayed.xlsx"
    invoke("titanic@1.1.0", "--log", requests, "--xlsx", str(file))
    values, formulas = (openpyxl.load_workbook(file, data_only=only) for only in (True, False))
    rows = list(values["Lines"].iter_rows(values_only=True))
    headers = [str(cell) for cell in rows[0]]
    assert len(rows) == 41
    outcomes = [cells[headers.index("outcome")] for cells in rows[1:]]
    assert outcomes == ["same"] * 10 + ["other"] * 20 + ["same"] * 10
    assert [cells[headers.index("Age")] for cells in rows[1:]] == list(range(20, 60))
    assert [cells[headers.index("Sex")] for cells in formulas["Lines"].iter_rows(min_row=2, values_only=True)] == [
        "=1+1"
    ] * 40
    assert formulas["Lines"].cell(2, headers.index("Sex") + 1).data_type == "s"
    summary = {str(cells[0]): cells[1] for cells in values["Summary"].iter_rows(values_only=True)}
    assert (summary["same answer"], summary["another answer"], summary["agreement"]) == (20, 20, 0.5)
    assert formulas["Summary"]["B4"].value == '=COUNTIF(Lines!$H$2:$H$41,"same")'
    matrix = [cells[:3] for cells in values["Summary"].iter_rows(values_only=True) if cells[0] in ("died", "survived")]
    assert matrix == [("died", 10, 0), ("survived", 20, 10)]


def test_a_log_without_the_model_is_refused(requests: str, tmp_path: Path) -> None:
    path = log(tmp_path / "other.jsonl", line({}, {"class": "a", "confidence": 1.0}, model="digits"))
    with pytest.raises(InputError, match="has no line of titanic"):
        invoke("titanic", "--log", path, "--xlsx", str(tmp_path / "none.xlsx"))
    assert not (tmp_path / "none.xlsx").exists()
    with pytest.raises(InputError, match="has no version '3"):
        invoke("titanic@3.0.0", "--log", requests)


def test_each_of_several_labels_is_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_HOME", str(tmp_path))
    several_models.several(Home.from_environment().models("people") / "1")
    was = {
        "Survived": {"class": "died", "confidence": 0.75},
        "Fare paid.£": {"value": 20.0},
        "traits": {"classes": ["male"]},
    }
    path = log(tmp_path / "log", line({"Age": 8.0, "Sex": "male"}, was, model="people"))
    words = invoke("people", "--log", path, "--xlsx", str(tmp_path / "replayed.xlsx"))
    assert "Survived: 0 of 1 the same" in words and "1  died → survived" in words
    assert "difference of the values: mean 4, largest 4" in words and "1  without → young" in words
    values = openpyxl.load_workbook(tmp_path / "replayed.xlsx", data_only=True)
    found = [cells[:3] for cells in values["Summary"].iter_rows(values_only=True)]
    assert {("died", "survived", 1), ("without", "young", 1), ("largest difference", 4, None)} <= set(found)
    assert values["Lines"].cell(2, 4).value == "Survived died with 0.7500; Fare paid.£ 20; traits male"

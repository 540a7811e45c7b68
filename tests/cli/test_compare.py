import json
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from cli.app import app
from schemas.errors import InputError
from schemas.home import Home
from tests.reports.workbook import models


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("SLIPWAY_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    found = Home.from_environment()
    for version, strength in (("1.9.0", 0.01), ("1.10.0", 1.0), ("1.11.0", 0.001), (None, 0.1)):
        models.write(found.registry("tumours"), models.tumours(strength), version)
    return found


def invoke(*words: str) -> str:
    return CliRunner().invoke(app, ["compare", *words], catch_exceptions=False, standalone_mode=False).stdout


def test_the_last_two_versions_are_compared_without_any(home: Home) -> None:
    found = json.loads(invoke("tumours", "--json"))
    assert [version["version"] for version in found["versions"]] == ["1.10.0", "1.11.0"]
    assert Path(found["file"]).parent == home.reports("tumours")
    assert openpyxl.load_workbook(found["file"]).sheetnames[-2:] == ["1.10.0", "1.11.0"]
    first, second = found["versions"]
    assert first["changes"] == {}
    assert second["changes"]["paired"] == second["examples"] == 171
    gained = round(171 * (second["metrics"]["binary_accuracy"] - first["metrics"]["binary_accuracy"]))
    assert second["changes"]["fixed"] - second["changes"]["broken"] == gained


def test_versions_are_compared_in_the_order_in_which_they_are_given(home: Home) -> None:
    words = invoke("tumours", "1.11.0", "1.9.0", "20261129T145524.refused", "--xlsx", "mine.xlsx")
    assert "written to mine.xlsx" in words
    assert openpyxl.load_workbook("mine.xlsx").sheetnames[-3:] == ["1.11.0", "1.9.0", "20261129T145524.refused"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("tumours", "2.0.0"), "no version '2.0.0'; its versions are 1.9.0, 1.10.0, 1.11.0"),
        (("tumours", "--xlsx", "mine.xls"), "mine.xls: a name that ends with .xlsx is expected"),
        (("diabetes",), "no model of 'diabetes' has been pushed; run: slipway run diabetes"),
        (("tumours", "--xlsx", "mine.xlsx/a.xlsx"), "cannot write mine.xlsx/a.xlsx"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_line(home: Home, words: tuple[str, ...], message: str) -> None:
    Path("mine.xlsx").touch()
    with pytest.raises(InputError) as caught:
        invoke(*words)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)

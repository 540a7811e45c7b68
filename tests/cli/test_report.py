import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.app import app
from schemas.errors import InputError
from schemas.home import Home
from tests.reports import dossiers, models


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("SLIPWAY_HOME", str(tmp_path))
    home = Home.from_environment()
    model = models.tumours(0.01)
    found = models.analysed(model)
    for version in ("1.0.0", "1.1.0"):
        dossiers.write(home.registry("tumours"), model, found, dossiers.verdict_of(found, model.task, 0.5), version)
    return home


def test_the_path_is_printed(home: Home) -> None:
    result = CliRunner().invoke(app, ["report", "tumours"])
    assert result.exit_code == 0
    assert result.stdout.strip() == str(home.reports("tumours") / "1.1.0" / "report.html")
    assert Path(result.stdout.strip()).is_file()


def test_another_version_as_json(home: Home) -> None:
    result = CliRunner().invoke(app, ["report", "tumours@1.0.0", "--json"])
    printed = json.loads(result.stdout)
    assert printed["dataset"] == "tumours" and printed["report"].endswith("/tumours/1.0.0/report.html")
    assert list(Path(printed["figures"]).glob("*.png"))


@pytest.mark.parametrize(
    ("model", "message"), [("tumours@9.9.9", "has no version '9.9.9'"), ("tumour", "unknown dataset 'tumour'")]
)
def test_what_is_not_there_is_an_error_in_one_line(home: Home, model: str, message: str) -> None:
    result = CliRunner().invoke(app, ["report", model])
    assert isinstance(result.exception, InputError)
    assert message in str(result.exception) and "\n" not in str(result.exception)

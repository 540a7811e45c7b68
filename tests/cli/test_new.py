"""`slipway new` as a person types it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
ROWS = [f"{n / 7:.3f},{'brig' if n % 3 else 'cog'},{'yes' if n + n % 40 > 170 else 'no'}" for n in range(300)]
SHIPS = "\n".join(["length,kind,left", *ROWS]) + "\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "My ships (2).csv"
    path.write_text(SHIPS)
    return path


def slipway(folder: Path, *arguments: str, home: str = "home", data: str = "data") -> subprocess.CompletedProcess[str]:
    variables = os.environ | {"SLIPWAY_HOME": str(folder / home), "SLIPWAY_DATA": str(folder / data)}
    variables.pop("SLIPWAY_PIPELINES", None)
    command = [sys.executable, str(REPOSITORY / "slipway.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=variables, timeout=300)


def test_a_page_is_written_and_what_was_assumed_is_said(file: Path, tmp_path: Path) -> None:
    done = slipway(tmp_path, "new", file.name)
    assert done.returncode == 0, done.stderr
    page, data = tmp_path / "pipelines" / "my_ships_2.py", tmp_path / "data" / "my_ships_2" / file.name
    assert page.is_file() and data.read_text() == SHIPS
    for line in (
        "my_ships_2: 300 rows of My ships (2).csv; BinaryClassification of 'left'",
        "  length                   number    numbers, 0 to 42.714",
        "  - The second class, 'yes', is the positive one.",
        f"page:   {page.relative_to(tmp_path)}",
        "schema: pipelines/my_ships_2.pbtxt",
        "cases:  pipelines/my_ships_2.cases.jsonl",
        "next:   slipway run my_ships_2",
    ):
        assert line in done.stdout.splitlines(), done.stdout
    assert (
        "The threshold of binary_accuracy and auc is a little worse than what a quick baseline reaches:" in done.stdout
    )
    assert '"binary_accuracy": 0.' in page.read_text()
    assert "my_ships_2" in slipway(tmp_path, "list", "--names").stdout.split()


def test_the_documentation_shows_what_the_command_prints(tmp_path: Path) -> None:
    text = (REPOSITORY / "docs" / "own_data.md").read_text()
    made, shown = re.search(r"<<'END'\n(.*?)END\n", text, re.DOTALL), re.search(r"```\n(wine: .*?)```", text, re.DOTALL)
    assert made and shown
    subprocess.run([sys.executable, "-c", made[1]], cwd=tmp_path, check=True)
    done = slipway(tmp_path, "new", "wine.csv", home=".slipway", data=".slipway/data")
    assert done.stdout == shown[1], done.stderr


def test_a_label_that_nothing_tells_of_has_no_threshold_and_that_is_said(tmp_path: Path) -> None:
    rows = [f"{n / 7:.3f},{'yes' if n * 7919 % 101 % 4 else 'no'}" for n in range(300)]
    (tmp_path / "coins.csv").write_text("\n".join(["size,heads", *rows]) + "\n")
    done = slipway(tmp_path, "new", "coins.csv")
    assert done.returncode == 0 and "There are no thresholds and no cases: a quick baseline is not" in done.stdout
    assert "thresholds=" not in (tmp_path / "pipelines" / "coins.py").read_text() and "\ncases:" not in done.stdout


def test_json_prints_a_draft_and_writes_nothing(file: Path, tmp_path: Path) -> None:
    done = slipway(tmp_path, "new", file.name, "--json", "--name", "ships")
    draft = json.loads(done.stdout)
    assert (draft["name"], draft["rows"], draft["classes"], draft["problems"]) == ("ships", 300, ["no", "yes"], [])
    assert [*tmp_path.iterdir()] == [file]


def test_an_edited_draft_is_written(file: Path, tmp_path: Path) -> None:
    draft = json.loads(slipway(tmp_path, "new", file.name, "--json").stdout)
    draft |= {"name": "ships", "summary": "Did the ship leave?"}
    draft["columns"][1]["kind"] = "ignore"
    (tmp_path / "draft.json").write_text(json.dumps(draft))
    done = slipway(tmp_path, "new", file.name, "--draft", "draft.json", "--into", "elsewhere")
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "elsewhere" / "ships.py").read_text()
    assert page.startswith('"""Did the ship leave?') and '#   "kind":' in page
    assert f"export SLIPWAY_PIPELINES={tmp_path / 'elsewhere'}" in done.stdout


def test_a_page_is_never_overwritten(file: Path, tmp_path: Path) -> None:
    assert slipway(tmp_path, "new", file.name, "--name", "ships").returncode == 0
    before = (tmp_path / "pipelines" / "ships.py").read_text()
    again = slipway(tmp_path, "new", file.name, "--name", "ships", "--label", "kind")
    assert again.returncode == 2 and "a dataset 'ships' exists already (pipelines/ships.py)" in again.stderr
    assert (tmp_path / "pipelines" / "ships.py").read_text() == before
    other = slipway(tmp_path, "new", file.name, "--name", "titanic")
    assert other.returncode == 2 and "'titanic' exists already" in other.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere.csv",), "nowhere.csv: there is no such file or folder; a CSV file"),
        (("My ships (2).csv", "--label", "mast"), "label: My ships (2).csv has no column 'mast'"),
        (("My ships (2).csv", "--draft", "nowhere.json"), "--draft nowhere.json: No such file"),
        (("My ships (2).csv", "--draft", "My ships (2).csv"), "use what slipway new FILE --json printed"),
        (("My ships (2).csv", "--name", "My ships"), "name: received 'My ships'; use lower-case letters"),
    ],
)
def test_what_is_wrong_is_one_line(arguments: tuple[str, ...], message: str, file: Path, tmp_path: Path) -> None:
    done = slipway(tmp_path, "new", *arguments)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and message in done.stderr, done.stderr
    assert not (tmp_path / "pipelines").exists()


def test_no_tensorflow_is_loaded_to_infer_a_page(file: Path, tmp_path: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from pipelines.page import drafting, own_data
drafting.of_file(Path({str(file)!r}), None, None)
print(sorted({{"tensorflow", "keras", "tfx", "apache_beam", "sklearn"}} & sys.modules.keys()))
"""
    variables = os.environ | {
        "PYTHONPATH": str(REPOSITORY),
        "SLIPWAY_HOME": str(tmp_path / "home"),
        "SLIPWAY_DATA": str(tmp_path),
    }
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=variables)
    assert done.stdout.strip() == "[]", done.stderr

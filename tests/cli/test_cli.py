import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest

from pipelines.page import catalog
from registry import version_map
from schemas.model_card import ModelCard
from schemas.records import Check

SLIPWAY = Path(sys.executable).parent / "slipway"
NO_NETWORK = "http://127.0.0.1:1"  # nothing listens there: a download is refused at once

Done = subprocess.CompletedProcess[str]
Slipway = Callable[..., Done]
MakeCard = Callable[..., ModelCard]


@pytest.fixture
def slipway(tmp_path: Path) -> Slipway:
    """Runs the console script with a home and a data folder that do not exist yet, and without a network."""

    def slipway(*arguments: str, **variables: str) -> Done:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SLIPWAY_")}
        environment = kept | {"SLIPWAY_HOME": str(tmp_path / "home"), "SLIPWAY_DATA": str(tmp_path / "data")}
        environment |= {"http_proxy": NO_NETWORK, "https_proxy": NO_NETWORK, "no_proxy": ""} | variables
        command = [str(SLIPWAY), *arguments]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)

    return slipway


@pytest.fixture
def pushed(tmp_path: Path, make_card: MakeCard) -> Callable[[str, int], ModelCard]:
    """Puts the card of a model, and nothing else of it, where the Pusher does."""

    def pushed(version: str, serving_version: int) -> ModelCard:
        card = make_card(version=version, serving_version=serving_version)
        card.write(tmp_path / "home" / "models" / "titanic" / str(serving_version))
        return card

    return pushed


def refusal(done: Done) -> str:
    """The one line on stderr of a command that ended with exit code 2."""
    assert (done.returncode, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("slipway: ")
    return lines[0].removeprefix("slipway: ")


def test_list_shows_every_dataset_with_its_summary(slipway: Slipway) -> None:
    done = slipway("list")
    assert (done.returncode, done.stderr) == (0, "")
    rows = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert rows == {name: catalog.summary(name) for name in catalog.names()}


def test_list_names_is_for_scripts(slipway: Slipway) -> None:
    done = slipway("list", "--names")
    assert (done.returncode, done.stdout.splitlines()) == (0, catalog.names())


def test_list_json_is_one_object(slipway: Slipway) -> None:
    done = slipway("list", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {
        "datasets": [
            {"name": name, "summary": catalog.summary(name), "path": str(catalog.path(name))}
            for name in catalog.names()
        ]
    }


def test_listing_makes_no_home(slipway: Slipway, tmp_path: Path) -> None:
    slipway("list")
    assert list(tmp_path.iterdir()) == []


def test_help_names_the_commands(slipway: Slipway) -> None:
    done = slipway("--help")
    assert done.returncode == 0
    assert all(command in done.stdout for command in ("list", "run", "predict", "versions"))


@pytest.mark.parametrize(
    "arguments", [["run", "titanik"], ["run", "titanik", "--json"], ["run", "titanik", "--set", "x"]]
)
def test_run_of_an_unknown_dataset(slipway: Slipway, arguments: list[str]) -> None:
    known = ", ".join(catalog.names())
    message = f"unknown dataset 'titanik': did you mean titanic? known are {known} (slipway list)"
    assert refusal(slipway(*arguments)) == message


def test_versions_of_an_unknown_dataset(slipway: Slipway) -> None:
    known = ", ".join(catalog.names())
    message = f"unknown dataset 'titanik': did you mean titanic? known are {known} (slipway list)"
    assert refusal(slipway("versions", "titanik")) == message


def test_a_missing_file_that_cannot_be_downloaded(slipway: Slipway, tmp_path: Path) -> None:
    message = refusal(slipway("run", "titanic"))
    path = tmp_path / "data" / "titanic" / "titanic.csv"
    assert message.startswith(f"{path} is missing, and https://")
    assert "could not be downloaded" in message
    assert message.endswith("or set SLIPWAY_DATA to the folder that holds titanic/titanic.csv")


@pytest.mark.parametrize(
    ("content", "problem"),
    [("", "is empty; a header line and rows are expected"), ("PassengerId\n1\n", "has no column 'Age', which titanic")],
)
def test_a_file_that_does_not_fit(slipway: Slipway, tmp_path: Path, content: str, problem: str) -> None:
    path = tmp_path / "data" / "titanic" / "titanic.csv"
    path.parent.mkdir(parents=True)
    path.write_text(content)
    assert refusal(slipway("run", "titanic")).startswith(f"{path} {problem}")
    written = [file.name for file in (tmp_path / "home").rglob("*") if file.is_file()]
    assert written == [".lock"]


def test_a_home_that_cannot_be_written_to(slipway: Slipway, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    home = tmp_path / "file" / "home"
    message = refusal(slipway("run", "digits", SLIPWAY_HOME=str(home)))
    assert message.startswith(f"cannot write to {home}: ")
    assert message.endswith("; set SLIPWAY_HOME to a folder that you can write to")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["list", "--colour"], "--colour"),
        (["run", "digits", "--epochs", "3"], "--epochs"),
        (["run", "digits", "--limit", "-1"], "--limit"),
        (["run", "digits", "--limit", "many"], "--limit"),
        (["run", "digits", "--set"], "--set"),
        (["run"], "name"),
        (["versions"], "name"),
        (["list", "titanic"], "titanic"),
        (["launch"], "launch"),
        (["--colour"], "--colour"),
    ],
)
def test_bad_usage_names_what_is_wrong(slipway: Slipway, arguments: list[str], named: str) -> None:
    assert named in refusal(slipway(*arguments))


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ("epochs", "--set 'epochs': KEY=VALUE is expected, KEY one of "),
        ("colour=3", "--set 'colour=3': KEY=VALUE is expected, KEY one of "),
        ("epochs=many", "--set epochs=many: received 'many'; a value of type int is expected"),
        ("epochs=0", "digits: training.epochs: received 0; use a whole number of at least 1"),
        ("filters=", "digits: model.filters: received (); use a tuple of positive whole numbers"),
    ],
)
def test_a_mistake_in_set_is_found_before_anything_is_made(
    slipway: Slipway, tmp_path: Path, setting: str, problem: str
) -> None:
    assert refusal(slipway("run", "digits", "--set", setting)).startswith(problem)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        (["--beam", "flink", "--flink-master", "127.0.0.1:1"], {}),
        (["--beam", "flink", "--flink-master", "127.0.0.1:1", "--beam-arg", "--parallelism=2"], {}),
        ([], {"SLIPWAY_BEAM": "flink", "SLIPWAY_FLINK_MASTER": "127.0.0.1:1"}),
    ],
)
def test_a_flink_session_that_is_not_there_is_found_before_anything_is_made(
    slipway: Slipway, tmp_path: Path, arguments: list[str], variables: dict[str, str]
) -> None:
    line = refusal(slipway("run", "titanic", *arguments, **variables))
    assert line.startswith("--flink-master 127.0.0.1:1: no Flink session answers there")
    assert not (tmp_path / "home").exists()


def test_a_mistake_in_the_arguments_of_beam_is_named(slipway: Slipway) -> None:
    assert "'parallelism=2'" in refusal(slipway("run", "titanic", "--beam-arg", "parallelism=2"))
    assert "SLIPWAY_BEAM_ARGS" in refusal(slipway("run", "titanic", SLIPWAY_BEAM_ARGS="--parallelism=2"))


def test_debug_shows_the_traceback(slipway: Slipway) -> None:
    done = slipway("run", "titanik", "--debug")
    assert done.returncode == 2
    assert "Traceback (most recent call last)" in done.stderr
    assert "InputError: unknown dataset 'titanik'" in done.stderr


def test_versions_of_a_dataset_that_was_never_run(slipway: Slipway) -> None:
    done = slipway("versions", "titanic")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() == "no model of titanic has been trained yet; run: slipway run titanic"
    done = slipway("versions", "titanic", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (0, {"dataset": "titanic", "versions": []})


def test_versions_are_shown_oldest_first_with_the_reason_of_a_refusal(
    slipway: Slipway, tmp_path: Path, make_card: MakeCard
) -> None:
    registry = tmp_path / "home" / "registry" / "titanic"
    check = Check("threshold", "auc", 0.7, 0.84, -0.14, False)
    blessed = make_card(version="1.0.0", serving_version=17, run_id="first")
    version_map.record(registry, version_map.entry_of(blessed, blessed=True))
    version_map.record(registry, version_map.entry_of(make_card(run_id="second"), blessed=False, checks=(check,)))
    found = json.loads(slipway("versions", "titanic", "--json").stdout)["versions"]
    assert [(entry["version"], entry["serving_version"], entry["blessed"]) for entry in found] == [
        ("1.0.0", 17, True),
        (None, None, False),
    ]
    assert "card" not in found[0]
    assert (found[0]["primary"], found[0]["there"], found[0]["labels"]) == ("binary_accuracy", False, [])
    table = slipway("versions", "titanic", COLUMNS="250").stdout
    newest = table[table.index("refused") :]
    assert table.index("1.0.0") < table.index("refused")
    assert all(word in newest for word in ("auc", "threshold", "0.8400"))


def test_predict_with_nothing_pushed(slipway: Slipway, tmp_path: Path) -> None:
    message = refusal(slipway("predict", "titanic", "{}"))
    assert message == (
        f"no model of 'titanic' has been pushed to {tmp_path / 'home' / 'models'}; run: slipway run titanic"
    )


def test_predict_example_prints_an_input_of_the_newest_model(
    slipway: Slipway, pushed: Callable[[str, int], ModelCard]
) -> None:
    pushed("1.0.0", 9)
    card = pushed("1.0.1", 10)
    done = slipway("predict", "titanic", "--example")
    assert (done.returncode, json.loads(done.stdout)) == (0, card.example)


def test_predict_with_an_unknown_version_lists_those_that_there_are(
    slipway: Slipway, pushed: Callable[[str, int], ModelCard]
) -> None:
    for serving_version, version in enumerate(("1.9.0", "1.10.0"), start=9):
        pushed(version, serving_version)
    message = refusal(slipway("predict", "titanic", "{}", "--version", "2.0.0"))
    assert message == "titanic has no version '2.0.0'; its versions are 1.9.0, 1.10.0 (slipway versions titanic)"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "INPUT is missing; expected is, for example: {"),
        (["no json"], "INPUT 'no json' is not JSON ("),
        (["[1]"], "titanic: received [1]; an object is expected"),
        (['{"age": 1}'], "titanic: unknown field 'age'; the fields are 'Age', 'Sex'"),
        (['{"Age": "old"}'], "titanic, field 'Age': received 'old'; a finite number"),
    ],
)
def test_predict_with_a_wrong_input(
    slipway: Slipway, pushed: Callable[[str, int], ModelCard], arguments: list[str], problem: str
) -> None:
    pushed("1.0.0", 9)
    assert refusal(slipway("predict", "titanic", *arguments)).startswith(problem)


def test_slipway_alone_shows_its_help(slipway: Slipway) -> None:
    done = slipway()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == slipway("--help").stdout


def test_a_data_folder_that_is_a_file(slipway: Slipway, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert str(tmp_path / "file") in refusal(slipway("run", "titanic", SLIPWAY_DATA=str(tmp_path / "file")))
    assert (tmp_path / "file").is_file()


def test_a_model_folder_without_a_card(
    slipway: Slipway, tmp_path: Path, pushed: Callable[[str, int], ModelCard]
) -> None:
    pushed("1.0.0", 9)
    folder = tmp_path / "home" / "models" / "titanic" / "10"
    folder.mkdir()
    for arguments in (["{}"], ["--example"], ["{}", "--version", "1.0.0"]):
        assert refusal(slipway("predict", "titanic", *arguments)).startswith(f"the model folder {folder} has no ")


def test_a_damaged_version_map(slipway: Slipway, tmp_path: Path) -> None:
    file = tmp_path / "home" / "registry" / "titanic" / version_map.FILE
    file.parent.mkdir(parents=True)
    file.write_text('[{"version": "1.0')
    assert refusal(slipway("versions", "titanic")).startswith(f"cannot read the version map {file} (")


def test_version_says_what_this_is_and_what_it_stands_on(slipway: Slipway) -> None:
    done = slipway("--version")
    assert (done.returncode, done.stderr) == (0, "")
    shown = dict(line.split() for line in done.stdout.splitlines())
    libraries = ("slipway", "tensorflow", "tfx")
    assert shown == {name: metadata.version(name) for name in libraries} | {"python": platform.python_version()}

"""Kills runs with SIGKILL, and starts two at once."""

import json
import re
import shutil
import signal
import sqlite3
from pathlib import Path

import pytest

from tests.e2e.command import Slipway

RUNNING = 1  # ml_metadata's Execution.State


@pytest.fixture(scope="module")
def slipway(home: Path) -> Slipway:
    return Slipway(home, home.parent / "no-data")


def kill_after(slipway: Slipway, step: str) -> list[str]:
    """Starts a run, and kills it as soon as it says that ``step`` has ended; returns the steps that had."""
    process = slipway.start("run", "digits")
    assert process.stderr is not None
    done = []
    for line in process.stderr:
        found = re.match(r" [✓•] (\w+)", line)
        done += found.groups() if found else ()
        if step in done:
            process.send_signal(signal.SIGKILL)
            break
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    return done


def whole_versions(home: Path) -> list[str]:
    """The integer versions that a model server sees; each must be whole."""
    folders = [folder for folder in (home / "models" / "digits").glob("*") if folder.name.isdigit()]
    for folder in folders:
        assert (folder / "saved_model.pb").exists() and (folder / "assets.extra" / "model_card.json").exists()
    return [folder.name for folder in folders]


def test_a_killed_run_is_carried_on_from_its_finished_steps(slipway: Slipway) -> None:
    for step in ("StatisticsGen", "Transform", "Evaluator"):
        done = kill_after(slipway, step)
        assert done[-1] == step
        assert whole_versions(slipway.home) == []
    result = slipway.json("run", "digits")
    # The evaluation had blessed the model, which is now the baseline: a new input, so the Evaluator is asked again.
    assert {"ExampleGen", "StatisticsGen", "Schema", "Transform", "Trainer"} <= set(result["cached"])
    assert result["blessed"] and whole_versions(slipway.home) == [str(result["serving_version"])]


def test_metadata_is_whole_and_nothing_unfinished_is_left(slipway: Slipway) -> None:
    with sqlite3.connect(slipway.home / "metadata.db") as database:
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)
        states = database.execute("select id, last_known_state from Execution").fetchall()
        uris = [Path(uri) for (uri,) in database.execute("select uri from Artifact where uri != ''")]
    assert RUNNING not in {state for _, state in states}
    on_disk = {folder for folder in (slipway.home / "pipelines" / "digits").glob("*/*/*") if folder.name.isdigit()}
    assert {folder for folder in on_disk if ".system" not in folder.parts} == {uri for uri in uris if uri.exists()}


def test_a_half_written_push_is_removed_and_a_lost_entry_of_the_map_is_written_again(slipway: Slipway) -> None:
    half = slipway.home / "models" / "digits" / ".pushing-1"
    half.mkdir()
    (slipway.home / "registry" / "digits" / "versions.json").unlink()
    result = slipway.json("run", "digits", "--set", "seed=2")
    assert result["version"] == "1.0.1" and not half.exists()
    entries = json.loads((slipway.home / "registry" / "digits" / "versions.json").read_text())
    assert [entry["version"] for entry in entries] == ["1.0.0", "1.0.1"]


def test_an_older_result_is_not_repeated_once_another_model_was_pushed(slipway: Slipway) -> None:
    record = slipway.home / "pipelines" / "digits" / "last_run.json"
    old = record.read_text()
    assert slipway.json("run", "digits")["version"] == "1.0.2"
    record.write_text(old)  # as if this last run had been killed after its push
    result = slipway.json("run", "digits", "--set", "seed=2")
    assert not result["repeated"] and result["version"] == "1.0.3"


def test_removed_artifacts_are_made_again(slipway: Slipway) -> None:
    for folder in ("Transform/transform_graph", "Trainer/model"):
        shutil.rmtree(slipway.home / "pipelines" / "digits" / folder)
    result = slipway.json("run", "digits", "--set", "seed=2")
    assert {"ExampleGen", "Schema"} <= set(result["cached"]) and not {"Transform", "Trainer"} & set(result["cached"])
    assert result["blessed"] and result["baseline"] is None


def test_of_two_runs_at_once_the_second_waits_and_finds_the_work_done(slipway: Slipway) -> None:
    arguments = ("run", "digits", "--set", "seed=3", "--json")
    runs = [slipway.start(*arguments) for _ in range(2)]
    outputs = [run.communicate(timeout=300) for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    results = [json.loads(out) for out, _ in outputs]
    assert sorted(result["repeated"] for result in results) == [False, True]
    assert results[0]["version"] == results[1]["version"]
    (waiting,) = [err for _, err in outputs if "waiting" in err]
    assert re.search(rf"process ({runs[0].pid}|{runs[1].pid})", waiting)
    assert slipway.json("versions", "digits")["versions"][-1]["version"] == results[0]["version"]


def test_control_c_says_that_nothing_is_lost(slipway: Slipway) -> None:
    process = slipway.start("run", "digits", "--set", "seed=4")
    assert process.stderr is not None
    err = ""
    for line in process.stderr:
        err += line
        if "Transform" in line:
            process.send_signal(signal.SIGINT)
            break
    err += process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert "the next run carries on" in err and "Traceback" not in err

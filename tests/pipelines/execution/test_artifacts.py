"""Which artifacts of runs a kept version needs; by a real metadata store."""

from pathlib import Path

import pytest
from ml_metadata.proto import metadata_store_pb2 as proto

from pipelines.execution.artifacts import Lineage
from tests.pipelines.execution.recorded_runs import RecordedRuns


@pytest.fixture
def runs(tmp_path: Path) -> RecordedRuns:
    return RecordedRuns(tmp_path / "metadata.db", tmp_path / "pipelines" / "titanic")


def collect(runs: RecordedRuns, kept: list[str], uris: list[str] | None = None, shared: bool = False) -> int:
    lineage = Lineage(runs.handle, runs.pipeline, runs.root)
    unneeded = lineage.unneeded(kept, uris or [], shared)
    lineage.remove(unneeded)
    return len(unneeded.artifacts)


def test_what_a_kept_run_made_or_took_from_the_cache_stays_and_all_else_goes(runs: RecordedRuns) -> None:
    first = runs.run("one", serving_version=5)
    second = runs.run("two", examples=first["examples"], baseline=first["model"], serving_version=6)
    before = {artifact: runs.folder(artifact) for found in (first, second) for artifact in found.values()}
    assert collect(runs, ["two"]) == 6  # of the first run all but the examples
    for artifact, folder in before.items():
        stays = artifact in second.values() or artifact == first["examples"]
        assert (folder.exists(), runs.is_live(artifact)) == (stays, stays), folder
    assert collect(runs, ["two"]) == 0


def test_the_model_that_a_kept_one_was_compared_with_is_not_needed_but_what_made_it_is_if_it_is_kept(
    runs: RecordedRuns,
) -> None:
    first = runs.run("one", serving_version=5)
    runs.run("two", baseline=first["model"], serving_version=6)
    collect(runs, ["two"], [str(runs.folder(first["model"]))])
    assert all(runs.is_live(first[key]) for key in ("model", "transform_graph", "examples"))
    assert not runs.is_live(first["pushed_model"])


def test_tfxs_notes_and_the_outputs_of_failed_executions_go_too(runs: RecordedRuns) -> None:
    runs.run("one", serving_version=5)
    runs.run("two", serving_version=6)
    notes = sorted(int(folder.name) for folder in (runs.root / "Trainer" / ".system" / "executor_execution").iterdir())
    runs.step("three", "Trainer", {}, {}, state=proto.Execution.FAILED)
    (failed,) = {int(f.name) for f in (runs.root / "Trainer" / ".system" / "executor_execution").iterdir()} - set(notes)
    (runs.root / "Trainer" / "model" / str(failed)).mkdir()
    collect(runs, ["two"])
    left = [folder.name for folder in (runs.root / "Trainer" / ".system" / "executor_execution").iterdir()]
    assert left == [str(notes[1])]
    assert [folder.name for folder in (runs.root / "Trainer" / "model").iterdir()] == [str(notes[1])]


def test_what_a_running_execution_takes_stays(runs: RecordedRuns) -> None:
    first = runs.run("one", serving_version=5)
    runs.step("two", "Trainer", {"examples": first["examples"]}, {}, state=proto.Execution.RUNNING)
    collect(runs, [])
    assert runs.is_live(first["examples"]) and not runs.is_live(first["model"])


def test_in_a_store_that_other_machines_use_what_is_young_stays(runs: RecordedRuns) -> None:
    runs.run("one", serving_version=5)
    assert collect(runs, [], shared=True) == 0
    assert collect(runs, [], shared=False) == 7


def test_what_lies_elsewhere_is_not_touched(runs: RecordedRuns, tmp_path: Path) -> None:
    runs.run("one", serving_version=5)
    lineage = Lineage(runs.handle, runs.pipeline, tmp_path / "another" / "root")
    unneeded = lineage.unneeded([], [], False)
    assert (unneeded.artifacts, unneeded.paths) == ((), ())


def test_the_marked_artifacts_get_no_property_that_they_did_not_have(runs: RecordedRuns) -> None:
    first = runs.run("one")
    collect(runs, [])
    (examples,) = runs.handle.get_artifacts_by_id([first["examples"]])
    assert dict(examples.custom_properties) == {}


def test_an_attempt_that_was_killed_is_made_again(runs: RecordedRuns) -> None:
    first = runs.run("one", serving_version=5)
    folder = runs.folder(first["model"])
    hidden = folder.with_name(f".removing-{folder.name}")
    folder.rename(hidden)
    lineage = Lineage(runs.handle, runs.pipeline, runs.root)
    assert lineage.left_over() == [hidden]
    collect(runs, [])
    assert not runs.is_live(first["model"])

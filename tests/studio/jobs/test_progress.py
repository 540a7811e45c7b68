import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import events
from studio.jobs.progress import Lines, Progress


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def write(file: Path, *published: events.Event) -> None:
    with file.open("a") as stream:
        stream.writelines(f"{events.to_json(event)}\n" for event in published)


@given(
    texts=st.lists(st.text(st.characters(exclude_characters="\n", codec="utf-8"))),
    chunks=st.lists(st.integers(1, 20)),
)
def test_a_growing_file_gives_each_line_once_and_places_to_go_on_from(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], chunks: list[int]
) -> None:
    file = tmp_path_factory.mktemp("lines") / "log.txt"
    whole = "".join(f"{text}\n" for text in texts).encode()
    lines, found, places, at = Lines(file), [], [], 0
    for size in [*chunks, len(whole)]:
        with file.open("ab") as stream:
            stream.write(whole[at : at + size])
        at += size
        for line in lines.read():
            found.append(line)
            places.append(lines.offset)
    assert found == texts
    for read, place in enumerate(places, 1):
        assert list(Lines(file, place).read()) == texts[read:]


def test_a_line_longer_than_what_is_read_at_once_does_not_stop_the_rest(file: Path) -> None:
    file.write_text("x" * 250 + "\nnext\n")
    lines, found = Lines(file), []
    for _ in range(10):
        found += lines.read(100)
    assert "".join(found) == "x" * 250 + "next"
    assert found[-1] == "next"


def test_what_happened_is_read_as_it_is_written(file: Path) -> None:
    progress = Progress(file)
    assert progress.update().steps == []
    write(file, events.RunStarted("digits"), events.StepStarted("Imports"))
    assert [(step.step, step.state) for step in progress.update().steps] == [("Imports", "running")]
    write(
        file,
        events.StepFinished("Imports", 2.5, False),
        events.StepFinished("ExampleGen", 0.1, True),
        events.StepStarted("Trainer"),
        events.EpochEnded(1, 2, {"loss": 2.0}, {"loss": 1.5, "accuracy": math.nan}),
        events.Note("a note"),
    )
    progress.update()
    assert [step.state for step in progress.steps] == ["done", "cached", "running"]
    assert progress.step == "Trainer"
    assert progress.epochs[0].eval == {"loss": 1.5, "accuracy": None}  # JSON has no NaN
    assert progress.epochs[0].step == "Trainer"
    assert progress.notes == ["a note"]
    write(file, events.StepFailed("Trainer"), events.RunFailed("the disk is full", 2))
    assert progress.update().failure == "the disk is full"
    assert progress.steps[-1].state == "failed"
    assert progress.result is None


def test_what_is_no_event_is_left_alone(file: Path) -> None:
    strange = [
        "no json",
        '{"event": "of_a_later_version", "version": 1}',
        "[]",
        '{"event": "note", "version": 2}',
        "[" * 10_000,
    ]
    file.write_text("".join(f"{line}\n" for line in strange))
    write(file, events.Note("still read"))
    assert Progress(file).update().notes == ["still read"]


def test_the_sparkline_is_the_last_training_and_ends_with_its_last_epoch(file: Path) -> None:
    for count in (5, 130):
        write(file, *(events.EpochEnded(at, count, {}, {"loss": float(at)}) for at in range(1, count + 1)))
    sparkline = Progress(file).update().sparkline
    assert len(sparkline) <= 60
    assert sparkline[-1] == 130.0
    assert sparkline == sorted(sparkline)


@pytest.mark.parametrize(
    ("result", "value"),
    [
        ({"metrics": {"accuracy": 0.9}}, 0.9),
        ({"metrics": {"accuracy": {"mean": {"value": 0.8, "low": 0.7}}}}, 0.8),
        ({"metrics": {"accuracy": None}}, None),
        ({"metrics": {}}, None),
        ({"points": []}, None),
    ],
)
def test_the_primary_metric_of_any_kind_of_result(file: Path, result: dict[str, object], value: float | None) -> None:
    file.write_text(json.dumps({"event": "run_finished", "version": 1, "result": result}) + "\n")
    assert Progress(file).update().metric("accuracy") == value

"""``slipway run NAME --events``: what is on stdout, and how the stream ends; tests/e2e/test_digits.py has a whole run's."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli import event_lines, failure
from cli.event_lines import EventLines
from schemas.errors import InputError
from schemas.events import Bytes, EpochEnded, Note, RunFailed, from_json
from schemas.exit_codes import ExitCode

SLIPWAY = [sys.executable, str(Path(__file__).parents[2] / "slipway.py")]


def run(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"SLIPWAY_HOME": str(home)}
    return subprocess.run([*SLIPWAY, "run", *arguments], env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("arguments", [("nothing",), ("digits", "--set", "epochs=0"), ("digits", "--beam", "abacus")])
def test_a_run_that_cannot_begin_ends_the_stream_with_the_error_line(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    done = run(*arguments, "--events", home=tmp_path)
    (line,) = done.stdout.splitlines()
    failed = from_json(line)
    assert isinstance(failed, RunFailed)
    assert done.stderr == f"slipway: {failed.error}\n"
    assert done.returncode == failed.exit_code == 2


def test_a_run_has_one_kind_of_output(tmp_path: Path) -> None:
    done = run("digits", "--events", "--json", home=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "slipway: --json and --events: both would write on stdout; leave one of them out\n"


def test_without_a_reader_the_command_ends_as_it_would(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    environment = os.environ | {"SLIPWAY_HOME": str(tmp_path)}
    command = [*SLIPWAY, "run", "nothing", "--events"]
    done = subprocess.run(command, env=environment, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(writer)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("slipway: unknown dataset 'nothing'")


_PRINTS = """
import sys
from cli import event_lines
from schemas import events
with event_lines.writing("run"):
    print("a library's line")
    events.publish(events.Note("said"))
    if sys.argv[1] == "interrupted":
        raise KeyboardInterrupt
    if sys.argv[1] == "broken":
        raise ValueError("of ours")
print("after it")
"""


@pytest.mark.parametrize(
    ("how", "last"),
    [
        ("well", "after it"),
        ("interrupted", RunFailed(failure.stopped("run"), ExitCode.INTERRUPTED)),
        ("broken", RunFailed("a bug of ours: ValueError: of ours; run with --debug for the traceback", 1)),
    ],
)
def test_what_else_is_printed_meanwhile_goes_to_stderr(how: str, last: str | RunFailed) -> None:
    done = subprocess.run([sys.executable, "-c", _PRINTS, how], capture_output=True, text=True, timeout=60)
    first, second = done.stdout.splitlines()
    assert from_json(first) == Note("said")
    assert (second if how == "well" else from_json(second)) == last
    assert done.stderr.startswith("a library's line\n")


def test_an_event_can_be_read_as_soon_as_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "events"
    with file.open("w") as stream:
        EventLines(stream).write(EpochEnded(1, 2, {"loss": float("nan")}))
        assert json.loads(file.read_text())["train"] == {"loss": "NaN"}


def test_of_the_amounts_of_a_download_a_few_are_written_and_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(event_lines.time, "monotonic", lambda: now[0])
    out = io.StringIO()
    lines = EventLines(out)
    for done in range(11):
        lines.write(Bytes("ships.csv", done, 10))
        lines.write(Bytes("boats.csv", done))
        now[0] += 0.09
    written = [from_json(line) for line in out.getvalue().splitlines()]
    assert [event.done for event in written if event.what == "ships.csv"] == [0, 3, 6, 9, 10]
    assert [event.done for event in written if event.what == "boats.csv"] == [0, 3, 6, 9]


def test_errors_have_a_line_and_a_code() -> None:
    error = InputError("no\n such   file")
    assert (failure.line(error), failure.exit_code(error)) == ("no such file", 2)
    assert failure.line(KeyboardInterrupt(), "submit") == "stopped; what was started in the cluster goes on"

import json
import subprocess
from pathlib import Path
from typing import get_args

import pytest

from schemas.exit_codes import ExitCode
from schemas.home import Home
from studio import commands
from studio.jobs import command
from studio.jobs.records import Record
from studio.messages.jobs import JobKind


def record(kind: JobKind) -> Record:
    has_graph, has_settings = kind in command.WITH_GRAPH, kind in command.WITH_SETTINGS
    return Record(
        id="20261130T000722458120-e43d",
        kind=kind,
        dataset="nothing",
        settings={"epochs": "3"} if has_settings else {},
        limit=100,
        minutes=1,
        memory_mb=1000,
        has_graph=has_graph,
        created="2026-11-30T00:07:22.458+00:00",
    )


@pytest.mark.parametrize("kind", get_args(JobKind))
def test_every_kind_of_job_is_a_command_that_the_command_line_takes(kind: JobKind, tmp_path: Path) -> None:
    home = Home(tmp_path, tmp_path / "data")
    arguments = command.arguments(record(kind), tmp_path / "graph.json", home)
    done = subprocess.run(
        commands.slipway(*arguments), env=commands.environment(home), capture_output=True, text=True, timeout=300
    )
    # The dataset is at fault, and no option; its line is the last event.
    assert done.returncode == ExitCode.USAGE
    event = json.loads(done.stdout.splitlines()[-1])
    assert event["event"] == "run_failed" and "nothing" in event["error"]
    assert commands.last_line(done.stderr) == event["error"]


def test_the_command_is_shown_as_one_types_it(tmp_path: Path) -> None:
    arguments = command.arguments(record("run"), tmp_path / "my graph.json", Home(tmp_path, tmp_path))
    shown = command.shown(arguments)
    assert shown == f"slipway run nothing --graph '{tmp_path}/my graph.json' --set epochs=3 --limit 100"

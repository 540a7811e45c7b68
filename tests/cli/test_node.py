"""The pods' entrypoint: what it refuses before anything heavy is imported, and where its data comes from."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.execution import metadata_store


def _pod(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SLIPWAY_")}
    return subprocess.run(
        [sys.executable, "-m", "cli.node", *arguments],
        env=environment | {"SLIPWAY_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["digit", "--run-id", "r"], "did you mean digits?"),
        (["digits", "--run-id", "{{$.pipeline_job_uuid}}"], "fills a placeholder in only where it is a whole input"),
        (["digits", "--run-id", "../r"], "letters, digits, points, dashes and underscores"),
        (["digits", "--run-id", "r", "--node", "../Schema"], "the pipeline has no such node; it has ExampleGen, "),
        (["digits", "--run-id", "r", "--param", "epoch=3"], "KEY one of limit, span, window, data, epochs"),
        (["digits", "--run-id", "r", "--param", "limit=1.5"], "a whole number of at least 0 is expected"),
        (["digits", "--run-id", "r", "--param", 'settings=["depth=3"]'], "KEY one of"),
        (["digits", "--run-id", "r", "--param", "data=s3://bucket"], "gs://BUCKET/PATH is expected"),
        (["digits", "--run-id", "r", "--param", "span=2"], "digits comes with a library and has no spans"),
    ],
)
def test_what_the_user_must_mend_is_one_line_and_exit_code_2(tmp_path: Path, arguments: list[str], said: str) -> None:
    ended = _pod(tmp_path, *arguments, "--node", "ExampleGen")
    assert ended.returncode == 2
    assert said in ended.stderr and ended.stderr.count("\n") == 1
    assert "Traceback" not in ended.stderr


def test_a_span_of_another_data_root_is_read_and_is_a_property_of_the_examples(tmp_path: Path, data: Path) -> None:
    span = tmp_path / "elsewhere" / "titanic" / "span-3"
    span.mkdir(parents=True)
    shutil.copy(data / "titanic" / "titanic.csv", span)
    arguments = ("--run-id", "r", "--param", "span=3.0", "--param", f"data={tmp_path / 'elsewhere'}")
    ended = _pod(tmp_path / "home", "titanic", "--node", "ExampleGen", *arguments)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "" and len(ended.stderr.splitlines()) == 2
    store = metadata_store.connect(metadata_store.of_file(tmp_path / "home" / "metadata.db"))
    (examples,) = store.get_artifacts_by_type("Examples")
    (execution,) = store.get_executions_by_type("components.data.example_gen.ExampleGen")
    assert examples.properties["span"].int_value == 3
    assert execution.custom_properties["path"].string_value == str(span / "titanic.csv")

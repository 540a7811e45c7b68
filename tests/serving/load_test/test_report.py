"""The report of a real sweep and of one rate, against a real server; and what is left where it cannot be written."""

import dataclasses
import io
import json
import re
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf
from rich.console import Console

from cli import loadtest_display
from schemas.errors import InputError
from schemas.model_card import ModelCard
from serving.load_test import command, report, sweep
from serving.load_test.settings import Options
from tests.prediction.test_split_rows import example
from tests.serving.load_test.servers import Server

FILES = {"load_test.json", "load_test.png", "load_test.html"}


@pytest.fixture
def pushed(card: ModelCard, tmp_path: Path) -> ModelCard:
    """The card of a model whose test split has two rows."""
    folder = tmp_path / "examples" / "Split-test"
    folder.mkdir(parents=True)
    with tf.io.TFRecordWriter(str(folder / "examples-00000.gz"), "GZIP") as out:
        out.write(example(Age=22.0, Sex=b"male", Survived=0))
        out.write(example(Sex=b"female", Survived=1))
    return dataclasses.replace(card, data={"examples": str(tmp_path / "examples")})


def report_of(card: ModelCard, url: str, reports: Path, **changes: Any) -> dict[str, Any]:
    return command.run(card, Options(**{"rate": 100.0, "duration": 0.5, "url": url} | changes), reports)


def shown(result: dict[str, Any]) -> str:
    console = Console(file=io.StringIO(), width=120)
    loadtest_display.show_result(result, console)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return text


def check_files(folder: Path, result: dict[str, Any]) -> None:
    assert {path.name for path in folder.iterdir()} == FILES
    assert json.loads((folder / "load_test.json").read_text()) | {"report": str(folder)} == result
    picture = (folder / "load_test.png").read_bytes()
    assert picture.startswith(b"\x89PNG") and struct.unpack(">II", picture[16:24]) > (1000, 500)
    page = (folder / "load_test.html").read_text()
    assert not re.search(r"<(script|link)[^>]+(src|href)=", page)  # it needs no network
    assert [path for path in folder.parent.iterdir() if path.name.startswith(".")] == []


def test_one_rate_is_reported(http: Any, pushed: ModelCard, tmp_path: Path) -> None:
    result = report_of(pushed, http.url, tmp_path / "reports")
    folder = Path(result["report"])
    assert folder.parent == tmp_path / "reports" / "loadtest"
    check_files(folder, result)
    assert (result["model"], result["version"], result["rows"], result["knee"]) == ("titanic", "1.0.0", 2, None)
    text = shown(result)
    assert "offered/s" in text and "100" in text and "knee" not in text and str(folder) in text


def test_a_sweep_is_reported_with_its_knee(
    http: Server, pushed: ModelCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "_RECOVERY_SECONDS", 0)

    async def at_most(number: int) -> str | None:
        return "refuse" if number > 100 else None

    http.trouble = at_most
    result = report_of(pushed, http.url, tmp_path, sweep=True, out=tmp_path / "out", rate=40.0)  # type: ignore[arg-type]
    check_files(tmp_path / "out", result)
    assert result["knee"]["offered"] >= 40 and "HTTP 503" in shown(result)
    assert f"knee: {result['knee']['offered']:g} requests/s" in shown(result)
    assert "knee, " in (tmp_path / "out" / "load_test.html").read_text()


def test_a_generator_behind_its_schedule_is_reported(http: Any, pushed: ModelCard, tmp_path: Path) -> None:
    result = report_of(pushed, http.url, tmp_path)
    assert loadtest_display.notes(result) == []
    result["rates"][0] |= {"generator_behind": True, "behind": {"p50": 1.0, "p95": 2.0, "p99": 40.0, "max": 90.0}}
    assert "generator behind by 40 ms (p99), at most 90 ms" in shown(result)


def test_a_report_that_cannot_be_written_leaves_nothing(http: Any, pushed: ModelCard, tmp_path: Path) -> None:
    result = report_of(pushed, http.url, tmp_path / "reports")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"cannot write the report .*--out"):
        report.write(tmp_path / "file" / "report", result)
    taken = tmp_path / "taken"
    (taken / "of somebody").mkdir(parents=True)
    with pytest.raises(InputError, match="cannot write the report"):
        report.write(taken, result)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_load_test_loads_no_tensorflow() -> None:
    code = (
        "import sys; import serving.load_test.command, serving.load_test.http_target, serving.load_test.grpc_target; "
        "import plotly.graph_objects, matplotlib.figure; sys.exit('tensorflow' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])

import os
import socket
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest

from pipelines.kubeflow.doctor import Finding, local
from pipelines.page import catalog
from schemas.home import Home


def look(tmp_path: Path, environment: Mapping[str, str] | None = None) -> dict[str, Finding]:
    home = Home(tmp_path / "home", tmp_path / "data")
    return {finding.what: finding for finding in local.findings(home, environment or {})}


def test_this_machine_can_run_pipelines_and_nothing_is_made(tmp_path: Path) -> None:
    found = look(tmp_path)
    assert {finding.state for finding in found.values()} <= {"ok", "note"}
    assert "tfx 1.21.0" in found["libraries"].said and found["python"].state == "ok"
    assert found["metadata"].said == f"SQLite, {tmp_path / 'home' / 'metadata.db'}"
    assert list(tmp_path.iterdir()) == []


def test_data_is_there_to_be_fetched_or_neither(tmp_path: Path) -> None:
    file = tmp_path / "data" / "titanic" / "titanic.csv"
    file.parent.mkdir(parents=True)
    file.touch()
    found = look(tmp_path)
    assert found["data"].said == f"digits, titanic in {tmp_path / 'data'}"
    others = [name for name in catalog.names() if name not in ("digits", "titanic")]
    listed = [what.split(":")[0] for key in ("data to download", "data that is not there") if key in found
              for what in found[key].said.partition(":")[0].split(", ")]  # fmt: skip
    assert sorted(listed) == others


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_that_cannot_be_written_to(tmp_path: Path) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    found = look(tmp_path)
    tmp_path.chmod(stat.S_IRWXU)
    assert found["home"].state == "missing" and "SLIPWAY_HOME" in found["home"].mend


def test_a_metadata_server_is_asked(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"mysql://slipway@127.0.0.1:{server.getsockname()[1]}/slipway"
        assert look(tmp_path, {"SLIPWAY_METADATA": url})["metadata"].said == f"{url} answers"
    gone = look(tmp_path, {"SLIPWAY_METADATA": url})["metadata"]
    assert gone.state == "missing" and gone.said.startswith(f"nothing answers at {url}")
    wrong = look(tmp_path, {"SLIPWAY_METADATA": "postgres://x"})["metadata"]
    assert wrong.state == "missing"


@pytest.mark.parametrize(
    ("listed", "seen", "state", "said"),
    [
        ("GPU 0: NVIDIA L4\nGPU 1: NVIDIA L4", 2, "ok", "GPU 0: NVIDIA L4; GPU 1: NVIDIA L4"),
        ("GPU 0: NVIDIA L4", 0, "note", "the driver has 1 GPUs, TensorFlow sees 0"),
    ],
)
def test_gpus_that_tensorflow_does_not_see_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listed: str, seen: int, state: str, said: str
) -> None:
    """With programs in the place of the driver's and of Python: there is no GPU here."""
    _program(tmp_path / "nvidia-smi", f"printf '{listed}'")
    _program(tmp_path / "python", f"echo {seen}")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(local.sys, "executable", str(tmp_path / "python"))
    found = local._accelerators()
    assert (found.state, found.said) == (state, said)


def test_a_driver_that_fails_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(tmp_path / "nvidia-smi", "exit 9")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert local._accelerators().state == "note"


def _program(file: Path, line: str) -> None:
    file.write_text(f"#!/bin/sh\n{line}\n")
    file.chmod(0o755)

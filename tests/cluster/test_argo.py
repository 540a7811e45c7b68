"""KFP's own compiler turns every compiled pipeline into an Argo Workflow: the first thing that its API server does."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from pipelines.kubeflow import compiler
from pipelines.kubeflow.layout import Options
from pipelines.page import catalog

SOURCES = Path(__file__).parent / "argo"
KFP = "2.16.1"  # the release whose SDK compiles; its tags have no v, so that Go resolves it to a pseudo-version
_MODULE = "github.com/kubeflow/pipelines"
# KFP's own go.mod points at its subfolders, which Go reads for the main module alone: they are modules of the same commit.
_MODULES = [_MODULE, f"{_MODULE}/api", f"{_MODULE}/kubernetes_platform"]
_SECONDS = 1800  # to download and build some 300 modules
OPTIONS = {
    "cpu": Options("registry.example.com/slipway-trainer:1"),
    "gpu": Options("registry.example.com/slipway-trainer:1", gpus=2, pod_per_node=True),
    "bucket": Options("registry.example.com/slipway-trainer:1", root="gs://models/slipway"),
}


@pytest.fixture(scope="session")
def argo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built program; skipped where there is no Go, or its proxy does not have KFP's modules."""
    if shutil.which("go") is None:
        pytest.skip("no Go: install it from go.dev or Debian's golang-go")
    folder = tmp_path_factory.mktemp("argo") / "argo"
    shutil.copytree(SOURCES, folder)
    got = _go(folder, "get", *[f"{module}@{KFP}" for module in _MODULES])
    if got.returncode:
        pytest.skip(f"Go's module proxy does not give {_MODULE}@{KFP}: {' '.join(got.stderr.split())[-300:]}")
    for step in (("mod", "tidy"), ("build", "-o", "argo", ".")):
        done = _go(folder, *step)
        assert done.returncode == 0, done.stderr[-3000:]
    return folder / "argo"


def _go(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["go", *arguments], cwd=folder, capture_output=True, text=True, timeout=_SECONDS)


@pytest.mark.timeout(2 * _SECONDS)
@pytest.mark.parametrize("layout", OPTIONS)
@pytest.mark.parametrize("name", catalog.names())
def test_kfps_compiler_takes_every_pipeline(argo: Path, tmp_path: Path, name: str, layout: str) -> None:
    file = tmp_path / "pipeline.yaml"
    file.write_text(compiler.compiled(name, OPTIONS[layout]))
    done = subprocess.run([argo, file], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    workflow = json.loads(done.stdout)
    assert workflow["kind"] == "Workflow"
    (dag,) = [one["dag"] for one in workflow["spec"]["templates"] if one["name"] == "root"]
    started = {task["name"] for task in dag["tasks"]}
    assert {task.name for task in OPTIONS[layout].tasks} <= started
    assert "retry-" in done.stdout, "failed pods are started again"


@pytest.mark.timeout(2 * _SECONDS)
def test_what_kfps_compiler_refuses_ends_with_1(argo: Path, tmp_path: Path) -> None:
    file = tmp_path / "pipeline.yaml"
    file.write_text(
        compiler.compiled("digits", OPTIONS["cpu"]).replace("container:", "resolver:", 1).split("\n---\n")[0]
    )
    done = subprocess.run([argo, file], capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr

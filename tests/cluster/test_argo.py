"""KFP's own compiler turns every compiled pipeline into an Argo Workflow: the first thing that its API server does."""

import json
import os
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
# Folders in place of Go's module proxy: of Kubeflow Pipelines, and of the Argo Workflows that its go.mod names.
_CHECKOUTS = {"KFP_CHECKOUT": (".", "api", "kubernetes_platform", "third_party/ml-metadata"), "ARGO_CHECKOUT": (".",)}
_HINT = (
    f"name checkouts by KFP_CHECKOUT={_MODULE} at {KFP} and, where the proxy lacks it too, by "
    "ARGO_CHECKOUT=github.com/argoproj/argo-workflows at the version in its go.mod"
)
_SECONDS = 1800  # to download and build some 300 modules
OPTIONS = {
    "cpu": Options("registry.example.com/slipway-trainer:1"),
    "gpu": Options("registry.example.com/slipway-trainer:1", gpus=2, pod_per_node=True),
    "bucket": Options("registry.example.com/slipway-trainer:1", root="gs://models/slipway"),
}


@pytest.fixture(scope="session")
def argo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built program; skipped where there is no Go, or neither its proxy nor a checkout has the modules."""
    if shutil.which("go") is None:
        pytest.skip("no Go: install it from go.dev or Debian's golang-go")
    folder = tmp_path_factory.mktemp("argo") / "argo"
    shutil.copytree(SOURCES, folder)
    replaced = _use_checkouts(folder)
    wanted = [f"{module}@{KFP}" for module in _MODULES if module not in replaced]
    for step in (*([("get", *wanted)] if wanted else []), ("list", "-mod=mod", "-deps", ".")):
        got = _go(folder, *step)
        if got.returncode:
            pytest.skip(f"Go cannot have {_MODULE}@{KFP}: {' '.join(got.stderr.split())[:300]}; {_HINT}")
    done = _go(folder, "build", "-mod=mod", "-o", "argo", ".")
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / "argo"


def _use_checkouts(folder: Path) -> set[str]:
    """Has the program take modules from the folders that variables name; returns their paths."""
    found = set()
    for variable, inside in _CHECKOUTS.items():
        checkout = Path(os.environ[variable]).resolve() if os.environ.get(variable) else None
        for module in [checkout / name for name in inside] if checkout else ():
            if (module / "go.mod").exists():
                path = (module / "go.mod").read_text().split("module ", 1)[1].split()[0]
                _go(folder, "mod", "edit", f"-replace={path}={module}").check_returncode()
                found.add(path)
                if path == _MODULE:  # the sums of all that it needs, where a proxy's database has not each of them
                    shutil.copy(module / "go.sum", folder)
    for path in found & set(_MODULES):
        _go(folder, "mod", "edit", f"-require={path}@v0.0.0").check_returncode()
    return found


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

"""kube-score, built from the Go module proxy, has nothing to say of any overlay but what is meant so."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.k8s.rendered import ALL, text

pytestmark = pytest.mark.timeout(3600)  # Go builds it at the first time
PROGRAM = "github.com/zegl/kube-score/cmd/kube-score@v1.20.0"
MEANT = (
    "container-image-pull-policy",  # a version is not built twice
    "container-security-context-user-group-id",  # above 10000 it wants; these are the images' own users
    "deployment-has-host-podantiaffinity",  # topologySpreadConstraints
    "networkpolicy-targets-pod",  # pods of KFP and cert-manager; tests/k8s/test_network.py
)

FEW = "apps/v1/Deployment: Deployment few replicas"
MEANT_OF = {
    "local": {f"[WARNING] slipway-gateway/kubeflow {FEW}", f"[WARNING] slipway-serving/kubeflow {FEW}"},
    "gpu": {f"[WARNING] slipway-serving/slipway {FEW}"},  # a GPU each
    # One process has the queue: two of them, as in a rolling update, would both start its jobs.
    "studio": {
        f"[WARNING] slipway-studio/slipway {FEW}",
        "[WARNING] slipway-studio/slipway apps/v1/Deployment: Deployment update strategy",
    },
    # It knows no InferenceService.
    "kserve": {"[CRITICAL] slipway-serving/slipway v1/Service: The services selector does not match any pods"},
}


@pytest.fixture(scope="module")
def kube_score(tmp_path_factory: pytest.TempPathFactory) -> str:
    if found := shutil.which("kube-score"):
        return found
    if shutil.which("go") is None:
        pytest.skip("neither kube-score nor go, which could build it, is found")
    folder = tmp_path_factory.mktemp("go")
    command = ["go", "install", PROGRAM]
    done = subprocess.run(
        command, env=os.environ | {"GOBIN": str(folder)}, capture_output=True, text=True, timeout=1800
    )
    if done.returncode:
        pytest.skip(f"kube-score cannot be built: {done.stderr[-300:]}")
    return str(folder / "kube-score")


@pytest.mark.parametrize("overlay", ALL)
def test_kube_score_finds_nothing(kube_score: str, overlay: str, tmp_path: Path) -> None:
    file = tmp_path / "rendered.yaml"
    file.write_text(text(overlay))
    options = [option for name in MEANT for option in ("--ignore-test", name)]
    command = [kube_score, "score", "--kubernetes-version=v1.32", "--output-format=ci", *options, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    found = {line for line in done.stdout.splitlines() if line.startswith(("[CRITICAL]", "[WARNING]"))}
    assert done.stdout and found == MEANT_OF.get(overlay, set())

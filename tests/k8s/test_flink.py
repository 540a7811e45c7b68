"""k8s/flink renders, keeps to the restricted pod security, and agrees with what `slipway run --beam flink` expects."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.beam import runners
from pipelines.beam.worker_pool import PORT
from tests.k8s.policies import Peer, reaches
from tests.k8s.rendered import of_kind

FOLDER = Path(__file__).parents[2] / "k8s" / "flink"


@pytest.fixture(scope="module")
def rendered() -> dict[tuple[str, str], dict[str, Any]]:
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    done = subprocess.run(["kubectl", "kustomize", FOLDER], capture_output=True, text=True, check=True)
    return {(part["kind"], part["metadata"]["name"]): part for part in yaml.safe_load_all(done.stdout)}


def pods(rendered: dict[tuple[str, str], dict[str, Any]]) -> list[dict[str, Any]]:
    session = rendered["FlinkDeployment", "slipway-flink"]["spec"]
    jobs = rendered["Deployment", "slipway-beam-jobs"]["spec"]["template"]
    return [session["podTemplate"]["spec"], session["taskManager"]["podTemplate"]["spec"], jobs["spec"]]


def test_every_container_is_restricted(rendered: dict[tuple[str, str], dict[str, Any]]) -> None:
    for pod in pods(rendered):
        whole = pod["securityContext"]
        assert whole["runAsNonRoot"] and whole["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            own = container["securityContext"]
            assert own["allowPrivilegeEscalation"] is False and own["capabilities"] == {"drop": ["ALL"]}


def test_the_worker_pool_is_where_beam_is_told_that_it_is(rendered: dict[tuple[str, str], dict[str, Any]]) -> None:
    session = rendered["FlinkDeployment", "slipway-flink"]["spec"]
    containers = {c["name"]: c for c in session["taskManager"]["podTemplate"]["spec"]["containers"]}
    pool = containers["beam-workers"]
    assert f"--port={PORT}" in pool["command"] and f"--environment_config=localhost:{PORT}" in runners.WORKER_POOL
    assert {"name": "slipway", "mountPath": "/mnt/slipway"} in pool["volumeMounts"]


def test_flink_and_the_job_server_have_the_same_version(rendered: dict[tuple[str, str], dict[str, Any]]) -> None:
    session = rendered["FlinkDeployment", "slipway-flink"]["spec"]
    (server,) = rendered["Deployment", "slipway-beam-jobs"]["spec"]["template"]["spec"]["containers"]
    release = ".".join(session["image"].removeprefix("flink:").split(".")[:2])
    assert (
        session["flinkVersion"] == f"v{release.replace('.', '_')}"
        and f"beam_flink{release}_job_server" in server["image"]
    )


@pytest.mark.parametrize("overlay", ["local", "cpu"])
def test_the_session_finds_names_and_whom_it_works_with(
    rendered: dict[tuple[str, str], dict[str, Any]], overlay: str
) -> None:
    """In KFP's namespace, and in one of its own."""
    own = of_kind(overlay, "NetworkPolicy")
    namespace = own[0]["metadata"]["namespace"]
    flink = [
        found | {"metadata": {"namespace": namespace}}
        for (kind, _), found in rendered.items()
        if kind == "NetworkPolicy"
    ]
    session = rendered["FlinkDeployment", "slipway-flink"]["spec"]
    templates = {
        "job manager": session["podTemplate"],
        "task manager": session["taskManager"]["podTemplate"],
        "jobs": rendered["Deployment", "slipway-beam-jobs"]["spec"]["template"],
    }
    ports = {"jobs": 8099, "artifacts": 8098}
    peers = {name: Peer(name, namespace, pod["metadata"]["labels"], ports=ports) for name, pod in templates.items()}
    step = {"app.kubernetes.io/part-of": "slipway", "app.kubernetes.io/name": "slipway-pipeline"}
    peers |= {"step": Peer("step", namespace, step), "stranger": Peer("stranger", namespace, {"app": "notebook"})}
    dns = Peer("dns", "kube-system", {"k8s-app": "kube-dns"})

    def leads(source: str, destination: str, port: int) -> bool:
        return reaches([*own, *flink], peers[source], peers[destination], port)

    assert all(reaches([*own, *flink], peers[who], dns, 53, "UDP") for who in templates)
    assert leads("task manager", "job manager", 6123) and leads("job manager", "task manager", 43211)
    assert leads("jobs", "job manager", 8081) and leads("step", "job manager", 8081)
    assert leads("step", "jobs", 8099) and leads("step", "jobs", 8098)
    assert not leads("stranger", "jobs", 8099) and not leads("stranger", "job manager", 8081)

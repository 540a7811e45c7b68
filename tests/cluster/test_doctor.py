"""`slipway doctor --cluster` against a real Kubernetes API: what is missing, what mends it, and who may look."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.kubeflow import compiler
from pipelines.kubeflow.layout import Options
from tests.cluster import kubernetes_api
from tests.cluster.kubernetes_api import KubernetesAPI
from tests.pipelines.kubeflow import kfp_server

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(bool(kubernetes_api.missing()), reason=kubernetes_api.missing() or "")
GPU = "nvidia.com/gpu"
CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "workflows.argoproj.io", "annotations": {"api-approved.kubernetes.io": "unapproved, test"}},
    "spec": {
        "group": "argoproj.io",
        "scope": "Namespaced",
        "names": {"plural": "workflows", "singular": "workflow", "kind": "Workflow", "listKind": "WorkflowList"},
        "versions": [
            {"name": "v1alpha1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
        ],
    },
}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KubernetesAPI]:
    with KubernetesAPI(tmp_path_factory.mktemp("kubernetes")) as api:
        yield api


def doctor(api: KubernetesAPI, *arguments: str, kubeconfig: Path | None = None) -> tuple[int, dict[str, Any]]:
    """The exit code, and the findings by what they are about."""
    done = subprocess.run(
        [sys.executable, "slipway.py", "doctor", "--cluster", "--json", *arguments],
        cwd=ROOT,
        env=os.environ | {"KUBECONFIG": str(kubeconfig or api.kubeconfig), "HOME": str(api.folder)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode in (0, 2) and done.stdout, done.stderr
    report = json.loads(done.stdout)
    assert report["ok"] is (done.returncode == 0)
    return done.returncode, {finding["what"]: finding for finding in report["findings"]}


def apply(api: KubernetesAPI, *documents: dict[str, Any]) -> None:
    api.kubectl("apply", "-f", "-", input=yaml.safe_dump_all(documents))


def namespaced(kind: str, name: str, namespace: str, version: str = "v1", **fields: Any) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": namespace}, **fields}


def claim(api: KubernetesAPI, namespace: str, mode: str = "ReadWriteMany", name: str = "slipway") -> None:
    """A claim that a controller has bound."""
    spec = {"accessModes": [mode], "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": "files"}
    apply(api, namespaced("PersistentVolumeClaim", name, namespace, spec=spec))
    _status(api, "pvc", name, {"phase": "Bound"}, "-n", namespace)


def served(api: KubernetesAPI, namespace: str, name: str, port: int) -> None:
    """A Service with a pod behind it."""
    ports = [{"port": port}]
    subsets = [{"addresses": [{"ip": "10.0.0.7"}], "ports": ports}]
    apply(api, namespaced("Service", name, namespace, spec={"ports": ports}))
    apply(api, namespaced("Endpoints", name, namespace, subsets=subsets))


def node(
    api: KubernetesAPI, name: str, *, labels: dict[str, str], taints: list[dict[str, str]], **allocatable: str
) -> None:
    """A node whose kubelet reports it as ready."""
    document = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}}
    apply(api, document)
    # The admission of new nodes puts a taint on them that a controller takes off: there is none here.
    api.kubectl("patch", "node", name, "--type=merge", "-p", json.dumps({"spec": {"taints": taints}}))
    conditions = [{"type": "Ready", "status": "True"}]
    _status(api, "node", name, {"allocatable": allocatable, "capacity": allocatable, "conditions": conditions})


def _status(api: KubernetesAPI, kind: str, name: str, status: dict[str, Any], *arguments: str) -> None:
    patch = json.dumps({"status": status})
    api.kubectl("patch", kind, name, "--subresource=status", "--type=merge", "-p", patch, *arguments)


def compiled(folder: Path, **options: Any) -> str:
    file = folder / "digits.yaml"
    compiler.write(compiler.compiled("digits", Options("slipway-trainer", **options)), file)
    return str(file)


@pytest.fixture(scope="module")
def complete(api: KubernetesAPI) -> str:
    """A namespace with all that a pipeline needs, in a cluster with a plain node; its name."""
    name = "complete"
    apply(api, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    provisioner = {"provisioner": "nfs.csi.k8s.io"}
    apply(
        api, {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "files"}, **provisioner}
    )
    claim(api, name)
    api.kubectl("-n", name, "create", "secret", "generic", "slipway-metadata", "--from-literal=password=hunter2")
    api.kubectl("-n", name, "create", "serviceaccount", "pipeline-runner")
    apply(api, CRD)
    served(api, name, "slipway-metadata", 3306)
    served(api, name, "ml-pipeline", 8888)
    node(api, "plain", labels={}, taints=[], cpu="3920m", memory="15Gi")
    return name


def test_a_cluster_without_anything(api: KubernetesAPI, tmp_path: Path) -> None:
    """Runs first: nothing is there but the API."""
    code, found = doctor(api, "titanic", "--namespace", "nowhere")
    assert code == 2
    assert found["cluster"]["state"] == "ok" and "Kubernetes v1." in found["cluster"]["said"]
    assert found["namespace"]["mend"].startswith("kubectl create namespace nowhere")
    assert "storage classes: none" in found["volume slipway"]["said"]
    assert found["secret slipway-metadata"]["mend"] == "k8s/secrets.sh nowhere"
    assert {what for what, finding in found.items() if finding["state"] == "missing"} == set(found) - {"cluster"}
    assert {"node for train", "metadata", "Argo Workflows", "Kubeflow Pipelines", "service account"} <= set(found)


def test_a_cluster_that_has_everything(api: KubernetesAPI, complete: str) -> None:
    code, found = doctor(api, "--namespace", complete)
    assert code == 0 and {finding["state"] for finding in found.values()} == {"ok"}, found
    assert "hunter2" not in json.dumps(found)
    assert found["node for train"]["said"] == "plain can take it (2 cores, 4Gi)"
    assert found["service account"]["said"] == "pipeline-runner"


def test_what_a_person_reads(api: KubernetesAPI, complete: str) -> None:
    command = [sys.executable, "slipway.py", "doctor", "--cluster", "--namespace", complete]
    environment = os.environ | {"KUBECONFIG": str(api.kubeconfig)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert " ✓ volume slipway: ReadWriteMany, Bound" in done.stdout.splitlines()


def test_gpus_are_looked_for_step_by_step(api: KubernetesAPI, complete: str, tmp_path: Path) -> None:
    file = compiled(tmp_path, gpus=2)
    train = "node for train"
    code, found = doctor(api, file, "--namespace", complete)
    assert code == 2 and found[train]["said"] == "no node offers 2 nvidia.com/gpu; the most is 0"
    assert {what for what, finding in found.items() if finding["state"] == "missing"} == {train}

    taint = {"key": GPU, "value": "present", "effect": "NoSchedule"}
    other = {"key": "team", "value": "vision", "effect": "NoSchedule"}
    size = {"cpu": "8", "memory": "32Gi", GPU: "2"}
    node(api, "fast", labels={}, taints=[taint, other], **size)
    _, found = doctor(api, file, "--namespace", complete)
    assert found[train]["said"] == "no such node is labelled nvidia.com/gpu.present=true"
    assert found[train]["mend"].startswith("kubectl label node fast nvidia.com/gpu.present=true,")
    api.kubectl("label", "node", "fast", "nvidia.com/gpu.present=true")
    _, found = doctor(api, file, "--namespace", complete)
    assert found[train]["said"].endswith("does not tolerate: team")
    api.kubectl("taint", "node", "fast", "team-")
    code, found = doctor(api, file, "--namespace", complete)
    assert code == 0 and found[train]["said"] == "fast can take it (2 cores, 4Gi, 2 nvidia.com/gpu)"
    api.kubectl("cordon", "fast")
    code, found = doctor(api, file, "--namespace", complete)
    assert code == 2 and "node.kubernetes.io/unschedulable" in found[train]["said"]
    api.kubectl("delete", "node", "fast")


def test_workers_need_rights(api: KubernetesAPI, complete: str, tmp_path: Path) -> None:
    file = compiled(tmp_path, workers=2, gpus=1)
    _, found = doctor(api, file, "--namespace", complete)
    assert found["node for train"]["state"] == "ok" and found["node for worker"]["state"] == "missing"
    file = compiled(tmp_path, workers=2)
    code, found = doctor(api, file, "--namespace", complete)
    assert code == 2
    assert found["service account"]["said"] == (
        "pipeline-runner may not create jobs, create services, list pods: it cannot start 2 workers"
    )
    rights = (
        (ROOT / "k8s" / "base" / "rights" / "workers.yaml")
        .read_text()
        .replace("namespace: slipway", f"namespace: {complete}")
    )
    api.kubectl("-n", complete, "apply", "-f", "-", input=rights)
    code, found = doctor(api, file, "--namespace", complete)
    assert code == 0 and found["service account"]["said"] == "pipeline-runner, may start 2 workers"
    api.kubectl("-n", complete, "delete", "rolebinding", "slipway-workers")


@pytest.fixture
def changed(api: KubernetesAPI, complete: str) -> Iterator[str]:
    """A copy of the namespace's claim and Secret is broken by a test; they are put back."""
    yield complete
    api.kubectl(
        "-n", complete, "delete", "pvc,secret", "slipway", "slipway-metadata", "--ignore-not-found", "--wait=false"
    )
    api.kubectl(
        "-n", complete, "patch", "pvc", "slipway", "--type=merge", "-p", '{"metadata":{"finalizers":null}}', check=False
    )
    api.kubectl("-n", complete, "create", "secret", "generic", "slipway-metadata", "--from-literal=password=hunter2")
    claim(api, complete)


def test_a_volume_that_two_nodes_cannot_share(api: KubernetesAPI, changed: str) -> None:
    _remove_claim(api, changed)
    claim(api, changed, "ReadWriteOnce")
    code, found = doctor(api, "--namespace", changed)
    assert code == 0 and found["volume slipway"]["state"] == "note"
    assert found["volume slipway"]["said"].endswith("this cluster has one node, which is enough")
    node(api, "second", labels={}, taints=[], cpu="4", memory="16Gi")
    code, found = doctor(api, "--namespace", changed)
    assert code == 2 and found["volume slipway"]["state"] == "missing"
    api.kubectl("delete", "node", "second")


def test_a_secret_without_the_key(api: KubernetesAPI, changed: str) -> None:
    api.kubectl("-n", changed, "delete", "secret", "slipway-metadata")
    api.kubectl("-n", changed, "create", "secret", "generic", "slipway-metadata", "--from-literal=pass=hunter2")
    code, found = doctor(api, "--namespace", changed)
    assert code == 2 and found["secret slipway-metadata"]["said"] == "it has no password; its keys are pass"


def test_services_without_pods(api: KubernetesAPI, complete: str) -> None:
    api.kubectl("-n", complete, "delete", "endpoints", "slipway-metadata", "ml-pipeline")
    code, found = doctor(api, "--namespace", complete)
    assert code == 2
    for what in ("metadata", "Kubeflow Pipelines"):
        assert "no pod behind Service" in found[what]["said"]
    served(api, complete, "slipway-metadata", 3306)
    served(api, complete, "ml-pipeline", 8888)


def test_another_claim_registry_and_account(api: KubernetesAPI, complete: str, tmp_path: Path) -> None:
    file = compiled(tmp_path, root="pvc://team/a", pull_secret="registry", metadata="mysql://u@db.example.com:3306/m")
    code, found = doctor(api, file, "--namespace", complete, "--service-account", "trainer")
    assert code == 2
    assert "storage classes: files" in found["volume team"]["said"]
    assert found["secret registry"]["state"] == found["service account"]["state"] == "missing"
    registry = f"kubectl -n {complete} create secret docker-registry registry --docker-server "
    assert found["secret registry"]["mend"].startswith(registry)
    assert found["metadata"]["said"] == "mysql://u@db.example.com:3306/m is outside of the cluster: not looked at"


def test_the_servers_address_is_asked(api: KubernetesAPI, complete: str) -> None:
    with kfp_server.running() as server:
        code, found = doctor(api, "--namespace", complete, "--host", server.url)
        assert code == 0 and found[f"address {server.url}"]["state"] == "ok"
        server.forbidden = True
        code, found = doctor(api, "--namespace", complete, "--host", server.url)
    assert code == 2 and "does not let you do this" in found[f"address {server.url}"]["said"]


def kubeconfig_of(api: KubernetesAPI, namespace: str, account: str) -> Path:
    """A kubeconfig with the rights of a service account."""
    token = api.kubectl("-n", namespace, "create", "token", account).stdout.strip()
    content = json.loads(api.kubeconfig.read_text())
    content["users"][0]["user"]["token"] = token
    kubeconfig = api.folder / account
    kubeconfig.write_text(json.dumps(content))
    return kubeconfig


def test_who_may_look_at_accounts_need_not_ask_for_their_rights(api: KubernetesAPI, complete: str) -> None:
    api.kubectl("-n", complete, "create", "serviceaccount", "viewer")
    viewer = f"--serviceaccount={complete}:viewer"
    api.kubectl("-n", complete, "create", "rolebinding", "viewer", "--clusterrole=reader", viewer)
    api.kubectl("create", "clusterrole", "reader", "--verb=get,list", "--resource=serviceaccounts")
    _, found = doctor(api, "--namespace", complete, kubeconfig=kubeconfig_of(api, complete, "viewer"))
    assert found["service account"]["state"] == "ok" and found["nodes"]["state"] == "unknown"


def test_what_one_may_not_see_is_unknown(api: KubernetesAPI, complete: str) -> None:
    kubeconfig = kubeconfig_of(api, complete, "pipeline-runner")
    code, found = doctor(api, "--namespace", complete, kubeconfig=kubeconfig)
    states = {what: finding["state"] for what, finding in found.items()}
    assert code == 0
    assert {what for what, state in states.items() if state == "ok"} == {"cluster", "Argo Workflows"}
    assert {state for what, state in states.items() if what not in ("cluster", "Argo Workflows")} == {"unknown"}


def test_no_cluster(tmp_path: Path) -> None:
    def run(kubeconfig: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "slipway.py", "doctor", "--cluster", *arguments]
        environment = os.environ | {"KUBECONFIG": str(kubeconfig), "HOME": str(tmp_path)}
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)

    done = run(tmp_path / "nowhere")
    assert (done.returncode, done.stdout) == (2, "") and done.stderr.startswith(
        "slipway: --cluster: no cluster is known ("
    )
    away = tmp_path / "away"
    cluster = {"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}
    content = {"contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}], "current-context": "c"}
    away.write_text(
        json.dumps(content | {"apiVersion": "v1", "clusters": [cluster], "users": [{"name": "u", "user": {}}]})
    )
    done = run(away)
    assert done.returncode == 2 and " ✗ cluster: http://127.0.0.1:1 does not answer (" in done.stdout
    done = run(away, "--context", "other")
    assert done.returncode == 2 and "--cluster: no cluster is known (" in done.stderr


def _remove_claim(api: KubernetesAPI, namespace: str) -> None:
    """Deletes the claim at once: the controller that takes off its finalizer is not there."""
    api.kubectl("-n", namespace, "delete", "pvc", "slipway", "--wait=false")
    api.kubectl(
        "-n",
        namespace,
        "patch",
        "pvc",
        "slipway",
        "--type=merge",
        "-p",
        '{"metadata":{"finalizers":null}}',
        check=False,
    )

"""Every overlay before a real Kubernetes API: schemas, admission with Pod Security, RBAC; and secrets.sh, which fills it."""

import base64
import copy
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from serving.gateway import keys
from tests.cluster import custom_resources, kubernetes_api
from tests.cluster.kubernetes_api import KubernetesAPI
from tests.k8s.rendered import ALL, K8S, ROOT, objects, of_kind, pods, text

pytestmark = pytest.mark.timeout(3600)  # Go builds the API server at the first time
NAMESPACES = ("slipway", "kubeflow")


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KubernetesAPI]:
    """An API with the custom resources, and the two namespaces as they are before Slipway comes."""
    if (reason := kubernetes_api.missing()) is not None:
        pytest.skip(f"no Kubernetes API: {reason}")
    try:
        definitions = custom_resources.files()
    except RuntimeError as error:
        pytest.skip(f"no custom resources: {error}")
    with KubernetesAPI(tmp_path_factory.mktemp("kubernetes")) as running:
        running.define(definitions)
        for namespace in NAMESPACES:
            running.kubectl("create", "namespace", namespace)
        yield running


def apply(api: KubernetesAPI, document: str, *options: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Server-side apply, which refuses a field that the schema does not have."""
    return api.kubectl("apply", "--server-side", *options, "-f", "-", input=document, check=check)


@pytest.fixture(scope="module")
def applied(api: KubernetesAPI) -> KubernetesAPI:
    """The same with the overlay cpu in it."""
    apply(api, text("cpu"))
    return api


@pytest.mark.parametrize("overlay", ALL)
def test_the_api_takes_every_overlay_without_a_warning(api: KubernetesAPI, overlay: str) -> None:
    done = apply(api, text(overlay), "--dry-run=server")
    assert not done.stderr  # Pod Security and deprecated versions warn there
    assert len(done.stdout.splitlines()) == len(objects(overlay))


def test_a_wrong_field_and_a_wrong_value_are_refused(api: KubernetesAPI) -> None:
    (service,) = [copy.deepcopy(s) for s in of_kind("cpu", "Service") if s["metadata"]["name"] == "slipway-gateway"]
    service["spec"]["portz"] = []
    assert "portz" in apply(api, yaml.safe_dump(service), "--dry-run=server", check=False).stderr
    (rule,) = [copy.deepcopy(found) for found in of_kind("cpu", "PrometheusRule")]
    rule["spec"]["groups"][0]["rules"][0]["exprr"] = "up"
    assert "exprr" in apply(api, yaml.safe_dump(rule), "--dry-run=server", check=False).stderr


def test_applying_again_changes_nothing(applied: KubernetesAPI) -> None:
    done = applied.kubectl("diff", "--server-side", "-f", "-", input=text("cpu"), check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("overlay", ["gpu", "kserve"])
def test_one_overlay_takes_over_from_another(applied: KubernetesAPI, overlay: str) -> None:
    """No field that cannot change is in the way; what is gone must be deleted by hand, as k8s/README.md says of kserve."""
    apply(applied, text(overlay))
    try:
        assert applied.get("deployment/slipway-serving", "-n", "slipway")["metadata"]["generation"] >= 1
    finally:
        apply(applied, text("cpu"))


def as_pod(pod: Any) -> dict[str, Any]:
    """The pod that a controller would make."""
    spec = copy.deepcopy(pod.spec)
    known = {volume["name"] for volume in spec["volumes"]}
    claimed = {mount["name"] for container in pod.containers for mount in container["volumeMounts"]} - known
    spec["volumes"] += [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in claimed]
    metadata = {"generateName": "tried-", "namespace": pod.namespace, "labels": pod.labels}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def create(api: KubernetesAPI, document: dict[str, Any], *options: str) -> subprocess.CompletedProcess[str]:
    arguments = ("create", "--dry-run=server", *options, "-f", "-")
    return api.kubectl(*arguments, input=json.dumps(document), check=False)


@pytest.mark.parametrize("overlay", ["cpu", "gpu", "kserve"])
def test_restricted_admits_every_pod(applied: KubernetesAPI, overlay: str) -> None:
    for pod in pods(overlay):
        done = create(applied, as_pod(pod))
        assert done.returncode == 0 and not done.stderr, f"{pod.owner}: {done.stderr}"


@pytest.mark.parametrize(
    "change",
    [
        {"allowPrivilegeEscalation": True},
        {"capabilities": {"drop": ["ALL"], "add": ["NET_ADMIN"]}},
        {"runAsUser": 0},
        {"seccompProfile": {"type": "Unconfined"}},
    ],
)
def test_restricted_refuses_a_pod_that_wants_more(applied: KubernetesAPI, change: dict[str, Any]) -> None:
    document = as_pod(pods("cpu")[0])
    document["spec"]["containers"][0]["securityContext"] |= change
    assert 'violates PodSecurity "restricted:latest"' in create(applied, document).stderr


def may(api: KubernetesAPI, account: str, verb: str, resource: str, namespace: str = "slipway") -> bool:
    who = f"--as=system:serviceaccount:{namespace}:{account}"
    done = api.kubectl("auth", "can-i", verb, resource, who, "-n", namespace, check=False)
    assert done.stdout.strip() in ("yes", "no"), done.stderr
    return done.stdout.strip() == "yes"


@pytest.mark.parametrize("account", ["slipway-serving", "slipway-gateway", "slipway-metadata", "slipway-jobs"])
def test_our_accounts_may_do_nothing(applied: KubernetesAPI, account: str) -> None:
    listed = applied.kubectl(
        "auth", "can-i", "--list", f"--as=system:serviceaccount:slipway:{account}", "-n", "slipway"
    )
    granted = [line for line in listed.stdout.splitlines() if re.match(r"(\S+\.)?\w+\s+\[\]", line)]
    # What every account has: asking about itself.
    assert granted and {line.split()[0].partition(".")[0] for line in granted} <= {
        "selfsubjectreviews",
        "selfsubjectaccessreviews",
        "selfsubjectrulesreviews",
    }
    assert not may(applied, account, "get", "secrets") and not may(applied, account, "list", "pods")


@pytest.mark.parametrize("account", ["pipeline-runner", "default-editor"])
def test_a_trainer_may_start_and_end_workers(applied: KubernetesAPI, account: str) -> None:
    for verb in ("create", "get", "delete"):
        assert may(applied, account, verb, "jobs.batch"), verb
    for verb, resource in (("create", "services"), ("delete", "services"), ("list", "pods"), ("get", "pods/log")):
        assert may(applied, account, verb, resource), (verb, resource)
    for verb, resource in (
        ("get", "secrets"),
        ("create", "pods"),
        ("create", "pods/exec"),
        ("patch", "jobs.batch"),
        ("deletecollection", "jobs.batch"),
        ("create", "cronjobs.batch"),
        ("update", "deployments.apps"),
        ("create", "rolebindings.rbac.authorization.k8s.io"),
    ):
        assert not may(applied, account, verb, resource), (verb, resource)


def test_the_rights_end_at_the_namespace(applied: KubernetesAPI) -> None:
    who = "--as=system:serviceaccount:slipway:pipeline-runner"
    done = applied.kubectl("auth", "can-i", "create", "jobs.batch", who, "-n", "kubeflow", check=False)
    assert done.stdout.strip() == "no"


def test_kfps_account_has_them_in_its_own_namespace(api: KubernetesAPI) -> None:
    apply(api, text("local"))
    assert may(api, "pipeline-runner", "create", "jobs.batch", "kubeflow")
    assert not may(api, "default-editor", "create", "jobs.batch", "kubeflow")


def test_a_backup_and_a_restore_are_made_of_the_cron_jobs(applied: KubernetesAPI) -> None:
    """The commands of k8s/README.md."""
    applied.kubectl("-n", "slipway", "create", "job", "--from=cronjob/slipway-metadata-backup", "backup-now")
    chosen = "slipway-20261121T021700Z.sql.gz"
    applied.kubectl("-n", "slipway", "set", "env", "cronjob/slipway-metadata-restore", f"BACKUP={chosen}")
    applied.kubectl("-n", "slipway", "create", "job", "--from=cronjob/slipway-metadata-restore", "restore-1")
    job = applied.get("job/restore-1", "-n", "slipway")
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert {"name": "BACKUP", "value": chosen} in container["env"]
    assert container["command"][:2] == ["bash", "/scripts/restore.sh"]


def secrets_sh(api: KubernetesAPI, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"KUBECONFIG": str(api.kubeconfig), "SLIPWAY": f"{sys.executable} {ROOT / 'slipway.py'}"}
    command = [str(K8S / "secrets.sh"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)


def secret(api: KubernetesAPI, name: str) -> dict[str, bytes]:
    data = api.get(f"secret/{name}", "-n", "slipway")["data"]
    return {key: base64.b64decode(value) for key, value in data.items()}


def test_the_secrets_are_made_once_and_are_what_the_pods_read(applied: KubernetesAPI, tmp_path: Path) -> None:
    first = secrets_sh(applied, "slipway", "slipway.example.com")
    assert first.returncode == 0, first.stderr
    password = secret(applied, "slipway-metadata")
    assert re.fullmatch(rb"[0-9a-f]{48}", password["password"])
    file = tmp_path / "gateway_keys.json"
    file.write_bytes(secret(applied, "slipway-gateway-keys")["gateway_keys.json"])
    found = keys.load(file)
    shown = re.search(r"admin, shown this once: (slk_\S+)", first.stdout)
    assert shown and found[keys.digest(shown[1])].name == "admin"
    token = secret(applied, "slipway-gateway-metrics")["token"].decode()
    assert found[keys.digest(token)].name == "prometheus" and found[keys.digest(token)].models is None
    assert secret(applied, "slipway-tls").keys() == {"tls.crt", "tls.key"}
    again = secrets_sh(applied, "slipway", "slipway.example.com")
    assert again.returncode == 0 and not again.stdout, again.stderr
    assert secret(applied, "slipway-metadata") == password
    assert secret(applied, "slipway-gateway-metrics")["token"].decode() == token


def test_the_script_of_secrets_says_how_it_is_called(api: KubernetesAPI) -> None:
    done = secrets_sh(api)
    assert done.returncode == 2 and "NAMESPACE" in done.stderr

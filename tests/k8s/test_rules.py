"""What every pod must keep: limits, probes, no rights, no open root file system, images with a version."""

import re
from typing import Any

import pytest

from tests.k8s.rendered import Pod, of_kind, one, pods

GPU = "nvidia.com/gpu"


def quantity(text: str) -> float:
    """A quantity of Kubernetes as a number."""
    match = re.fullmatch(r"([0-9.]+)(m|Ki|Mi|Gi|Ti|k|M|G|T)?", str(text))
    assert match, text
    units = {"": 1, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
    units |= {"Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40}
    return float(match[1]) * units[match[2] or ""]


def containers(overlay: str) -> list[tuple[Pod, dict[str, Any]]]:
    return [(pod, container) for pod in pods(overlay) for container in pod.containers]


def test_every_container_has_requests_and_limits(overlay: str) -> None:
    for pod, container in containers(overlay):
        requests, limits = container["resources"]["requests"], container["resources"]["limits"]
        assert requests.keys() == limits.keys() >= {"cpu", "memory", "ephemeral-storage"}, pod.owner
        for name, request in requests.items():
            assert 0 < quantity(request) <= quantity(limits[name]), (pod.owner, name)


def test_every_server_has_all_three_probes_at_ports_of_its_own(overlay: str) -> None:
    for pod in pods(overlay):
        for container in pod.servers:
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                asked = container[probe]
                where = asked.get("httpGet", asked.get("tcpSocket"))
                if where is not None:
                    assert where["port"] in {port["name"] for port in container["ports"]}, pod.owner
                else:
                    assert asked["exec"]["command"]


def test_a_server_ends_no_sooner_than_its_requests(overlay: str) -> None:
    for pod in pods(overlay):
        sleep = max(
            (c.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)) for c in pod.containers
        )
        if pod.is_server and pod.ports.keys() & {"http", "grpc"}:
            assert sleep >= 5 and pod.spec["terminationGracePeriodSeconds"] >= sleep + 15 + 15, pod.owner


def test_folders_in_memory_or_on_the_node_are_within_the_limit(overlay: str) -> None:
    for pod in pods(overlay):
        folders = [quantity(v["emptyDir"]["sizeLimit"]) for v in pod.spec["volumes"] if "emptyDir" in v]
        limit = sum(quantity(container["resources"]["limits"]["ephemeral-storage"]) for container in pod.containers)
        assert sum(folders) < limit, pod.owner


def test_every_pod_is_restricted(overlay: str) -> None:
    for pod in pods(overlay):
        context = pod.spec["securityContext"]
        assert context["runAsNonRoot"] is True and context["runAsUser"] >= 100 and context["runAsGroup"] >= 100
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not pod.spec.keys() & {"hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"}
        for volume in pod.spec.get("volumes", []):
            assert not volume.keys() & {"hostPath", "nfs", "gcePersistentDisk"}, pod.owner


def test_every_container_can_change_nothing_but_its_volumes(overlay: str) -> None:
    for pod, container in containers(overlay):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, pod.owner
        assert all("hostPort" not in port for port in container.get("ports", []))


def test_every_image_has_a_version(overlay: str) -> None:
    for _, container in containers(overlay):
        assert re.fullmatch(
            r"[a-z0-9./-]+(:\d+)?[a-z0-9./-]*:\d+\.\d+\.\d+(-gpu)?(@sha256:[0-9a-f]{64})?", container["image"]
        )
        assert container.get("imagePullPolicy") in (None, "IfNotPresent")


def test_the_images_versions_are_those_of_the_compose_file(overlay: str) -> None:
    from tests.k8s.rendered import ROOT

    compose = (ROOT / "serving" / "compose.yaml").read_text()
    versions = dict(re.findall(r"(TF_SERVING_VERSION|SLIPWAY_VERSION):-([\d.]+)", compose))
    for _, container in containers(overlay):
        name, _, tag = container["image"].rpartition(":")
        if name == "tensorflow/serving":
            assert tag.removesuffix("-gpu") == versions["TF_SERVING_VERSION"]
        elif name != "mariadb":
            assert tag == versions["SLIPWAY_VERSION"]


def test_no_pod_has_a_token_of_the_api(overlay: str) -> None:
    accounts = {found["metadata"]["name"]: found for found in of_kind(overlay, "ServiceAccount")}
    for pod in pods(overlay):
        assert pod.spec["automountServiceAccountToken"] is False
        assert pod.spec["serviceAccountName"] in accounts
    assert all(account["automountServiceAccountToken"] is False for account in accounts.values())
    bound = {subject["name"] for found in of_kind(overlay, "RoleBinding") for subject in found["subjects"]}
    assert not bound & accounts.keys()
    assert not of_kind(overlay, "ClusterRole", "ClusterRoleBinding")


def test_servers_survive_a_drained_node() -> None:
    for name in ("slipway-serving", "slipway-gateway"):
        budget = one("cpu", "PodDisruptionBudget", name)
        selected = [
            pod for pod in pods("cpu") if budget["spec"]["selector"]["matchLabels"].items() <= pod.labels.items()
        ]
        assert [pod.owner for pod in selected] == [f"Deployment/{name}"] and budget["spec"]["maxUnavailable"] == 1
        (pod,) = selected
        # One alone: with two, a node that lacks the label of one of them counts for none.
        (spread,) = pod.spec["topologySpreadConstraints"]
        assert spread["topologyKey"] == "kubernetes.io/hostname"
        assert spread["labelSelector"]["matchLabels"].items() <= pod.labels.items()
        deployment = one("cpu", "Deployment", name)
        assert deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert one("cpu", "Deployment", "slipway-serving")["spec"]["replicas"] == 2
    assert "replicas" not in one("cpu", "Deployment", "slipway-gateway")["spec"]  # the autoscaler's
    assert one("cpu", "HorizontalPodAutoscaler", "slipway-gateway")["spec"]["minReplicas"] == 2


@pytest.mark.parametrize("name", ["cpu", "local", "kserve"])
def test_only_the_gpu_overlay_asks_for_a_gpu(name: str) -> None:
    assert not any(GPU in container["resources"]["limits"] for _, container in containers(name))


def test_the_gpu_is_the_model_servers() -> None:
    found = [(pod, c) for pod, c in containers("gpu") if GPU in c["resources"]["limits"]]
    ((pod, container),) = found
    assert (pod.owner, container["name"]) == ("Deployment/slipway-serving", "serving")
    assert container["image"].endswith("-gpu")
    assert pod.spec["nodeSelector"] == {"nvidia.com/gpu.present": "true"}
    assert pod.spec["tolerations"] == [{"key": GPU, "operator": "Exists", "effect": "NoSchedule"}]

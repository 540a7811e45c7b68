"""Whatever names something names what is there: maps, secrets, claims, accounts, services, ports, volumes."""

import re
from typing import Any

from tests.k8s.rendered import Object, Pod, objects, of_kind, one, pods

# What k8s/secrets.sh makes (tests/cluster/test_apiserver.py runs it), or cert-manager.
SECRETS = {
    "slipway-metadata": {"password"},
    "slipway-gateway-keys": {"gateway_keys.json"},
    "slipway-gateway-metrics": {"token"},
    "slipway-studio": {"token", "api-key"},
    "slipway-tls": {"tls.crt", "tls.key"},
}


def names(overlay: str, kind: str) -> set[str]:
    return {found["metadata"]["name"] for found in of_kind(overlay, kind)}


def found_under(key: str, document: Any) -> list[Any]:
    """The values of a key, wherever it is."""
    if isinstance(document, dict):
        here = [document[key]] if key in document else []
        return here + [value for below in document.values() for value in found_under(key, below)]
    if isinstance(document, list):
        return [value for below in document for value in found_under(key, below)]
    return []


def test_config_maps_are_there_and_have_the_keys(overlay: str) -> None:
    maps = {found["metadata"]["name"]: found["data"] for found in of_kind(overlay, "ConfigMap")}
    used = {
        volume["configMap"]["name"] for pod in pods(overlay) for volume in pod.spec["volumes"] if "configMap" in volume
    }
    dashboards = {name for name in maps if name.startswith("slipway-dashboard")}
    assert used == maps.keys() - dashboards
    for pod in pods(overlay):
        for container in pod.containers:
            mounted = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
            for path in re.findall(r"(/(?:lists|scripts)/[\w.]+)", " ".join(said(container))):
                folder, _, file = path.rpartition("/")
                (volume,) = [v for v in pod.spec["volumes"] if v["name"] == mounted[folder]]
                assert file in maps[volume["configMap"]["name"]], (pod.owner, path)


def said(container: Object) -> list[str]:
    return [*container.get("command", []), *container.get("args", [])]


def test_secrets_are_those_that_are_made(overlay: str) -> None:
    for reference in found_under("secretKeyRef", list(objects(overlay))):
        assert reference["key"] in SECRETS[reference["name"]]
    mounted = {secret["secretName"] for secret in found_under("secret", list(objects(overlay)))}
    assert mounted == {"slipway-gateway-keys"}
    for monitor in of_kind(overlay, "ServiceMonitor"):
        for endpoint in monitor["spec"]["endpoints"]:
            key = endpoint.get("authorization", {}).get("credentials")
            assert key is None or key["key"] in SECRETS[key["name"]]
    (ingress,) = of_kind(overlay, "Ingress")
    assert {tls["secretName"] for tls in ingress["spec"]["tls"]} <= SECRETS.keys()


def test_claims_are_there_and_used(overlay: str) -> None:
    used = {claim["claimName"] for claim in found_under("persistentVolumeClaim", list(objects(overlay)))}
    assert used == names(overlay, "PersistentVolumeClaim")
    if overlay == "cpu+gcs":
        assert used == {"gcs-my-bucket", "slipway-backup"}
        claim, volume = (
            one(overlay, "PersistentVolumeClaim", "gcs-my-bucket"),
            one(overlay, "PersistentVolume", "gcs-my-bucket"),
        )
        assert claim["spec"]["volumeName"] == volume["metadata"]["name"]
        assert volume["spec"]["claimRef"] == {"namespace": "slipway", "name": "gcs-my-bucket"}
        marked = [pod for pod in pods(overlay) if pod.annotations.get("gke-gcsfuse/volumes") == "true"]
        assert {pod.owner for pod in marked} == {pod.owner for pod in pods(overlay) if "gcs-my-bucket" in str(pod.spec)}


def test_the_models_can_only_be_read_where_they_are_served(overlay: str) -> None:
    for pod in pods(overlay):
        if pod.labels["app.kubernetes.io/name"] in ("slipway-serving", "slipway-gateway"):
            for container in pod.containers:
                (mount,) = [mount for mount in container["volumeMounts"] if mount["name"] == "slipway"]
                assert mount == {"name": "slipway", "mountPath": "/models", "subPath": "home/models", "readOnly": True}


def test_mounts_and_volumes_belong_together(overlay: str) -> None:
    for pod in pods(overlay):
        volumes = [volume["name"] for volume in pod.spec["volumes"]]
        if pod.owner.startswith("StatefulSet"):
            (owner,) = of_kind(overlay, "StatefulSet")
            volumes += [claim["metadata"]["name"] for claim in owner["spec"]["volumeClaimTemplates"]]
        mounted = {mount["name"] for container in pod.containers for mount in container["volumeMounts"]}
        assert mounted == set(volumes) and len(volumes) == len(mounted), pod.owner
        for volume in pod.spec["volumes"]:
            assert "sizeLimit" in volume.get("emptyDir", {"sizeLimit": ""}), pod.owner


def selected(overlay: str, selector: dict[str, str]) -> list[Pod]:
    return [pod for pod in pods(overlay) if selector.items() <= pod.labels.items()]


def test_services_select_servers_that_have_their_ports(overlay: str) -> None:
    for service in of_kind(overlay, "Service"):
        found = selected(overlay, service["spec"]["selector"])
        assert len(found) == 1 and found[0].is_server, service["metadata"]["name"]
        for port in service["spec"]["ports"]:
            assert port["targetPort"] in found[0].ports
    for owner in of_kind(overlay, "StatefulSet"):
        assert one(overlay, "Service", owner["spec"]["serviceName"])["spec"]["clusterIP"] == "None"


def test_owners_select_their_own_pods_and_no_others(overlay: str) -> None:
    for owner in of_kind(overlay, "Deployment", "StatefulSet"):
        labels = owner["spec"]["selector"]["matchLabels"]
        assert [pod.owner for pod in selected(overlay, labels)] == [f"{owner['kind']}/{owner['metadata']['name']}"]


def test_who_names_a_service_names_one_that_is_there(overlay: str) -> None:
    services = {found["metadata"]["name"]: found["spec"]["ports"] for found in of_kind(overlay, "Service")}
    (ingress,) = of_kind(overlay, "Ingress")
    for rule in ingress["spec"]["rules"]:
        assert {rule["host"]} == set(ingress["spec"]["tls"][0]["hosts"])
        for path in rule["http"]["paths"]:
            backend = path["backend"]["service"]
            assert backend["port"]["name"] in {port["name"] for port in services[backend["name"]]}
    text = str([pod.spec for pod in pods(overlay)])
    addresses = set(re.findall(r"(slipway-(?:serving|metadata)):(\d+)", text))
    assert {"slipway-serving", "slipway-metadata"} == {name for name, _ in addresses}
    for name, number in addresses:
        assert int(number) in {port["port"] for port in services[name]}
    for monitor in of_kind(overlay, "ServiceMonitor"):
        label = monitor["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"]
        ports = {port["name"] for port in services[label]}
        assert {endpoint["port"] for endpoint in monitor["spec"]["endpoints"]} <= ports


def test_the_autoscaler_scales_a_deployment_that_is_there(overlay: str) -> None:
    for found in of_kind(overlay, "HorizontalPodAutoscaler"):
        target = found["spec"]["scaleTargetRef"]
        assert one(overlay, target["kind"], target["name"])["apiVersion"] == target["apiVersion"]


def test_failures_are_told_by_a_container_that_is_there(overlay: str) -> None:
    for found in of_kind(overlay, "CronJob"):
        job = found["spec"]["jobTemplate"]["spec"]
        for container in found_under("containerName", job.get("podFailurePolicy", {})):
            assert container in [one["name"] for one in job["template"]["spec"]["containers"]]


def test_nothing_waits_for_a_schedule_that_nobody_meant(overlay: str) -> None:
    schedules = {found["metadata"]["name"]: found["spec"] for found in of_kind(overlay, "CronJob")}
    assert schedules.pop("slipway-metadata-restore")["suspend"] is True
    assert all("suspend" not in spec and spec["concurrencyPolicy"] == "Forbid" for spec in schedules.values())

"""The Job and the Service that the workers of one training are, made from the pod that starts them."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from schemas.errors import InputError, shown

Manifest = dict[str, Any]  # an object of the Kubernetes API, as its JSON
CONTAINER = "worker"
PORT = 2222
JOB_LABEL = "slipway/workers"
POD = (
    "SLIPWAY_WORKER_POD"  # JSON: resources, nodeSelector, tolerations of a worker that are not those of the pod itself
)
_MAIN = "main"  # Argo's name of the container with the step's own image
_SECONDS_KEPT = 3600  # after its end, where nobody was left to delete it
_SECONDS_TO_END = 5
_OF_WORKER = ("resources", "nodeSelector", "tolerations")
_POD_FIELDS = (
    "serviceAccountName", "imagePullSecrets", "nodeSelector", "tolerations", "affinity", "priorityClassName",
    "runtimeClassName", "schedulerName", "securityContext", "hostAliases", "dnsConfig",
)  # fmt: skip
_CONTAINER_FIELDS = (
    "image", "imagePullPolicy", "workingDir", "envFrom", "resources", "securityContext", "volumeDevices",
)  # fmt: skip
# Argo's and KFP's own ones, and access to the metadata store and the API, which workers do not use.
_VOLUMES_LEFT = ("var-run-argo", "tmp-dir-argo", "kfp-launcher", "kube-api-access-")
_ENVIRONMENT_LEFT = ("ARGO_", "KFP_POD_", "SLIPWAY_METADATA", "SLIPWAY_POD_", POD)
_ANNOTATIONS_KEPT = ("gke-gcsfuse/",)
# A mesh's proxy would keep the pod from ending, and TensorFlow's connections from opening.
_NO_PROXY = {"sidecar.istio.io/inject": "false"}
_LABELS_KEPT = ("app.kubernetes.io/", "slipway/")


def service(pod: Manifest, name: str) -> Manifest:
    """A headless Service: its DNS names are those of the workers, also before they are ready."""
    ports = [{"name": "tensorflow", "port": PORT}]
    spec = {"clusterIP": "None", "publishNotReadyAddresses": True, "selector": {JOB_LABEL: name}, "ports": ports}
    return {"apiVersion": "v1", "kind": "Service", "metadata": _metadata(pod, name), "spec": spec}


def job(pod: Manifest, name: str, workers: int, order: Path) -> Manifest:
    """An Indexed Job whose pods are like ``pod``: its image, environment, volumes, resources and place.

    They cannot be replaced one by one: TensorFlow's workers end together.

    Args:
      pod: as the API gives it, of a step of KFP or any with one container.
      name: of Job and Service.
      order: the file that the workers read.

    Raises:
      InputError: the pod has no container ``main`` and more than one other, or $SLIPWAY_WORKER_POD is wrong.
    """
    main = _main_container(pod)
    own = _worker_pod(main)
    # Without the cluster's domain, which is not cluster.local everywhere; a pod's search path completes it.
    hosts = ",".join(f"{name}-{index}.{name}.{pod['metadata']['namespace']}.svc:{PORT}" for index in range(workers))
    container = _container(main, [str(order), "--hosts", hosts]) | _some(own, ("resources",))
    used = {mount["name"] for mount in container["volumeMounts"]}
    spec = _some(pod["spec"], _POD_FIELDS) | _some(own, ("nodeSelector", "tolerations"))
    spec |= {
        "automountServiceAccountToken": False,
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": _SECONDS_TO_END,
        "subdomain": name,  # of the Service: with it the pods of an Indexed Job have the names in ``hosts``
        "volumes": [volume for volume in pod["spec"].get("volumes", []) if volume["name"] in used],
        "containers": [container],
    }
    annotations = pod["metadata"].get("annotations") or {}
    kept = {key: value for key, value in annotations.items() if key.startswith(_ANNOTATIONS_KEPT)}
    template = {"metadata": {"labels": _labels(pod, name) | _NO_PROXY, "annotations": kept | _NO_PROXY}, "spec": spec}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": _metadata(pod, name),
        "spec": {
            "completionMode": "Indexed",
            "completions": workers,
            "parallelism": workers,
            "backoffLimit": 0,  # one failed pod ends the Job: a replaced one could not join the others
            "ttlSecondsAfterFinished": _SECONDS_KEPT,
            "template": template,
        },
    }


def _container(main: Manifest, arguments: list[str]) -> Manifest:
    """The worker's container, like the pod's own but for what it runs."""
    return _some(main, _CONTAINER_FIELDS) | {
        "name": CONTAINER,
        "command": ["python", "-m", "pipelines.workers.worker"],
        "args": arguments,
        "env": [one for one in main.get("env", []) if not one["name"].startswith(_ENVIRONMENT_LEFT)],
        "volumeMounts": [
            mount for mount in main.get("volumeMounts", []) if not mount["name"].startswith(_VOLUMES_LEFT)
        ],
        "ports": [{"name": "tensorflow", "containerPort": PORT}],
        "securityContext": _restricted(main.get("securityContext", {})),
        # The end of the log, with its line FAILURE, becomes the state's message (pipelines.workers.pods.ends).
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }


def _some(manifest: Manifest, fields: Iterable[str]) -> Manifest:
    return {field: manifest[field] for field in fields if field in manifest}


def _metadata(pod: Manifest, name: str) -> Manifest:
    """With the pod as owner: when it is deleted, so is this."""
    owner = {"apiVersion": "v1", "kind": "Pod", "name": pod["metadata"]["name"], "uid": pod["metadata"]["uid"]}
    return {
        "name": name,
        "namespace": pod["metadata"]["namespace"],
        "labels": _labels(pod, name),
        "ownerReferences": [owner],
    }


def _labels(pod: Manifest, name: str) -> dict[str, str]:
    labels = pod["metadata"].get("labels") or {}
    kept = {key: value for key, value in labels.items() if key.startswith(_LABELS_KEPT)}
    return kept | {"app.kubernetes.io/part-of": "slipway", "app.kubernetes.io/component": "worker", JOB_LABEL: name}


def _main_container(pod: Manifest) -> Manifest:
    containers: list[Manifest] = pod["spec"]["containers"]
    found = [one for one in containers if one["name"] == _MAIN] or containers
    if len(found) > 1:
        names = ", ".join(one["name"] for one in containers)
        raise InputError(
            f"pod {pod['metadata']['name']}: which of its containers ({names}) are workers like? Name that one {_MAIN!r}"
        )
    return found[0]


def _worker_pod(main: Manifest) -> Manifest:
    """The fields in $SLIPWAY_WORKER_POD of the container."""
    text = next((one.get("value", "") for one in main.get("env", []) if one["name"] == POD), "")
    try:
        own = json.loads(text or "{}")
    except ValueError:
        own = None
    if not isinstance(own, dict) or set(own) - set(_OF_WORKER):
        raise InputError(f"{POD}={shown(text)}: a JSON object with some of {', '.join(_OF_WORKER)} is expected")
    return own


def _restricted(context: Manifest) -> Manifest:
    """The container's own security context, completed to the Pod Security level ``restricted``."""
    least = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    return least | context

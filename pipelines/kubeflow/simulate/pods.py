"""The pod that a task would become: what KFP's driver writes into its spec, checked against the declared cluster."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from google.protobuf import json_format

from pipelines.kubeflow.simulate import placeholders
from pipelines.kubeflow.simulate.cluster import Cluster, quantity
from pipelines.kubeflow.simulate.document import Task
from schemas.errors import InputError, shown

NAMESPACE = "kubeflow"
_PULL_POLICIES = ("", "Always", "Never", "IfNotPresent")
_REFERENCE = re.compile(r"\$\((?P<name>[A-Za-z_][A-Za-z0-9_.-]*)\)")
_LABEL = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_LABEL_KEY = re.compile(r"([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")


@dataclass(frozen=True)
class Mount:
    """A folder of the pod.

    Attributes:
      path: where the task sees it.
      claim: the PersistentVolumeClaim, or "" for an emptyDir, which goes with the pod.
      folder: in the claim (its subPath), or the emptyDir's name.
    """

    path: str
    claim: str
    folder: str


@dataclass(frozen=True)
class Pod:
    """What a task requests from the cluster.

    Attributes:
      image: of its container.
      environment: plain variables and those of Secrets.
      secrets: the names of the variables that come from Secrets.
      fields: variables that stand for a field of the pod, such as metadata.name.
      mounts: the longest path first.
      requests: amounts by resource; a limit without a request is a request.
      limits: of cpu (cores) and memory (bytes), where there is one.
      user: UID:GID of its process, or "" for that of the image.
      selector: labels that the node must have.
      tolerations: taints that it may have, as Kubernetes writes tolerations.
      deadline: seconds that the pod may run, or None.
    """

    image: str
    environment: Mapping[str, str]
    secrets: frozenset[str]
    fields: Mapping[str, str]
    mounts: tuple[Mount, ...]
    requests: Mapping[str, Decimal]
    limits: Mapping[str, Decimal]
    user: str
    selector: Mapping[str, str]
    tolerations: tuple[Mapping[str, str], ...]
    deadline: float | None


class Identity(NamedTuple):
    """What a running pod is called: its name and uid, and its node's name."""

    name: str
    uid: str
    node: str


def made(task: Task, given: Mapping[str, Any], run: placeholders.Run, cluster: Cluster) -> Pod:
    """The pod of a task.

    Args:
      given: the task's inputs; those that other tasks give may be unknown.

    Raises:
      InputError: the cluster lacks something that it requests; names the task and the field.
    """
    where = f"task {task.name}"
    image = placeholders.of_pod(task.container.image, given, f"{where}: image")
    if not cluster.has_image(image):
        raise InputError(f"{where}: image {shown(image)} is not in the cluster; it has {', '.join(cluster.images)}")
    if task.pod.image_pull_policy not in _PULL_POLICIES:
        raise InputError(f"{where}: imagePullPolicy: received {shown(task.pod.image_pull_policy)}")
    for secret in task.pod.image_pull_secret:
        _secret(secret, task, run, cluster, f"{where}: imagePullSecret")
    _check_labels(task.pod.pod_metadata.labels, where)
    # KFP replaces no placeholder in plain variables, so that one there is a mistake of the compiler's.
    plain = {variable.name: variable.value for variable in task.container.env}
    placeholders.left_over(plain, f"{where}: env")
    hidden = _secret_variables(task, run, cluster, where)
    requests, limits = _resources(task, given, where)
    pod = Pod(
        image,
        plain | hidden,
        frozenset(hidden),
        {field.name: field.field_path for field in task.pod.field_path_as_env},
        _mounts(task, run, cluster, where),
        requests,
        limits,
        _user(task.pod.security_context),
        dict(task.pod.node_selector.labels),
        tuple(json_format.MessageToDict(toleration) for toleration in task.pod.tolerations),
        task.pod.active_deadline_seconds or None,
    )
    _check_references(task, pod, where)
    return pod


def _secret(named: Any, task: Task, run: placeholders.Run, cluster: Cluster, where: str) -> dict[str, str] | None:
    """A Secret's keys and values; None where it is missing and may be."""
    name = named.secret_name
    if named.HasField("secret_name_parameter"):
        name = placeholders.text(named.secret_name_parameter, task, run, where)
    if name in cluster.secrets:
        return cluster.secrets[name]
    if getattr(named, "optional", False):
        return None
    known = ", ".join(sorted(cluster.secrets)) or "none"
    raise InputError(f"{where}: the Secret {shown(name)} is not in the cluster; it has {known}")


def _secret_variables(task: Task, run: placeholders.Run, cluster: Cluster, where: str) -> dict[str, str]:
    found = {}
    for secret in task.pod.secret_as_env:
        keys = _secret(secret, task, run, cluster, f"{where}: secretAsEnv")
        for entry in secret.key_to_env:
            if keys is not None and entry.secret_key in keys:
                found[entry.env_var] = keys[entry.secret_key]
            # As the kubelet: a pod waits for ever for a key that must be there.
            elif not secret.optional:
                has = ", ".join(sorted(keys or ()))
                raise InputError(f"{where}: secretAsEnv: the Secret has no key {shown(entry.secret_key)}; it has {has}")
    return found


def _mounts(task: Task, run: placeholders.Run, cluster: Cluster, where: str) -> tuple[Mount, ...]:
    found = []
    for mount in task.pod.pvc_mount:
        if mount.HasField("pvc_name_parameter"):
            claim = placeholders.text(mount.pvc_name_parameter, task, run, f"{where}: pvcMount")
        else:
            claim = mount.constant or run.parameters[mount.component_input_parameter]
        if claim not in cluster.claims:
            known = ", ".join(cluster.claims) or "none"
            raise InputError(f"{where}: pvcMount: the claim {shown(claim)} is not in the cluster; it has {known}")
        found.append(Mount(mount.mount_path.rstrip("/"), claim, mount.sub_path))
    found += [Mount(mount.mount_path.rstrip("/"), "", mount.volume_name) for mount in task.pod.empty_dir_mounts]
    for mount in found:
        folders = mount.folder.split("/")
        if not mount.path.startswith("/") or ".." in folders or mount.folder.startswith("/"):
            raise InputError(f"{where}: {shown(mount.path)} from {shown(mount.folder)}: a mount needs an absolute path and a "
                             "folder inside of the volume")  # fmt: skip
    # Kubernetes refuses such a pod when it is made, which would be late to learn of it.
    if len({mount.path for mount in found}) < len(found):
        raise InputError(f"{where}: two volumes are mounted at one path: {', '.join(mount.path for mount in found)}")
    # A mount inside of another one wins for the paths below it.
    return tuple(sorted(found, key=lambda mount: -len(mount.path)))


def _user(context: Any) -> str:
    if not context.HasField("run_as_user"):
        return ""
    return f"{context.run_as_user}:{context.run_as_group if context.HasField('run_as_group') else 0}"


def _resources(task: Task, given: Mapping[str, Any], where: str) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """Requests and limits; Kubernetes takes a limit for the request where there is none, and wants it to be no less."""
    stated = task.container.resources
    requests, limits = {}, {}
    for name, unit in (("cpu", ""), ("memory", "G")):
        amounts = {}
        for side in ("request", "limit"):
            # The number in the older field counts where the newer text is empty.
            text, number = getattr(stated, f"resource_{name}_{side}"), getattr(stated, f"{name}_{side}")
            text = placeholders.of_pod(text, given, f"{where}: {name} {side}") or (f"{number}{unit}" if number else "")
            if text:
                amounts[side] = _amount(text, f"{where}: {name} {side}")
        if "limit" in amounts:
            limits[name] = amounts["limit"]
            if amounts.setdefault("request", limits[name]) > limits[name]:
                raise InputError(f"{where}: {name}: the request {amounts['request']} is above the limit {limits[name]}")
        if amounts:
            requests[name] = amounts["request"]
    return requests | _accelerators(stated.accelerator, given, where), limits


def _accelerators(stated: Any, given: Mapping[str, Any], where: str) -> dict[str, Decimal]:
    kind = placeholders.of_pod(stated.resource_type or stated.type, given, f"{where}: accelerator type")
    count = placeholders.of_pod(stated.resource_count, given, f"{where}: accelerator count") or str(stated.count or "")
    if not kind or not count:
        return {}
    amount = _amount(count, f"{where}: accelerator count")
    # Kubernetes takes extended resources in whole numbers alone.
    if amount != int(amount):
        raise InputError(f"{where}: accelerator count: received {shown(count)}; a whole number is expected")
    return {kind: amount}


def _amount(text: str, where: str) -> Decimal:
    try:
        return quantity(text)
    except ValueError:
        raise InputError(f"{where}: received {shown(text)}; an amount such as 500m, 2 or 4Gi is expected") from None


def _check_labels(labels: Mapping[str, str], where: str) -> None:
    for key, value in labels.items():
        if not _LABEL_KEY.fullmatch(key) or not _LABEL.fullmatch(value):
            raise InputError(f"{where}: podMetadata: {shown(key)}={shown(value)} is not a label that Kubernetes takes")


def _check_references(task: Task, pod: Pod, where: str) -> None:
    """Kubernetes would replace $(NAME) of a variable in arguments and variables."""
    known = {*pod.environment, *pod.fields}
    for text in [*task.container.command, *task.container.args, *pod.environment.values()]:
        if any(match["name"] in known for match in _REFERENCE.finditer(text)):
            raise InputError(f"{where}: received {shown(text)}; Kubernetes replaces $(NAME), which is not simulated")

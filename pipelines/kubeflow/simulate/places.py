"""Where the volumes and services of the cluster are on this machine, and texts that name them rewritten."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipelines.kubeflow.simulate import cluster as declared
from pipelines.kubeflow.simulate import mariadb
from pipelines.kubeflow.simulate.cluster import Cluster
from pipelines.kubeflow.simulate.pods import NAMESPACE, Identity, Pod
from schemas.errors import InputError, shown

OUTPUTS = "/tmp/kfp/outputs"  # where KFP's launcher has output parameters written
OWN_OUTPUTS = "outputs"  # the folder for it, of those that go with the pod
_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]*://([^/@\s]*@)?)?(?P<service>[A-Za-z0-9.-]+:\d+)(/|$)")  # a URL, or HOST:PORT
_OURS = f"mysql://{mariadb.USER}@{declared.METADATA_SERVICE}/{mariadb.DATABASE}"
_FIELDS = ("metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName")
GPUS = "SLIPWAY_GPUS"  # how many the pod was given (components.training.devices)


@dataclass(frozen=True)
class Places:
    """The folders and addresses that stand for those of one pod.

    Attributes:
      folders: by mount path, the longest path first.
      services: addresses by the service's HOST:PORT.
    """

    folders: Mapping[str, Path]
    services: Mapping[str, str]

    def prepare(self) -> None:
        """Makes the folders. Raises OSError where that is not possible."""
        for folder in self.folders.values():
            folder.mkdir(parents=True, exist_ok=True)

    def rewritten(self, text: str) -> str:
        """A text in which paths at or below a mount, and addresses of services, are those of this machine."""
        known = {path: str(folder) for path, folder in self.folders.items()} | dict(self.services)
        if not known:
            return text
        # The longest path is the first alternative, or a mount would hide one below it. No match inside of a longer name.
        names = "|".join(re.escape(name) for name in known)
        return re.sub(rf"(?<![\w./-])(?:{names})(?![\w.-])", lambda match: known[match[0]], text)

    def environment(self, pod: Pod, identity: Identity) -> dict[str, str]:
        """The variables of a pod's container, with the addresses of this machine."""
        fields = dict(zip(_FIELDS, (identity.name, NAMESPACE, identity.uid, identity.node), strict=True))
        plain = {variable: self.rewritten(value) for variable, value in pod.environment.items()}
        for variable, value in pod.environment.items():
            if variable in pod.secrets:  # a password may look like an address
                plain[variable] = value
            elif variable == GPUS:
                del plain[variable]  # with it the Trainer would insist on them
            elif self.services.get(_service(value)) == declared.SQLITE:
                plain[variable] = ""
        return plain | {variable: fields[field] for variable, field in pod.fields.items()}


def of(pod: Pod, services: Mapping[str, str], shared: Path, own: Path) -> Places:
    """The places of a pod: claims are folders of ``shared``, what goes with the pod is in ``own``."""
    folders = {OUTPUTS: own / OWN_OUTPUTS}
    for mount in pod.mounts:
        at = shared / mount.claim / mount.folder if mount.claim else own / "volumes" / mount.folder
        folders[mount.path] = at
    return Places(dict(sorted(folders.items(), key=lambda entry: -len(entry[0]))), services)


def check(task: str, pod: Pod, cluster: Cluster) -> None:
    """Raises InputError for a service, or a field of the pod, that is not there."""
    for variable, value in pod.environment.items():
        service = _service(value)
        if variable in pod.secrets or not service:
            continue
        if service not in cluster.services:
            known = ", ".join(sorted(cluster.services)) or "none"
            raise InputError(f"task {task}: {variable}: the service {service} is not in the cluster; it has {known}")
        if service == declared.METADATA_SERVICE and cluster.mariadb and value != _OURS:
            raise InputError(f"task {task}: {variable}: received {shown(value)}; the cluster's own MariaDB is {_OURS}")
    for variable, field in pod.fields.items():
        if field not in _FIELDS:
            raise InputError(f"task {task}: {variable}: the field {field} is not simulated; {', '.join(_FIELDS)} are")


def _service(value: str) -> str:
    """The HOST:PORT of an address, or ""."""
    match = _ADDRESS.match(value)
    return match["service"] if match else ""

"""The declared small cluster: the fields of a CLUSTER.yaml, and the default where there is none."""

import fnmatch
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import yaml
from kubernetes.utils import parse_quantity
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from pipelines.kubeflow.simulate import mariadb
from pipelines.kubeflow.taints import Taint
from schemas.errors import InputError, shown

METADATA_SERVICE, METADATA_SECRET, PASSWORD_KEY = "slipway-metadata:3306", "slipway-metadata", "password"
SQLITE = "sqlite"
_GPU = "nvidia.com/gpu"


def quantity(text: Any) -> Decimal:
    """An amount as Kubernetes writes it, such as 500m, 2 or 4Gi. Raises ValueError for another text."""
    # Decimal, as 100m ten times must fit into one core, and floats would not add up.
    value = Decimal(parse_quantity(str(text)))
    if not value.is_finite() or value < 0:
        raise ValueError(f"{text!r} is not an amount")
    return value


Quantity = Annotated[Decimal, BeforeValidator(quantity)]


class _Declared(BaseModel):
    # A misspelt field must not pass: the run would then not be tried against what the user meant.
    model_config = ConfigDict(extra="forbid", frozen=True)


class Node(_Declared):
    """A machine of the cluster.

    Attributes:
      labels, taints: as on a Kubernetes node.
      allocatable: amounts by resource: cpu, memory, and those of device plugins, such as nvidia.com/gpu.
    """

    name: str
    labels: dict[str, str] = {}
    taints: tuple[Taint, ...] = ()
    allocatable: dict[str, Quantity]


class Cluster(_Declared):
    """What a cluster has; tasks that request anything else are refused.

    Attributes:
      images: names that can be pulled, with * and ? for any characters.
      claims: PersistentVolumeClaims.
      secrets: their keys and values by name.
      services: the HOST:PORT in the cluster and where that is on this machine, HOST:PORT too, or ``sqlite``: there is no
        such server here, and the variable that holds its URL is left empty.
      mariadb: start a server of our own in the folder, as the service slipway-metadata:3306 with its Secret.
      nodes: tasks are placed on the first one that has room.
    """

    images: tuple[str, ...] = ("*",)
    claims: tuple[str, ...] = ()
    secrets: dict[str, dict[str, str]] = {}
    services: dict[str, str] = {}
    mariadb: bool = False
    nodes: Annotated[tuple[Node, ...], Field(min_length=1)]

    def has_image(self, image: str) -> bool:
        """Whether a declared name or pattern fits the image; letters count as they are written."""
        return any(fnmatch.fnmatchcase(image, pattern) for pattern in self.images)

    def with_metadata(self, address: str, password: str) -> "Cluster":
        """The same cluster with a metadata store at an address (or ``sqlite``), whose Secret is as the manifests make it."""
        secret = {METADATA_SECRET: {PASSWORD_KEY: password}}
        services = self.services | {METADATA_SERVICE: address}
        return self.model_copy(update={"services": services, "secrets": self.secrets | secret})


def default() -> Cluster:
    """The cluster where none is declared: a claim ``slipway``, two nodes, and MariaDB where it is installed."""
    shared = {"cpu": "4", "memory": "16Gi"}
    # A GPU node with the taint that the device plugin's documentation advises: a pod without the toleration must not
    # fit.
    gpu = {
        "name": "gpu-1",
        "labels": {"nvidia.com/gpu.present": "true"},
        "taints": [{"key": _GPU, "effect": "NoSchedule"}],
        "allocatable": shared | {_GPU: "4"},
    }
    nodes: list[Mapping[str, Any]] = [{"name": "cpu-1", "allocatable": shared}, gpu]
    # SQLite otherwise, so that the first simulation needs nothing installed; its writers then share one file.
    server = mariadb.missing() is None
    declared = Cluster.model_validate({"claims": ["slipway"], "nodes": nodes, "mariadb": server})
    return declared if server else declared.with_metadata(SQLITE, "")


def read(file: Path) -> Cluster:
    """The cluster that a file declares. Raises InputError for what is not allowed there: the field, and the value."""
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise InputError(f"--cluster {file}: {reason}; name a file that declares a cluster") from error
    except yaml.YAMLError as error:
        raise InputError(f"--cluster {file}: not YAML: {' '.join(str(error).split())}") from error
    try:
        return Cluster.model_validate(document)
    except ValidationError as error:
        # One line: the first mistake is mended before the next is of interest.
        first = error.errors()[0]
        at = ".".join(map(str, first["loc"])) or "the document"
        raise InputError(f"--cluster {file}: {at}: received {shown(first['input'])}; {first['msg']}") from error

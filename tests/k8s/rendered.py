"""What `kubectl kustomize` makes of k8s/, and the pods that it describes."""

import functools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
K8S = ROOT / "k8s"
OVERLAYS = ("local", "cpu", "gpu", "kserve", "studio")
# With components that no overlay has: added to one, as its reader would.
COMBINED = {"cpu+gcs": ("cpu", "gcs")}
ALL = (*OVERLAYS, *COMBINED)
Object = dict[str, Any]


@functools.cache
def text(name: str) -> str:
    """An overlay of ``ALL`` as YAML."""
    if name in OVERLAYS:
        return kustomize(K8S / "overlays" / name)
    overlay, component = COMBINED[name]
    with tempfile.TemporaryDirectory() as folder:
        root = os.path.relpath(K8S, Path(folder).resolve())
        document = yaml.safe_load((K8S / "overlays" / overlay / "kustomization.yaml").read_text())
        document["components"].append(f"../../components/{component}")
        written = yaml.safe_dump(document).replace("../..", root)
        (Path(folder) / "kustomization.yaml").write_text(written)
        return kustomize(Path(folder))


def kustomize(folder: Path) -> str:
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl not found; install Debian's package kubernetes-client")
    done = subprocess.run(["kubectl", "kustomize", str(folder)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr  # warnings of what is deprecated
    return done.stdout


@functools.cache
def objects(name: str) -> tuple[Object, ...]:
    return tuple(yaml.safe_load_all(text(name)))


def of_kind(name: str, *kinds: str) -> list[Object]:
    return [found for found in objects(name) if found["kind"] in kinds]


def one(name: str, kind: str, called: str) -> Object:
    (found,) = [found for found in of_kind(name, kind) if found["metadata"]["name"] == called]
    return found


@dataclass(frozen=True)
class Pod:
    """A pod that some object of an overlay has made.

    Attributes:
      owner: ``Kind/name`` of that object.
      is_server: whether it runs for good.
    """

    owner: str
    namespace: str
    labels: dict[str, str]
    annotations: dict[str, str]
    spec: Object
    is_server: bool

    @property
    def containers(self) -> list[Object]:
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]

    @property
    def servers(self) -> list[Object]:
        """The containers that run for as long as the pod."""
        return self.spec["containers"] if self.is_server else []

    @property
    def ports(self) -> dict[str, int]:
        """Numbers of the named ports."""
        return {port["name"]: port["containerPort"] for one in self.containers for port in one.get("ports", [])}


def pods(name: str) -> list[Pod]:
    return [pod for found in objects(name) for pod in _pods(found)]


def _pods(found: Object) -> Iterator[Pod]:
    kind, metadata = found["kind"], found["metadata"]
    owner = f"{kind}/{metadata['name']}"
    if kind == "InferenceService":  # KServe gives its pods the labels of the InferenceService
        yield Pod(owner, metadata["namespace"], metadata["labels"], {}, _predictor(found), True)
    if kind in ("Deployment", "StatefulSet", "Job", "CronJob"):
        spec = found["spec"]["jobTemplate"]["spec"] if kind == "CronJob" else found["spec"]
        made = spec["template"]
        labels, annotations = made["metadata"]["labels"], made["metadata"].get("annotations", {})
        yield Pod(
            owner, metadata["namespace"], labels, annotations, made["spec"], kind in ("Deployment", "StatefulSet")
        )


def _predictor(found: Object) -> Object:
    """The fields of a predictor that are those of a pod."""
    own = ("minReplicas", "maxReplicas", "scaleMetric", "scaleTarget")
    return {key: value for key, value in found["spec"]["predictor"].items() if key not in own}

"""Slipway in the cluster of the tests: the commands of docs/kubernetes.md, and pods that ask it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from tests.k8s import page
from tests.k8s.rendered import K8S, ROOT
from tests.pods.cluster import Cluster

NAMESPACE, OUTSIDE = "kubeflow", "ingress-nginx"  # where Slipway is, and where the callers of its gateway are
HOST = "models.example.com"
_VOLUMES = {
    "slipway": (f"{NAMESPACE}/slipway", 1000, ["ReadWriteMany"], "filestore-rwx"),
    "slipway-backup": (f"{NAMESPACE}/slipway-backup", 999, ["ReadWriteOnce"], ""),
    "database": (f"{NAMESPACE}/database-slipway-metadata-0", 999, ["ReadWriteOnce"], ""),
}
_RESTRICTED = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
POD = {"runAsNonRoot": True, "runAsUser": 1000, "runAsGroup": 1000, "seccompProfile": {"type": "RuntimeDefault"}}


class Slipway:
    """What is installed.

    Attributes:
      key: of the gateway's administrator.
      volumes: the folder of this machine behind each volume.
    """

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self.cluster = cluster
        self.api = cluster.api
        self.folder = folder
        self.key = ""
        self.volumes: dict[str, Path] = {}

    def install(self) -> None:
        """Namespaces, volumes, Secrets and the overlay, in the page's order; returns when all is applied."""
        for namespace in (NAMESPACE, OUTSIDE):
            labels = {"pod-security.kubernetes.io/enforce": "restricted"}
            self.api.create(
                {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels}}
            )
        self.api.kubectl("-n", NAMESPACE, "create", "serviceaccount", "pipeline-runner")  # KFP's manifests make it
        for name, (claim, owner, modes, storage) in _VOLUMES.items():
            self.volumes[name] = self.cluster.volume(name, claim, owner, modes, storage)
        self.key = self._secrets()
        self.apply()

    def _secrets(self) -> str:
        environment = os.environ | {
            "KUBECONFIG": str(self.api.kubeconfig),
            "SLIPWAY": f"{sys.executable} {ROOT / 'slipway.py'}",
        }
        command = [str(K8S / "secrets.sh"), NAMESPACE, HOST]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=True)
        found = re.search(r"admin, shown this once: (slk_\S+)", done.stdout)
        assert found, done.stdout
        return found[1]

    def overlay(self, **tags: str) -> Path:
        """The page's k8s/overlays/mine with other tags of images, in a folder of the test's."""
        (block,) = [found for found in page.fences("yaml") if "kind: Kustomization" in found]
        document = yaml.safe_load(block.replace("../..", os.path.relpath(K8S, self.folder.resolve())))
        for image in document["images"]:
            image["newTag"] = tags.get(image["name"].removeprefix("slipway-"), image["newTag"])
        (self.folder / "kustomization.yaml").write_text(yaml.safe_dump(document))
        return self.folder

    def apply(self, **tags: str) -> None:
        """``kubectl apply -k`` of the overlay."""
        self.api.kubectl("apply", "-k", str(self.overlay(**tags)))

    def get(self, *what: str) -> Any:
        """Objects of its namespace."""
        return self.api.get("-n", NAMESPACE, *what)

    def pods(self, name: str) -> list[dict[str, Any]]:
        """Those with the label of a part that are not on their way out."""
        found = self.get("pods", "-l", f"app.kubernetes.io/name={name}")["items"]
        return [pod for pod in found if not pod["metadata"].get("deletionTimestamp")]

    def is_rolled_out(self, kind: str, name: str) -> bool:
        """Whether every replica is of the newest template and ready."""
        found = self.get(kind, name)
        status, wanted = found["status"], found["spec"]["replicas"]
        current = status.get("observedGeneration") == found["metadata"]["generation"]
        return bool(
            current and status.get("updatedReplicas") == status.get("readyReplicas") == wanted == status["replicas"]
        )

    def job_ends(self, name: str) -> str:
        """Waits for a Job; "Complete" or "Failed"."""

        def ended() -> str:
            conditions = self.get("job", name)["status"].get("conditions", [])
            return next(
                (c["type"] for c in conditions if c["status"] == "True" and c["type"] in ("Complete", "Failed")), ""
            )

        return str(self.api.until(f"the end of job {name}", ended, 600))

    def run(self, name: str, program: str, *, namespace: str = OUTSIDE, labels: dict[str, str] | None = None,
            image: str = "slipway-gateway:0.1.0", **more: Any) -> None:  # fmt: skip
        """Starts a pod with a Python program."""
        container = {
            "name": "main",
            "image": image,
            "command": ["python", "-c", program],
            "env": [{"name": "KEY", "value": self.key}],
            "securityContext": _RESTRICTED,
        } | more
        spec = {"restartPolicy": "Never", "securityContext": POD, "terminationGracePeriodSeconds": 2}
        spec |= {"automountServiceAccountToken": False, "containers": [container]}
        metadata = {"name": name, "namespace": namespace, "labels": labels or {}}
        self.api.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})

    def said(self, name: str, namespace: str = OUTSIDE) -> str:
        """What a pod has printed, when it has ended; it is removed."""

        def ended() -> bool:
            return self.api.get("-n", namespace, "pod", name)["status"]["phase"] in ("Succeeded", "Failed")

        self.api.until(f"the end of pod {name}", ended)
        text = self.api.kubectl("-n", namespace, "logs", name).stdout
        self.api.kubectl("-n", namespace, "delete", "pod", name, "--now")
        return text

    def answer(self, name: str, program: str, **options: Any) -> Any:
        """The last line that a program prints, as JSON."""
        self.run(name, program, **options)
        text = self.said(name, options.get("namespace", OUTSIDE))
        try:
            return json.loads(text.strip().splitlines()[-1])
        except (ValueError, IndexError) as error:
            raise AssertionError(f"pod {name} said: {text}") from error

    def trained(self, dataset: str) -> str:
        """Runs a whole pipeline in one pod, as k8s/components/recurring does; the version that it pushed."""
        (job,) = [
            one["spec"]["jobTemplate"]
            for one in yaml.safe_load_all((K8S / "components" / "recurring" / "train.yaml").read_text())
        ]
        template, pod = job["spec"]["template"]["metadata"], job["spec"]["template"]["spec"]
        template["labels"]["app.kubernetes.io/part-of"] = (
            "slipway"  # as every overlay does; by it names may be looked up
        )
        (container,) = pod["containers"]
        container |= {"image": "registry.example.com/slipway-trainer:0.1.0", "args": ["run", dataset, "--json"]}
        container["resources"]["requests"] = {"cpu": "100m", "memory": "1Gi"}  # the nodes have two cores each
        metadata = {"name": f"train-{dataset}", "namespace": NAMESPACE}
        self.api.create({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, **job})
        said = self.job_ends(f"train-{dataset}")
        log = self.api.kubectl("-n", NAMESPACE, "logs", f"job/train-{dataset}", check=False).stdout
        assert said == "Complete", log
        versions = [path.name for path in (self.volumes["slipway"] / "home" / "models" / dataset).iterdir()]
        return max(name for name in versions if name.isdigit())

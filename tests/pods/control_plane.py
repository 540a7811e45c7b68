"""The Kubernetes API with its controllers and its scheduler, for nodes that this machine plays."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.cluster import go_programs
from tests.cluster.kubernetes_api import KubernetesAPI
from tests.pods import network

_CONTROLLERS, _SCHEDULER, _PROXY = "system:kube-controller-manager", "system:kube-scheduler", "system:kube-proxy"
SECONDS = 300  # a bound for a slow machine


class ControlPlane(KubernetesAPI):
    """etcd, kube-apiserver, kube-controller-manager and kube-scheduler, with a kubeconfig for each part and each node."""

    def __init__(self, folder: Path, nodes: Sequence[str]) -> None:
        users = dict.fromkeys((_CONTROLLERS, _SCHEDULER, _PROXY), "") | {
            f"system:node:{n}": "system:nodes" for n in nodes
        }
        super().__init__(folder, network.API, users)

    def _start(self) -> None:
        super()._start()
        program = str(go_programs.FOLDER / "kubernetes")
        self._run(
            program,
            "kube-controller-manager",
            f"--kubeconfig={self.kubeconfig_of(_CONTROLLERS)}",
            "--bind-address=127.0.0.1",
            "--use-service-account-credentials=true",
            f"--service-account-private-key-file={self.folder / 'accounts.key'}",
            f"--root-ca-file={self.folder / 'certificates' / 'apiserver.crt'}",
            "--node-monitor-grace-period=20s",
            "--leader-elect=false",
        )
        scheduler = f"--kubeconfig={self.kubeconfig_of(_SCHEDULER)}"
        self._run(program, "kube-scheduler", scheduler, "--bind-address=127.0.0.1", "--leader-elect=false")

    def kubeconfigs_of(self, node: str) -> tuple[Path, Path]:
        """Those of a node's kubelet and kube-proxy."""
        return self.kubeconfig_of(f"system:node:{node}"), self.kubeconfig_of(_PROXY)

    def until(self, what: str, holds: Callable[[], Any], seconds: float = SECONDS) -> Any:
        """What ``holds`` answers as soon as that is true. Raises AssertionError with the state of the pods if it never is."""
        end = time.monotonic() + seconds
        while not (found := holds()):
            assert time.monotonic() < end, f"never {what}:\n{self.state()}"
            time.sleep(0.5)
        return found

    def state(self) -> str:
        """Pods and the newest events, for a message."""
        pods = self.kubectl("get", "pods", "-A", "-o", "wide", check=False).stdout
        events = self.kubectl("get", "events", "-A", "--sort-by=.lastTimestamp", check=False).stdout
        return f"{pods}\n" + "\n".join(events.splitlines()[-25:])

    def create(self, *documents: dict[str, Any]) -> None:
        """Applies objects, which may be there already."""
        self.kubectl("apply", "--server-side", "-f", "-", input=yaml.safe_dump_all(documents))

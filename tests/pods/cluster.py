"""A real Kubernetes with two nodes on this machine, from the start of its networks to the end of its last process."""

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.cluster import go_programs
from tests.containers import images as containers
from tests.pods import images, network
from tests.pods.control_plane import ControlPlane
from tests.pods.node import Holder, Node, remove_cgroups

_PROGRAMS = ("kubernetes", "coredns", "policies", "pause", *go_programs.PLUGINS)
_COMMANDS = {
    "containerd": "containerd",
    "ctr": "containerd",
    "runc": "runc",
    "iptables": "iptables",
    "ipset": "ipset",
    "ip": "iproute2",
    "sysctl": "procps",
    "nsenter": "util-linux",
    "etcd": "etcd-server",
    "kubectl": "kubernetes-client",
    "openssl": "openssl",
}
_BRIDGE = Path("/proc/sys/net/bridge")


def missing() -> str | None:
    """Why no pod can run here, or None."""
    if os.geteuid():
        return "a node is made by root alone"
    if absent := sorted({package for command, package in _COMMANDS.items() if not shutil.which(command)}):
        return f"install Debian's packages {' '.join(absent)}"
    if not Path("/sys/fs/cgroup/cpuset").is_dir():
        return "the tests know cgroups of version 1 alone, and /sys/fs/cgroup/cpuset is not there"
    if not _BRIDGE.is_dir():
        return "the kernel has no br_netfilter"
    return go_programs.missing(*_PROGRAMS) or containers.missing()


class Cluster:
    """As a context manager: the cluster runs in between, with names looked up and policies kept.

    Attributes:
      api: its Kubernetes API.
      nodes: by name.
      folder: with a folder for each volume.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pods-", dir=images.cache()))
        self.nodes: dict[str, Node] = {}
        self.api = ControlPlane(self.folder / "api", [place.name for place in network.PLACES])
        self._bridge: Holder | None = None

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.end()

    def _start(self) -> None:
        go_programs.build(*_PROGRAMS)
        network.disconnect()  # of a run that was killed
        self._bridge = Holder("net")
        for place in network.PLACES:
            folder = self.folder / place.name[-1]
            folder.mkdir()
            self.nodes[place.name] = Node(place, folder)
            self.nodes[place.name].prepare()
        network.connect(self._bridge.process, {n.place: n.holder.process for n in self.nodes.values()})
        self.api.start()
        for node in self.nodes.values():
            images.give_to(node.folder / "images")
            node.start_containerd()
            node.join(*self.api.kubeconfigs_of(node.place.name))
        self.api.until("two nodes", lambda: self.ready() == sorted(self.nodes))
        for node in self.nodes.values():
            node.keep_policies(self.api.kubeconfig)
        self.api.kubectl("apply", "-f", str(Path(__file__).parent / "manifests" / "coredns.yaml"))
        self.api.kubectl("-n", "kube-system", "rollout", "status", "deployment/coredns", "--timeout=110s")

    def ready(self) -> list[str]:
        """The names of the nodes that are."""
        return sorted(node["metadata"]["name"] for node in self.api.get("nodes")["items"] if _is_ready(node))

    def volume(self, name: str, claim: str, owner: int, modes: Sequence[str], storage: str) -> Path:
        """A folder of this machine as the volume of a claim NAMESPACE/NAME, owned as `fsGroup` would have it."""
        folder = self.folder / "volumes" / name
        folder.mkdir(parents=True)
        os.chown(folder, 0, owner)
        folder.chmod(0o2770)
        namespace, _, claimed = claim.partition("/")
        spec = {
            "capacity": {"storage": "1Ti"},
            "accessModes": list(modes),
            "storageClassName": storage,
            "persistentVolumeReclaimPolicy": "Retain",
            "claimRef": {"namespace": namespace, "name": claimed},
            "hostPath": {"path": str(folder), "type": "Directory"},
        }
        self.api.create({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": spec})
        return folder

    def end(self) -> None:
        """Ends every process and removes every device, cgroup and file; what one step raises does not keep the others."""
        try:
            self.api.stop()
        finally:
            try:
                for node in self.nodes.values():
                    node.end()
            finally:
                if self._bridge is not None:
                    self._bridge.end()
                network.disconnect()
                remove_cgroups()
                network.run("rm", "-rf", str(self.folder))  # a hundred thousand links: minutes faster than shutil's


def _is_ready(node: dict[str, Any]) -> bool:
    conditions = node["status"].get("conditions", [])
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)

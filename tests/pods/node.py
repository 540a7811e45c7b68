"""A node: containerd, kubelet, kube-proxy and the keeper of NetworkPolicies, in namespaces that end with one process."""

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from tests.cluster import go_programs
from tests.pods import network
from tests.pods.images import PAUSE
from tests.pods.network import Place

_SECONDS = 120
# Folders that programs know by name, and that each node has for itself.
_OWN = ("/var/log", "/var/lib/kubelet", "/run/containerd", "/var/lib/cni", "/run/netns")
# The hierarchies of cgroups, version 1, that a kubelet wants the folder of its pods in.
_CGROUPS = Path("/sys/fs/cgroup")
_CGROUP = "slipway-pods"  # the folder in each


class Holder:
    """A process that does nothing but hold namespaces. With it end all that ran in them, their mounts and devices."""

    def __init__(self, *kinds: str) -> None:
        options = [f"--{kind}" for kind in kinds]
        ends_with_us = ("setpriv", "--pdeathsig", "KILL", "--")
        self._outer = subprocess.Popen(
            [*ends_with_us, "unshare", *options, "--fork", "--kill-child", "sleep", "infinity"]
        )
        self.process = self._child()

    def _child(self) -> int:
        children = Path(f"/proc/{self._outer.pid}/task/{self._outer.pid}/children")
        end = time.monotonic() + _SECONDS
        while not (found := children.read_text().split()) or _program(int(found[0])) != "sleep":
            if self._outer.poll() is not None or time.monotonic() > end:
                raise RuntimeError("no namespaces can be made here (unshare)")
            time.sleep(0.02)
        return int(found[0])

    def end(self) -> None:
        self._outer.kill()
        self._outer.wait()


def _program(process: int) -> str:
    return Path(f"/proc/{process}/comm").read_text().strip()


class Node:
    """One node of the cluster; its files are in ``folder``, which may be a few letters long only, because of its sockets."""

    def __init__(self, place: Place, folder: Path) -> None:
        self.place = place
        self.folder = folder
        self.holder = Holder("mount", "net", "pid", "uts", "mount-proc")
        self._started: list[subprocess.Popen[bytes]] = []
        self.socket = folder / "containerd.sock"
        self.cgroup = f"{_CGROUP}/{place.name}"

    def run(self, *command: str) -> str:
        """Runs a command inside to its end."""
        return network.run(*network.inside(self.holder.process, *command))

    def ctr(self, *arguments: str) -> str:
        """containerd's client, in the namespace of the kubelet's images."""
        return self.run("ctr", f"--address={self.socket}", "--namespace=k8s.io", *arguments)

    def _start(self, *command: str) -> None:
        log = self.folder / f"{Path(command[1] if command[0].endswith('kubernetes') else command[0]).name}.log"
        with log.open("ab") as out:
            inside = network.inside(self.holder.process, *command)
            self._started.append(subprocess.Popen(inside, stdout=out, stderr=out, cwd=self.folder))

    def prepare(self) -> None:
        """Gives the node the folders that it does not share with this machine."""
        for path in _OWN:
            own = self.folder / "own" / path.strip("/").replace("/", "-")
            own.mkdir(parents=True, exist_ok=True)
            self.run("mkdir", "-p", path)
            self.run("mount", "--bind", str(own), path)
        self.run("hostname", self.place.name)
        for hierarchy in _hierarchies():
            (hierarchy / self.cgroup).mkdir(parents=True, exist_ok=True)
        _take_processors(self.cgroup)
        # Else all pods together would get as much of a busy machine as one of its other processes.
        (_CGROUPS / "cpu" / self.cgroup).parent.joinpath("cpu.shares").write_text("10240")

    def start_containerd(self) -> None:
        """Returns when it answers."""
        (self.folder / "cni").mkdir(exist_ok=True)
        (self.folder / "cni" / "pods.conflist").write_text(json.dumps(self._plugins()))
        file = self.folder / "containerd.toml"
        file.write_text(self._containerd())
        self._start("containerd", f"--config={file}")
        self._until("containerd", lambda: self.ctr("version"))

    def _until(self, what: str, asks: Callable[[], object]) -> None:
        end = time.monotonic() + _SECONDS
        while True:
            try:
                asks()
            except RuntimeError as error:
                if time.monotonic() > end:
                    raise RuntimeError(
                        f"{what} of {self.place.name} does not come up: {error}\n{self.log()}"
                    ) from error
                time.sleep(0.3)
            else:
                return

    def log(self) -> str:
        """The end of what every program of the node said."""
        return "\n".join(f"== {file.name}\n{file.read_text()[-3000:]}" for file in sorted(self.folder.glob("*.log")))

    def _plugins(self) -> dict[str, object]:
        ipam: dict[str, object] = {
            "type": "host-local",
            "dataDir": str(self.folder / "addresses"),
            "routes": [{"dst": "0.0.0.0/0"}],
        }
        ipam["ranges"] = [[{"subnet": self.place.pods}]]
        bridge = {"type": "bridge", "bridge": "pods", "isGateway": True, "hairpinMode": True, "ipam": ipam}
        portmap = {"type": "portmap", "capabilities": {"portMappings": True}}
        return {"cniVersion": "1.0.0", "name": "pods", "plugins": [bridge, portmap]}

    def _containerd(self) -> str:
        return f"""version = 2
root = "{self.folder}/images"
state = "{self.folder}/state"
[grpc]
  address = "{self.socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{PAUSE}"
  netns_mounts_under_state_dir = true
  restrict_oom_score_adj = true # where CAP_SYS_RESOURCE is missing, nobody may be spared by the kernel's choice of victims
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{go_programs.FOLDER}"
    conf_dir = "{self.folder}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
"""

    def join(self, kubelet: Path, proxy: Path) -> None:
        """Starts what makes a node of it; the arguments are the kubeconfigs."""
        program = str(go_programs.FOLDER / "kubernetes")
        (self.folder / "resolv.conf").write_text("")
        file = self.folder / "kubelet.yaml"
        file.write_text(yaml.safe_dump(self._kubelet()))
        name = f"--hostname-override={self.place.name}"
        options = (f"--config={file}", f"--kubeconfig={kubelet}", f"--root-dir={self.folder / 'kubelet'}")
        certificates = f"--cert-dir={self.folder / 'kubelet-certificates'}"
        self._start(program, "kubelet", *options, name, f"--node-ip={self.place.address}", certificates)
        of_proxy = self.folder / "proxy.yaml"
        of_proxy.write_text(yaml.safe_dump(self._proxy(proxy)))
        self._start(program, "kube-proxy", f"--config={of_proxy}")

    def keep_policies(self, kubeconfig: Path) -> None:
        """Starts kube-router's part that turns NetworkPolicies into rules; the Node object must be there."""
        program = str(go_programs.FOLDER / "policies")
        options = ("--enable-ipv6=false", "--service-cluster-ip-range=10.96.0.0/16")
        self._start(program, f"--kubeconfig={kubeconfig}", f"--hostname-override={self.place.name}", *options)

    def _kubelet(self) -> dict[str, object]:
        little = dict.fromkeys(("nodefs.available", "nodefs.inodesFree", "imagefs.available"), "1%")
        return {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "address": self.place.address,
            "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
            "authorization": {"mode": "AlwaysAllow"},
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": f"/{self.cgroup}",
            "failCgroupV1": False,
            "failSwapOn": False,
            "clusterDNS": [network.DNS],
            "clusterDomain": "cluster.local",
            "containerRuntimeEndpoint": f"unix://{self.socket}",
            "evictionHard": little | {"memory.available": "100Mi"},
            "imageGCHighThresholdPercent": 100,
            "imageGCLowThresholdPercent": 99,
            "resolvConf": str(self.folder / "resolv.conf"),
            "volumePluginDir": str(self.folder / "volume-plugins"),
            "nodeStatusUpdateFrequency": "5s",
        }

    def _proxy(self, kubeconfig: Path) -> dict[str, object]:
        return {
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
            "kind": "KubeProxyConfiguration",
            "mode": "iptables",
            "hostnameOverride": self.place.name,
            "clusterCIDR": network.PODS,
            "clientConnection": {"kubeconfig": str(kubeconfig)},
            "conntrack": {"maxPerCore": 0, "min": 0},
        }

    def end(self) -> None:
        """Kills all that runs on the node; its files and cgroups stay."""
        self.holder.end()
        for started in self._started:
            started.wait(timeout=60)


def remove_cgroups() -> None:
    """Those of all nodes, which have ended."""
    for hierarchy in (*_hierarchies(), _CGROUPS / "unified"):  # runc's doing is the last one
        _remove_cgroups(hierarchy / _CGROUP)


def _hierarchies() -> list[Path]:
    found = {"cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "systemd"}
    return [folder for folder in _CGROUPS.iterdir() if folder.name in found or "," in folder.name]


def _take_processors(cgroup: str) -> None:
    """A new cpuset is empty, and no process may enter it so."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        folder = _CGROUPS / "cpuset"
        every = (folder / name).read_text()
        for part in Path(cgroup).parts:
            folder /= part
            (folder / name).write_text(every)


def _remove_cgroups(folder: Path) -> None:
    if not folder.is_dir():
        return
    for child in sorted(folder.rglob("*"), key=lambda path: len(path.parts), reverse=True):
        if child.is_dir():
            _remove_cgroup(child)
    _remove_cgroup(folder)


def _remove_cgroup(folder: Path) -> None:
    """Its processes are dead, but may not be gone yet."""
    end = time.monotonic() + _SECONDS
    while True:
        try:
            folder.rmdir()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return

"""The test's own networks: a bridge that this machine and the nodes are plugged into, and all addresses.

Every node and the bridge live in namespaces of processes: none of their devices, routes and rules is left when these end.
"""

import subprocess
from dataclasses import dataclass

API = "198.18.0.1"  # this machine, in a range that is for tests of networks (RFC 2544)
DNS = "10.96.0.10"  # the Service of CoreDNS
PODS = "10.244.0.0/16"
_DEVICE = "slipway-pods"


@dataclass(frozen=True)
class Place:
    """Where a node is: its name, its address, the range of its pods."""

    name: str
    address: str
    pods: str


PLACES = tuple(Place(f"node-{i}", f"198.18.0.{10 + i}", f"10.244.{i}.0/24") for i in (1, 2))


def run(*command: str) -> str:
    """Runs a command of this machine; raises RuntimeError with its words if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def inside(process: int, *command: str) -> list[str]:
    """The command in the namespaces of a process."""
    return ["nsenter", f"--target={process}", "--mount", "--net", "--pid", "--uts", "--", *command]


def connect(bridge: int, nodes: dict[Place, int]) -> None:
    """Plugs this machine and the nodes into the bridge; the numbers are processes in their namespaces."""
    in_bridge = ("nsenter", f"--target={bridge}", "--net", "--")
    run(*in_bridge, "ip", "link", "add", "lan", "type", "bridge")
    run(*in_bridge, "ip", "link", "set", "lan", "up")
    run("ip", "link", "add", _DEVICE, "type", "veth", "peer", "name", "host", "netns", str(bridge))
    run(*in_bridge, "ip", "link", "set", "host", "master", "lan", "up")
    run("ip", "address", "add", f"{API}/24", "dev", _DEVICE)
    run("ip", "link", "set", _DEVICE, "up")
    for place, process in nodes.items():
        end = ("peer", "name", "eth0", "netns", str(process))
        run(*in_bridge, "ip", "link", "add", place.name, "type", "veth", *end)
        run(*in_bridge, "ip", "link", "set", place.name, "master", "lan", "up")
        run("ip", "route", "add", place.pods, "via", place.address, "dev", _DEVICE)
        _configure(place, process, [other for other in nodes if other != place])


def _configure(place: Place, process: int, others: list[Place]) -> None:
    for command in (
        ("ip", "link", "set", "lo", "up"),
        ("ip", "address", "add", f"{place.address}/24", "dev", "eth0"),
        ("ip", "link", "set", "eth0", "up"),
        ("ip", "route", "add", "default", "via", API),
        *(("ip", "route", "add", other.pods, "via", other.address) for other in others),
        ("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.bridge.bridge-nf-call-iptables=1"),
    ):
        run(*inside(process, *command))


def disconnect() -> None:
    """Takes this machine's end away, if it is still there."""
    subprocess.run(["ip", "link", "delete", _DEVICE], capture_output=True, check=False)

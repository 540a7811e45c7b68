"""Whether a pod finds a node: as the scheduler filters them, with the reason why none is left."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from kubernetes.utils.quantity import parse_quantity

from pipelines.kubeflow import taints
from pipelines.kubeflow.doctor import Finding
from pipelines.kubeflow.doctor.requirements import Pod
from pipelines.kubeflow.taints import Taint


@dataclass(frozen=True)
class Node:
    """A node of the cluster.

    Attributes:
      name: its name.
      ready: whether its kubelet says so.
      labels: its labels.
      taints: those that keep pods away.
      allocatable: what it offers to pods in all, by resource.
    """

    name: str
    ready: bool
    labels: Mapping[str, str]
    taints: tuple[Taint, ...]
    allocatable: Mapping[str, str]


def finding(pod: Pod, nodes: list[Node]) -> Finding:
    """Whether some node could ever take the pod; whether it has room just now is the scheduler's to see."""
    what = f"node for {pod.task}"
    # A node that is not ready takes no pod, whatever it offers.
    left = [node for node in nodes if node.ready]
    if not left:
        return Finding(what, "missing", "no node is ready", "kubectl get nodes")
    # In this order: the reason that is given is the first one, and labels mean nothing to a node without
    # accelerators.
    for passing in (_offering, _labelled, _tolerated, _with_cores, _with_memory):
        kept, said, mend = passing(pod, left)
        if not kept:
            return Finding(what, "missing", said, mend)
        left = kept
    return Finding(what, "ok", f"{_listed(left)} can take it ({_asked(pod)})")


# Each takes the nodes that are left, and gives those that pass, what it means if none does, and what mends that.
_Passing = tuple[list[Node], str, str]


def _offering(pod: Pod, nodes: list[Node]) -> _Passing:
    if not pod.count:
        return nodes, "", ""
    most = max(int(_amount(node, pod.accelerator)) for node in nodes)
    said = f"no node offers {pod.count} {pod.accelerator}; the most is {most}"
    mend = "add nodes with accelerators, and their device plugin (for NVIDIA: the GPU operator)"
    return [node for node in nodes if _amount(node, pod.accelerator) >= pod.count], said, mend


def _labelled(pod: Pod, nodes: list[Node]) -> _Passing:
    labels = " ".join(f"{key}={value}" for key, value in pod.selector.items())
    mend = (
        f"kubectl label node {' '.join(node.name for node in nodes)} {labels}, or compile with --gpu-selector KEY=VALUE"
    )
    return (
        [node for node in nodes if pod.selector.items() <= node.labels.items()],
        f"no such node is labelled {labels}",
        mend,
    )


def _tolerated(pod: Pod, nodes: list[Node]) -> _Passing:
    barring = {node.name: taints.barring(node.taints, pod.tolerations) for node in nodes}
    keys = sorted({taint.key for found in barring.values() for taint in found})
    said = f"every such node has a taint that the pod does not tolerate: {', '.join(keys)}"
    mend = (
        "compile with --gpu-toleration KEY for each, or add nodes without it" if pod.count else "add nodes without it"
    )
    return [node for node in nodes if not barring[node.name]], said, mend


def _with_cores(pod: Pod, nodes: list[Node]) -> _Passing:
    return _large(nodes, "cpu", pod.cpu)


def _with_memory(pod: Pod, nodes: list[Node]) -> _Passing:
    return _large(nodes, "memory", pod.memory)


def _large(nodes: list[Node], resource: str, asked: str) -> _Passing:
    most = max(nodes, key=lambda node: _amount(node, resource)).allocatable.get(resource, "0")
    said = f"no such node offers {asked} of {resource}; the most is {most}"
    return (
        [n for n in nodes if _amount(n, resource) >= parse_quantity(asked)],
        said,
        f"add larger nodes, or lower --{resource}",
    )


def _amount(node: Node, resource: str) -> Decimal:
    return Decimal(parse_quantity(node.allocatable.get(resource, "0")))


def _asked(pod: Pod) -> str:
    accelerators = f", {pod.count} {pod.accelerator}" if pod.count else ""
    return f"{pod.cpu} cores, {pod.memory}{accelerators}"


def _listed(nodes: list[Node]) -> str:
    names = [node.name for node in nodes]
    return f"{', '.join(names[:3])}{f' and {len(names) - 3} more' if len(names) > 3 else ''}"

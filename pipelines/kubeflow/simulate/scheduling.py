"""Places pods on nodes, with the reasons where a pod fits on none."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from pipelines.kubeflow import taints
from pipelines.kubeflow.simulate.cluster import Cluster, Node
from pipelines.kubeflow.simulate.pods import Pod
from schemas.errors import InputError


class Room:
    """The amounts of each node that running pods leave."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._nodes = {node.name: node for node in nodes}
        self._free = {node.name: dict(node.allocatable) for node in self._nodes.values()}

    def place(self, pod: Pod) -> str | None:
        """Takes room for a pod on the first node that fits, and returns the node; None if the pod must wait."""
        for name, node in self._nodes.items():
            if not _reasons(pod, node, self._free[name]):
                self._take(name, pod, 1)
                return name
        return None

    def release(self, node: str, pod: Pod) -> None:
        """Gives a pod's room back."""
        self._take(node, pod, -1)

    def _take(self, node: str, pod: Pod, sign: int) -> None:
        # Requests alone count, as for Kubernetes's scheduler, whatever a pod really uses.
        for resource, amount in pod.requests.items():
            self._free[node][resource] = self._free[node].get(resource, Decimal(0)) - sign * amount


def check(task: str, pod: Pod, cluster: Cluster) -> None:
    """Raises InputError for a pod that fits on no node even if it is empty; names the reason of each node."""
    why = []
    for node in cluster.nodes:
        reasons = _reasons(pod, node, node.allocatable)
        if not reasons:
            return
        why.append(f"{node.name}: {', '.join(reasons)}")
    raise InputError(f"task {task}: fits on no node; {'; '.join(why)}")


def _reasons(pod: Pod, node: Node, free: Mapping[str, Decimal]) -> list[str]:
    """Why a node with that much room does not take a pod."""
    wrong = [
        f"has no label {key}={value}" for key, value in sorted(pod.selector.items()) if node.labels.get(key) != value
    ]
    wrong += [f"the taint {taint.key} is not tolerated" for taint in taints.barring(node.taints, pod.tolerations)]
    return wrong + [
        f"{resource} {_shown(amount)} asked, {_shown(free.get(resource, Decimal(0)))} there"
        for resource, amount in sorted(pod.requests.items())
        if amount > free.get(resource, Decimal(0))
    ]


def _shown(amount: Decimal) -> str:
    """Without an exponent, and large ones (bytes) in Gi."""
    return f"{amount / 2**30:.4g}Gi" if amount >= 2**20 else f"{amount.normalize():f}"

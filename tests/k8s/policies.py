"""Who may reach whom, computed from NetworkPolicies as networking.k8s.io/v1 defines them.

A connection needs both: the egress of its source and the ingress of its destination. A pod that no policy selects for a
direction is open in it; one that is selected is open to what any of its policies allows.
"""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

NAMESPACE_NAME = "kubernetes.io/metadata.name"


@dataclass(frozen=True)
class Peer:
    """An end of a connection: a pod, or an address outside of the cluster.

    Attributes:
      namespace: the pod's; "" for an address.
      ports: numbers of the pod's named ports.
    """

    name: str
    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    address: str = "10.244.0.9"
    ports: Mapping[str, int] = field(default_factory=dict)


def reaches(
    policies: Sequence[dict[str, Any]], source: Peer, destination: Peer, port: int, protocol: str = "TCP"
) -> bool:
    """Whether the policies let a connection through."""
    leaves = _open(policies, source, destination, "Egress", port, protocol, destination)
    return leaves and _open(policies, destination, source, "Ingress", port, protocol, destination)


def _open(
    policies: Sequence[dict[str, Any]], of: Peer, other: Peer, way: str, port: int, protocol: str, destination: Peer
) -> bool:
    spec = [policy["spec"] for policy in policies if _selects(policy, of) and way in policy["spec"]["policyTypes"]]
    rules = [rule for found in spec for rule in found.get(way.lower(), [])]
    peers = "to" if way == "Egress" else "from"
    return not spec or any(
        _has_port(rule, port, protocol, destination)
        and (peers not in rule or any(_is(peer, other, of.namespace) for peer in rule[peers]))
        for rule in rules
    )


def _selects(policy: dict[str, Any], peer: Peer) -> bool:
    return policy["metadata"]["namespace"] == peer.namespace and matches(policy["spec"]["podSelector"], peer.labels)


def _has_port(rule: dict[str, Any], port: int, protocol: str, destination: Peer) -> bool:
    if "ports" not in rule:
        return True
    for allowed in rule["ports"]:
        wanted = allowed["port"] if isinstance(allowed["port"], int) else destination.ports.get(allowed["port"])
        if wanted == port and allowed.get("protocol", "TCP") == protocol:
            return True
    return False


def _is(peer: dict[str, Any], other: Peer, own: str) -> bool:
    if "ipBlock" in peer:
        address, block = ipaddress.ip_address(other.address), ipaddress.ip_network(peer["ipBlock"]["cidr"])
        # Whether a block matches pods is up to the network plugin; the strict answer is the one to build on.
        return not other.namespace and address in block
    if not other.namespace:
        return False
    if "namespaceSelector" in peer:
        if not matches(peer["namespaceSelector"], {NAMESPACE_NAME: other.namespace}):
            return False
    elif other.namespace != own:
        return False
    return matches(peer.get("podSelector", {}), other.labels)


def matches(selector: dict[str, Any], labels: Mapping[str, str]) -> bool:
    """A label selector; an empty one matches all."""
    if not selector.get("matchLabels", {}).items() <= labels.items():
        return False
    for expression in selector.get("matchExpressions", []):
        value, operator = labels.get(expression["key"]), expression["operator"]
        answers = {
            "In": value in expression.get("values", []),
            "NotIn": value not in expression.get("values", []),
            "Exists": value is not None,
            "DoesNotExist": value is None,
        }
        if not answers[operator]:
            return False
    return True

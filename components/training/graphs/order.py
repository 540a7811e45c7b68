"""Which nodes of a drawing come before which: the order of the calls, the outputs, and what an output depends on."""

import heapq
from collections.abc import Iterator, Mapping
from typing import Any

from schemas.errors import InputError, shown
from schemas.graphs import EdgeDict, GraphDict, NodeDict


def in_order(graph: GraphDict) -> Iterator[NodeDict]:
    """The nodes in an order in which they can be called, by the names of their layers where there is a choice.

    Raises InputError for a cycle, and for an edge of a node that is not there.
    """
    nodes = {node["id"]: node for node in graph["nodes"]}
    _check_ends(graph, nodes)
    arrivals = arriving(graph)
    missing = {id: len(edges) for id, edges in arrivals.items()}
    leaving = _targets(graph)
    done: dict[str, int] = {}

    def key(id: str) -> tuple[Any, ...]:
        # Of two calls of one layer, that of the earlier tensors; of the same tensors, one that is no output, then by what
        # takes them: the order in which they were drawn says nothing.
        edges = arrivals.get(id, [])
        taken = sorted((edge.get("argument", ""), edge.get("order", 0), done[edge["source"]]) for edge in edges)
        takers = sorted(nodes[target]["name"] for target in leaving.get(id, ()))
        return nodes[id]["name"], taken, bool(nodes[id].get("outputs")) or not takers, takers, places[id], id

    places = {id: number for number, id in enumerate(nodes)}
    ready = [key(id) for id in nodes if not missing.get(id)]
    heapq.heapify(ready)
    while ready:
        *_, id = heapq.heappop(ready)
        done[id] = len(done)
        yield nodes[id]
        for target in leaving.get(id, ()):
            missing[target] -= 1
            if not missing[target]:
                heapq.heappush(ready, key(target))
    if len(done) < len(nodes):
        names = ", ".join(nodes[id]["name"] for id, count in missing.items() if count)
        raise InputError(f"the graph has a cycle through {names}; remove one of the edges between them")


def _targets(graph: GraphDict) -> dict[str, list[str]]:
    """By node, where its edges end."""
    found: dict[str, list[str]] = {}
    for edge in graph["edges"]:
        found.setdefault(edge["source"], []).append(edge["target"])
    return found


def _check_ends(graph: GraphDict, nodes: Mapping[str, NodeDict]) -> None:
    for edge in graph["edges"]:
        for end in (edge["source"], edge["target"]):
            if end not in nodes:
                raise InputError(f"edge {shown(edge['id'])} ends at {shown(end)}, which is not there; remove the edge")


def arriving(graph: GraphDict) -> dict[str, list[EdgeDict]]:
    """The edges that end at each node."""
    found: dict[str, list[EdgeDict]] = {}
    for edge in graph["edges"]:
        found.setdefault(edge["target"], []).append(edge)
    return found


def outputs(graph: GraphDict) -> list[tuple[NodeDict, int]]:
    """The outputs of the model: those that nodes name; where none does, the first tensor of each node that feeds no other.

    Raises InputError where there is none.
    """
    named = [(node, index) for node in graph["nodes"] for index in node.get("outputs") or ()]
    feeding = {edge["source"] for edge in graph["edges"]}
    ends = [(node, 0) for node in graph["nodes"] if node["id"] not in feeding and node["layer"] != "InputLayer"]
    if not (named or ends):
        raise InputError("the graph has no output; connect its inputs to a layer")
    return named or ends


def reaching(graph: GraphDict) -> GraphDict:
    """The drawing without nodes that lead to no output; its InputLayers stay."""
    kept = reaching_ids(graph)
    nodes = [node for node in graph["nodes"] if node["id"] in kept or node["layer"] == "InputLayer"]
    return {**graph, "nodes": nodes, "edges": [edge for edge in graph["edges"] if edge["target"] in kept]}


def reaching_ids(graph: GraphDict) -> set[str]:
    """The ids of the nodes that an output depends on, and of those whose layers they share."""
    edges, shares = arriving(graph), {node["id"]: node.get("shares") for node in graph["nodes"]}
    waiting, found = [node["id"] for node, _ in outputs(graph)], set[str]()
    while waiting:
        one = waiting.pop()
        if one not in found and one in shares:
            found.add(one)
            waiting += [edge["source"] for edge in edges.get(one, [])]
            waiting += [owner for owner in (shares[one],) if owner]
    return found

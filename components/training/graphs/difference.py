"""Two drawings, layer by layer."""

from collections.abc import Iterator
from typing import Any

from components.training.graphs import allowed, defaults, writing
from schemas.errors import InputError
from schemas.graphs import NESTED, EdgeDict, GraphDict, NodeDict

SAME, CHANGED, ADDED, REMOVED = "same", "changed", "added", "removed"


def of(left: GraphDict, right: GraphDict) -> dict[str, Any]:
    """What differs: ``studio.messages.graphs.Difference``.

    Nodes belong together by the names of their layers; those that are left, by kind in the order of the calls. Positions play
    no part, and neither does an argument that is as by default.
    """
    matched = _matched(left, right)
    pairs = list(_pairs(left, right, matched))
    ids = {one["id"]: other["id"] for one, other in matched}
    there = {other["id"]: other["id"] for _, other in matched}
    before = {_ends(edge, ids): edge["id"] for edge in left["edges"]}
    after = {_ends(edge, there): edge["id"] for edge in right["edges"]}
    return {
        "pairs": pairs,
        "added_edges": [id for ends, id in after.items() if ends not in before or not ends[2]],
        "removed_edges": [id for ends, id in before.items() if ends not in after or not ends[2]],
    }


def _ends(edge: EdgeDict, ids: dict[str, str]) -> tuple[Any, ...]:
    """What an edge connects, with the ids of the other graph for the nodes that are there."""
    source, target = edge["source"], edge["target"]
    ends = ids.get(source, source), ids.get(target, target), source in ids and target in ids
    return *ends, edge.get("output", 0), edge.get("argument", "inputs"), edge.get("order", 0)


def _matched(left: GraphDict, right: GraphDict) -> list[tuple[NodeDict, NodeDict]]:
    ours, theirs = _by_call(left), _by_call(right)
    pairs = [(node, theirs[key]) for key, node in ours.items() if key in theirs]
    taken = {id(node) for pair in pairs for node in pair}
    for node in (one for one in ours.values() if id(one) not in taken):
        free = [one for one in theirs.values() if id(one) not in taken and one["layer"] == node["layer"]]
        # One that is the same but for its name comes before one that stands earlier.
        free.sort(key=lambda one: _plain(one) != _plain(node))
        if free:
            pairs.append((node, free[0]))
            taken |= {id(node), id(free[0])}
    return pairs


def _by_call(graph: GraphDict) -> dict[tuple[str, int], NodeDict]:
    """The nodes by the name of the layer and the number of the call, in the order of the calls where there is one."""
    try:
        nodes = list(writing.in_order(graph))
    except InputError:  # a drawing that is not finished
        nodes = graph["nodes"]
    found: dict[tuple[str, int], NodeDict] = {}
    for node in nodes:
        number = 0
        while (node["name"], number) in found:
            number += 1
        found[node["name"], number] = node
    return found


def _pairs(left: GraphDict, right: GraphDict, matched: list[tuple[NodeDict, NodeDict]]) -> Iterator[dict[str, Any]]:
    of_left, of_right = {a["id"]: b for a, b in matched}, {b["id"] for _, b in matched}
    for node in left["nodes"]:
        other = of_left.get(node["id"])
        if other is None:
            yield {"left": node["id"], "right": None, "state": REMOVED, "changes": {}}
        else:
            found = _changes(node, other)
            state = CHANGED if found else SAME
            yield {"left": node["id"], "right": other["id"], "state": state, "changes": found}
    for node in right["nodes"]:
        if node["id"] not in of_right:
            yield {"left": None, "right": node["id"], "state": ADDED, "changes": {}}


def _changes(left: NodeDict, right: NodeDict) -> dict[str, tuple[Any, Any]]:
    before, after = ({"name": one["name"], **_plain(one)} for one in (left, right))
    names = dict.fromkeys((*before, *after))
    return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


def _plain(node: NodeDict) -> dict[str, Any]:
    """What a node is, without its name: its layer, its own arguments, those of its call."""
    found: dict[str, Any] = {"layer": node["layer"], **(node.get("call") or {})}
    nested = node.get("graph")
    if node["layer"] == NESTED and nested:
        return found | (node.get("config") or {}) | {"graph": _text(nested)}
    try:
        kind = allowed.layer_class(node["layer"])
        return found | defaults.own(kind, node.get("config") or {}, keeps_dtype=True)
    except InputError:  # an argument that the layer does not take: as it was typed
        return found | (node.get("config") or {})


def _text(graph: GraphDict) -> str:
    """A nested graph in few words: of its layers, where it can be written as a model."""
    try:
        return writing.summary(graph)
    except InputError:
        return f"{len(graph['nodes'])} layers, not finished"

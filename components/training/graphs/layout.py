"""Where the nodes of a drawing stand: where they were left, or in layers from the inputs downwards."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from schemas.graphs import GraphDict, NodeDict

_RIGHT, _DOWN = 260, 130  # canvas pixels from one node to the next


def put_back(positions: Any, path: str, calls: Mapping[str, Sequence[NodeDict]]) -> None:
    """Gives nodes the positions that a file has for them.

    Args:
      positions: ``[[x, y], ...]``, one for each call of a layer, by ``model/layer``.
      path: of the model, ending with a slash; "" for the outermost one.
      calls: the nodes of each layer, in the order of its calls.
    """
    known = positions if isinstance(positions, Mapping) else {}
    for name, nodes in calls.items():
        for number, node in enumerate(nodes):
            found = _position(known.get(path + name), number)
            if found is not None:
                node["position"] = found


def positions(graph: GraphDict, in_order: Callable[[GraphDict], Iterable[NodeDict]]) -> dict[str, list[list[float]]]:
    """The positions that ``put_back`` takes.

    Args:
      in_order: gives the nodes of a graph in the order of the calls.
    """
    found: dict[str, list[list[float]]] = {}
    for node in in_order(graph):
        at = node.get("position") or {}
        found.setdefault(node["name"], []).append([at.get("x", 0.0), at.get("y", 0.0)])
    for node in graph["nodes"]:
        if nested := node.get("graph"):
            found |= {f"{node['name']}/{inner}": at for inner, at in positions(nested, in_order).items()}
    return found


def place(graph: GraphDict) -> None:
    """Lays out a graph where a node has no position, and those within it."""
    if any("position" not in node for node in graph["nodes"]):
        _in_layers(graph)
    for node in graph["nodes"]:
        if nested := node.get("graph"):
            place(nested)


def _position(found: Any, number: int) -> dict[str, float] | None:
    if not isinstance(found, list) or number >= len(found):
        return None
    one = found[number]
    is_pair = isinstance(one, list) and len(one) == 2 and all(type(value) in (int, float) for value in one)
    return {"x": float(one[0]), "y": float(one[1])} if is_pair else None


def _in_layers(graph: GraphDict) -> None:
    """Each node one layer below the lowest of those that it takes from; the nodes of a layer beside each other, centred."""
    above: dict[str, list[str]] = {}
    for edge in graph["edges"]:
        above.setdefault(edge["target"], []).append(edge["source"])
    depth: dict[str, int] = {}
    waiting = [node["id"] for node in graph["nodes"]]
    # One round for each layer: what a drawing with a cycle leaves over is put below all else.
    while waiting:
        ready = [one for one in waiting if all(source in depth for source in above.get(one, ()))] or waiting
        for one in ready:
            depth[one] = 1 + max((depth.get(source, -1) for source in above.get(one, ())), default=-1)
        waiting = [one for one in waiting if one not in depth]
    rows: dict[int, list[str]] = {}
    for one in _by_parents(graph, above, depth):
        rows.setdefault(depth[one], []).append(one)
    places = {one: (row.index(one) - (len(row) - 1) / 2, level) for level, row in rows.items() for one in row}
    for node in graph["nodes"]:
        across, down = places[node["id"]]
        node["position"] = {"x": across * _RIGHT, "y": float(down * _DOWN)}


def _by_parents(graph: GraphDict, above: Mapping[str, list[str]], depth: Mapping[str, int]) -> Iterable[str]:
    """Ids by layer, and within one by the mean place of the nodes above, which leaves few lines to cross."""
    place: dict[str, float] = {}
    by_layer: dict[int, list[str]] = {}
    for node in graph["nodes"]:
        by_layer.setdefault(depth[node["id"]], []).append(node["id"])
    for level in sorted(by_layer):
        row = by_layer[level]

        def mean(one: str) -> float:
            parents = [place[source] for source in above.get(one, ()) if source in place]
            return sum(parents) / len(parents) if parents else 0.0

        row.sort(key=mean)
        for number, one in enumerate(row):
            place[one] = number - (len(row) - 1) / 2
            yield one

"""What is wrong with a drawing before any layer is looked at: ids, names, edges, cycles, and what leads nowhere."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from components.training.graphs.allowed import MODEL
from components.training.graphs.findings import Fix, Problem
from schemas.errors import shown

INPUT = "InputLayer"
Node = dict[str, Any]
Edge = dict[str, Any]


@dataclass
class Structure:
    """The usable part of a drawing, and what is wrong with the rest.

    Attributes:
      nodes: by id, in the drawing's order.
      arriving: by node, the edges that end there, by their order.
      order: ids such that each edge leads onwards; nodes of a cycle, and those behind one, are not in it.
      outputs: of the model: node and tensor.
    """

    nodes: dict[str, Node] = field(default_factory=dict)
    arriving: dict[str, list[Edge]] = field(default_factory=dict)
    leaving: dict[str, list[Edge]] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    outputs: list[tuple[str, int]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def owner(self, node: Node) -> Node | None:
        """The node whose layer is called; None where that is not there."""
        if not node.get("shares"):
            return node
        found = self.nodes.get(node["shares"])
        return None if found is None or found.get("shares") or found["layer"] == INPUT else found

    def name(self, id: str) -> str:
        """How a message calls a node."""
        node = self.nodes[id]
        owner = self.owner(node) or node
        return f"{owner['layer']} {shown(owner['name'])}"


def look(graph: dict[str, Any]) -> Structure:
    """The structure of a drawing of the form of studio.messages.graphs.Graph, whatever is in it."""
    found = Structure()
    for node in graph["nodes"]:
        if node["id"] in found.nodes:
            found.problems.append(Problem("graph", f"two nodes have the id {shown(node['id'])}", [node["id"]]))
        else:
            found.nodes[node["id"]] = node
    found.problems += _names(found)
    found.problems += _shares(found)
    for edge in graph["edges"]:
        problem = _dangling(found, edge)
        if problem:
            found.problems.append(problem)
        else:
            found.arriving.setdefault(edge["target"], []).append(edge)
            found.leaving.setdefault(edge["source"], []).append(edge)
    for edges in found.arriving.values():
        edges.sort(key=lambda edge: edge.get("order", 0))
    found.order = list(_in_order(found, found.nodes))
    found.problems += _cycle(found)
    found.outputs = _outputs(found)
    found.problems += _orphans(found)
    return found


def _names(found: Structure) -> Iterator[Problem]:
    taken: set[str] = set()
    for id, node in found.nodes.items():
        if node.get("shares"):
            continue
        name = node["name"]
        if not name or "/" in name:
            said = (
                f"{node['layer']} needs a name"
                if not name
                else f"the name {shown(name)} has a slash, which Keras does not take"
            )
            fix = Fix("Rename", "rename", node=id, value=_free(name.replace("/", "_") or node["layer"].lower(), taken))
            yield Problem("layer", said, [id], field="name", fix=fix)
        elif name in taken:
            first = next(other for other, one in found.nodes.items() if one["name"] == name and not one.get("shares"))
            new = _free(name, taken | {one["name"] for one in found.nodes.values()})
            fix = Fix(f"Rename to {new}", "rename", node=id, value=new)
            yield Problem(
                "duplicate_name", f"two layers have the name {shown(name)}; rename one of them", [first, id], fix=fix
            )
        taken.add(name)


def _free(name: str, taken: set[str]) -> str:
    number = 1
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


def _shares(found: Structure) -> Iterator[Problem]:
    for id, node in found.nodes.items():
        if node.get("shares") and found.owner(node) is None:
            said = f"this node calls the layer of {shown(node['shares'])} once more, which has none of its own"
            yield Problem("graph", said, [id], fix=Fix("Remove the node", "remove_node", node=id))


def _dangling(found: Structure, edge: Edge) -> Problem | None:
    fix = Fix("Remove the connection", "remove_edge", edge=edge["id"])
    ends = [edge["source"], edge["target"]]
    missing = [end for end in ends if end not in found.nodes]
    there = [end for end in ends if end in found.nodes]
    if missing:
        said = f"a connection ends at {shown(missing[0])}, which is not there"
        return Problem("dangling_edge", said, there, [edge["id"]], fix=fix)
    if found.nodes[edge["target"]]["layer"] == INPUT:
        said = f"{found.name(edge['target'])} takes no tensor: it is where data comes in"
        return Problem("dangling_edge", said, there, [edge["id"]], fix=fix)
    return None


def _in_order(found: Structure, nodes: Iterable[str]) -> Iterator[str]:
    missing = {id: len(found.arriving.get(id, ())) for id in nodes}
    ready = [id for id in reversed(missing) if not missing[id]]
    while ready:
        id = ready.pop()
        yield id
        for edge in found.leaving.get(id, ()):
            missing[edge["target"]] -= 1
            if not missing[edge["target"]]:
                ready.append(edge["target"])


def _cycle(found: Structure) -> Iterator[Problem]:
    """One problem for each cycle that is found from a node that is in none of the others."""
    ordered = set(found.order)
    left = {id for id in found.nodes if id not in ordered}
    seen: set[str] = set()
    for start in found.nodes:
        if start not in left or start in seen:
            continue
        path: list[Edge] = []
        places: dict[str, int] = {}
        at = start
        while (
            at not in places and at not in seen
        ):  # backwards: each node that is left has an edge from one that is left
            places[at] = len(path)
            edge = next(one for one in found.arriving[at] if one["source"] in left)
            path.append(edge)
            at = edge["source"]
        seen |= set(places)
        if at in places:
            yield _cycle_problem(found, path[places[at] :])


def _cycle_problem(found: Structure, backwards: list[Edge]) -> Problem:
    edges = backwards[::-1]
    names = [found.nodes[edge["source"]]["name"] for edge in edges]
    path = " → ".join([*names[:6], *(["..."] if len(names) > 6 else []), names[0]])
    said = f"a cycle: {path}; a layer cannot wait for itself"
    fix = Fix("Remove the connection that closes it", "remove_edge", edge=edges[-1]["id"])
    return Problem("cycle", said, [edge["source"] for edge in edges], [edge["id"] for edge in edges], fix=fix)


def _outputs(found: Structure) -> list[tuple[str, int]]:
    """Those that nodes name; where none does, the first tensor of each node that feeds no other (see order.outputs)."""
    named = [(id, index) for id, node in found.nodes.items() for index in node.get("outputs") or ()]
    ends = [(id, 0) for id, node in found.nodes.items() if node["layer"] != INPUT and not found.leaving.get(id)]
    return named or ends


def _orphans(found: Structure) -> Iterator[Problem]:
    """A drawing without inputs or outputs, and nodes that lead nowhere.

    Of a chain that no output depends on, its last node alone: the others are left out because of it. None at whose connection
    there is an error, which says more.
    """
    if not found.nodes:
        yield Problem("graph", "the graph is empty; add an InputLayer and connect layers to it")
        return
    if not any(node["layer"] == INPUT for node in found.nodes.values()):
        yield Problem("graph", "the graph has no input; add an InputLayer")
    if not found.outputs:
        yield Problem("graph", "the graph has no output; connect its inputs to a layer")
        return
    reaching = _upstream(found, [id for id, _ in found.outputs])
    cut_off = {id for one in found.problems if one.kind == "dangling_edge" for id in one.nodes}
    for id, node in found.nodes.items():
        if id in reaching or found.leaving.get(id) or id in cut_off:
            continue
        before = len(_upstream(found, [id]) - reaching) - 1
        fix = None if node.get("locked") else Fix("Remove the node", "remove_node", node=id)
        yield Problem("orphan", f"{found.name(id)} {_left_out(node, before)}", [id], severity="warning", fix=fix)


def _left_out(node: Node, before: int) -> str:
    if node["layer"] == INPUT:
        return "feeds no output and is not read"
    more = f", with the {before} before it" if before > 1 else ", with the one before it" if before else ""
    return f"leads to no output and is left out{more}"


def _upstream(found: Structure, ends: list[str]) -> set[str]:
    """The nodes that some nodes depend on, and they themselves."""
    waiting, upstream = list(ends), set[str]()
    while waiting:
        id = waiting.pop()
        if id not in upstream:
            upstream.add(id)
            waiting += [edge["source"] for edge in found.arriving.get(id, ())]
            waiting += [owner for owner in [found.nodes[id].get("shares")] if owner in found.nodes]
    return upstream


def nested(node: Node) -> bool:
    """Whether a node is a nested model."""
    return bool(node["layer"] == MODEL or node.get("graph"))

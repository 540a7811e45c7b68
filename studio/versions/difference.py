"""Two graphs, matched layer by layer.

A name that a person gave stands for its layer. Keras' own names, such as ``dense_1``, are counted anew in each model, so
that one more layer at the start renames all that follow: those layers are matched by kind, arguments and place.
"""

import difflib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence

from studio.messages.graphs import Difference, Edge, Graph, Node, NodePair
from studio.messages.message import Json

_EdgeKey = tuple[str, int, str, str, int]


def difference(left: Graph, right: Graph) -> Difference:
    """What changed from one graph to another; the pairs stand in the order of the right one's layers, then what it lacks."""
    partner = _matched(left, right)
    by_id = {node.id: node for node in left.nodes}
    pairs = [_pair(by_id.get(partner.get(node.id, "")), node) for node in in_order(right)]
    kept = set(partner.values())
    pairs += [NodePair(left=node.id, right=None, state="removed") for node in in_order(left) if node.id not in kept]
    added, removed = _edges(left, right, partner)
    return Difference(pairs=pairs, added_edges=added, removed_edges=removed)


def in_order(graph: Graph) -> list[Node]:
    """The nodes in an order in which they can be called; where that leaves a choice, as they stand. Cycles come last."""
    before: dict[str, set[str]] = {node.id: set() for node in graph.nodes}
    after: dict[str, list[str]] = defaultdict(list)
    for edge in graph.edges:
        if edge.source in before and edge.target in before and edge.source not in before[edge.target]:
            before[edge.target].add(edge.source)
            after[edge.source].append(edge.target)
    nodes = {node.id: node for node in graph.nodes}
    ready = [id for id, sources in before.items() if not sources]
    found: dict[str, Node] = {}
    while ready:
        id = ready.pop(0)
        found[id] = nodes[id]
        for target in after[id]:
            before[target].discard(id)
            if not before[target]:
                ready.append(target)
    return [*found.values(), *(node for node in graph.nodes if node.id not in found)]


def _matched(left: Graph, right: Graph) -> dict[str, str]:
    """The id of the left node by that of the right one."""
    rest_left, rest_right = in_order(left), in_order(right)
    found: dict[str, str] = {}
    for key in (_given_name, _kind_and_arguments, _kind_and_name, _kind):
        one, other = ([(key(node), node) for node in rest] for rest in (rest_left, rest_right))
        aligned = _by_name(one, other) if key is _given_name else _aligned(one, other)
        for old, new in aligned:
            found[new.id] = old.id
        taken = set(found.values())
        rest_left = [node for node in rest_left if node.id not in taken]
        rest_right = [node for node in rest_right if node.id not in found]
    return found


_Keyed = Sequence[tuple[Hashable, Node]]


def _by_name(left: _Keyed, right: _Keyed) -> Iterator[tuple[Node, Node]]:
    """Pairs of one key, wherever they stand."""
    known: dict[Hashable, list[Node]] = defaultdict(list)
    for key, node in left:
        known[key].append(node)
    for key, node in right:
        if key is not None and known[key]:
            yield known[key].pop(0), node


def _aligned(left: _Keyed, right: _Keyed) -> Iterator[tuple[Node, Node]]:
    """Pairs of one key that stand in the same order on both sides."""
    matcher = difflib.SequenceMatcher(None, [key for key, _ in left], [key for key, _ in right], autojunk=False)
    for start, other, size in matcher.get_matching_blocks():
        for offset in range(size):
            yield left[start + offset][1], right[other + offset][1]


def _given_name(node: Node) -> Hashable | None:
    """The name with the kind, where it is not one that Keras counts."""
    return None if _is_counted(node) else (node.layer, node.name, node.shares is not None)


def _is_counted(node: Node) -> bool:
    # keras.src.utils.naming.to_snake_case: this process has no Keras.
    kind = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", node.layer.rpartition(".")[-1])
    snake = re.sub("([a-z])([A-Z])", r"\1_\2", kind).lower()
    return re.fullmatch(rf"{re.escape(snake)}(_\d+)?", node.name) is not None


def _kind_and_arguments(node: Node) -> Hashable:
    return node.layer, json.dumps(_arguments(node), sort_keys=True), _shape_of(node.graph)


def _kind_and_name(node: Node) -> Hashable:
    return node.layer, node.name


def _kind(node: Node) -> Hashable:
    return node.layer


def _arguments(node: Node) -> dict[str, Json]:
    """Those of constructor and call."""
    return {**node.config, **{f"call {name}": value for name, value in node.call.items()}}


def _shape_of(graph: Graph | None) -> str:
    """What two nested models have alike, whatever their layers are called; "" for none."""
    if graph is None:
        return ""
    places = {node.id: place for place, node in enumerate(in_order(graph))}
    layers = [_kind_and_arguments(node) for node in in_order(graph)]
    return repr((layers, sorted(_key(edge, places.get(edge.source), places.get(edge.target)) for edge in graph.edges)))


def _pair(left: Node | None, right: Node) -> NodePair:
    if left is None:
        return NodePair(left=None, right=right.id, state="added")
    changes = dict(_changes(left, right))
    return NodePair(left=left.id, right=right.id, state="changed" if changes else "same", changes=changes)


def _changes(left: Node, right: Node) -> Iterator[tuple[str, tuple[Json, Json]]]:
    """Arguments that differ; of nested models those of their layers, and the kinds of those that one of them lacks."""
    old, new = _arguments(left), _arguments(right)
    for name in dict.fromkeys((*old, *new)):
        if old.get(name) != new.get(name):
            yield name, (old.get(name), new.get(name))
    if left.graph is None or right.graph is None or _shape_of(left.graph) == _shape_of(right.graph):
        return
    inner = difference(left.graph, right.graph)
    lefts, rights = ({node.id: node for node in graph.nodes} for graph in (left.graph, right.graph))
    for pair in inner.pairs:
        if pair.right is None:
            gone = lefts[pair.left or ""]
            yield gone.name, (gone.layer, None)
        elif pair.left is None:
            yield rights[pair.right].name, (None, rights[pair.right].layer)
        else:
            for name, values in pair.changes.items():
                yield f"{rights[pair.right].name}.{name}", values
    if inner.added_edges or inner.removed_edges:
        yield "edges", (f"{len(left.graph.edges)} edges", f"{len(right.graph.edges)} edges")


def _edges(left: Graph, right: Graph, partner: dict[str, str]) -> tuple[list[str], list[str]]:
    """Ids of the right graph's edges that the left one lacks, and the other way round."""
    as_left: Callable[[str], str | None] = partner.get
    new = {_key(edge, as_left(edge.source), as_left(edge.target)): edge.id for edge in right.edges}
    old = {_key(edge, edge.source, edge.target): edge.id for edge in left.edges}
    return [id for key, id in new.items() if key not in old], [id for key, id in old.items() if key not in new]


def _key(edge: Edge, source: object, target: object) -> _EdgeKey:
    return str(source), edge.output, str(target), edge.argument, edge.order

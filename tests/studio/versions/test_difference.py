"""Two graphs, layer by layer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras.src.utils.naming import to_snake_case

from studio.messages.graphs import Difference, Edge, Graph, Node
from studio.versions.difference import difference, in_order

INPUT = ("InputLayer", "input_0_image", {"shape": [8, 8, 1]})
OUTPUT = ("Dense", "output", {"units": 10})
Layer = tuple[str, str, dict[str, object]]


def chain(*layers: Layer) -> Graph:
    """Layers one after the other; ids are ``n`` and the place."""
    nodes = [Node(id=f"n{n}", layer=kind, name=name, config=config) for n, (kind, name, config) in enumerate(layers)]
    edges = [Edge(id=f"e{n}", source=f"n{n}", target=f"n{n + 1}") for n in range(len(layers) - 1)]
    return Graph(nodes=nodes, edges=edges)


def states(found: Difference) -> list[tuple[str | None, str | None, str]]:
    return [(pair.left, pair.right, pair.state) for pair in found.pairs]


def test_a_changed_argument_is_named() -> None:
    found = difference(
        chain(INPUT, ("Dense", "dense", {"units": 32}), OUTPUT),
        chain(INPUT, ("Dense", "dense", {"units": 64, "activation": "relu"}), OUTPUT),
    )
    assert states(found) == [("n0", "n0", "same"), ("n1", "n1", "changed"), ("n2", "n2", "same")]
    assert found.pairs[1].changes == {"units": (32, 64), "activation": (None, "relu")}
    assert found.added_edges == found.removed_edges == []


def test_a_layer_at_the_start_renames_none_of_those_that_follow() -> None:
    dense = ("Dense", {"units": 32})
    found = difference(
        chain(INPUT, (dense[0], "dense", dense[1]), ("Dropout", "dropout", {"rate": 0.2}), OUTPUT),
        chain(
            INPUT,
            ("Dense", "dense", {"units": 128}),
            (dense[0], "dense_1", dense[1]),
            ("Dropout", "dropout", {"rate": 0.2}),
            OUTPUT,
        ),
    )
    assert states(found) == [
        ("n0", "n0", "same"),
        (None, "n1", "added"),
        ("n1", "n2", "same"),
        ("n2", "n3", "same"),
        ("n3", "n4", "same"),
    ]
    assert (found.added_edges, found.removed_edges) == (["e0", "e1"], ["e0"])


def test_a_layer_that_is_gone_stands_at_the_end() -> None:
    left = chain(INPUT, ("Conv2D", "conv2d", {"filters": 8}), ("Flatten", "flatten", {}), OUTPUT)
    found = difference(left, chain(INPUT, ("Flatten", "flatten", {}), OUTPUT))
    assert states(found)[-1] == ("n1", None, "removed")
    assert found.added_edges == ["e0"] and found.removed_edges == ["e0", "e1"]


def test_a_name_that_a_person_gave_stands_for_its_layer() -> None:
    one, other = ("Dense", "first", {"units": 1}), ("Dense", "second", {"units": 2})
    found = difference(chain(INPUT, one, other, OUTPUT), chain(INPUT, other, one, OUTPUT))
    assert states(found) == [("n0", "n0", "same"), ("n2", "n1", "same"), ("n1", "n2", "same"), ("n3", "n3", "same")]


def test_a_nested_model_is_changed_where_its_layers_are() -> None:
    def nesting(units: int) -> Graph:
        inner = chain(("InputLayer", "inside", {}), ("Dense", "dense", {"units": units}))
        node = Node(id="nested", layer="Model", name="encoder", graph=inner)
        return Graph(nodes=[node])

    assert difference(nesting(3), nesting(3)).pairs[0].state == "same"
    changed = difference(nesting(3), nesting(4)).pairs[0]
    assert changed.state == "changed" and changed.changes == {"dense.units": (3, 4)}
    renamed = nesting(3)
    assert renamed.nodes[0].graph is not None
    renamed.nodes[0].graph.nodes[1].name = "dense_7"
    assert difference(nesting(3), renamed).pairs[0].state == "same"


@pytest.mark.parametrize(
    "kind", ["ReLU", "Conv2D", "PReLU", "GlobalAveragePooling2D", "LSTM", "BagOfIds", "ops.OneHot"]
)
def test_names_that_keras_counts_are_known_by_its_own_rule(kind: str) -> None:
    name = to_snake_case(kind.rpartition(".")[-1])
    found = difference(
        chain(INPUT, (kind, name, {"a": 1}), (kind, f"{name}_1", {"a": 2}), OUTPUT),
        chain(INPUT, (kind, f"{name}_4", {"a": 2}), OUTPUT),
    )
    assert states(found)[1] == ("n2", "n1", "same")


def test_a_cycle_is_no_trouble() -> None:
    graph = chain(INPUT, ("Dense", "dense", {"units": 1}), OUTPUT)
    graph.edges.append(Edge(id="back", source="n2", target="n1"))
    assert [node.id for node in in_order(graph)] == ["n0", "n1", "n2"]
    assert {pair.state for pair in difference(graph, graph).pairs} == {"same"}


KINDS = st.sampled_from(["Dense", "Dropout", "Conv2D", "Add"])


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    count = draw(st.integers(0, 12))
    nodes = [
        Node(
            id=f"n{n}",
            layer=(kind := draw(KINDS)),
            name=draw(st.sampled_from([kind.lower(), f"{kind.lower()}_{n}", "own"])),
            config={"units": draw(st.integers(0, 2))},
        )
        for n in range(count)
    ]
    ends = st.sampled_from([node.id for node in nodes] or ["none"])
    edges = [Edge(id=f"e{n}", source=draw(ends), target=draw(ends)) for n in range(draw(st.integers(0, count)))]
    return Graph(nodes=nodes, edges=edges)


@given(graphs(), graphs())
def test_every_layer_of_both_stands_in_one_pair(left: Graph, right: Graph) -> None:
    found = difference(left, right)
    assert sorted(pair.left for pair in found.pairs if pair.left) == sorted(node.id for node in left.nodes)
    assert sorted(pair.right for pair in found.pairs if pair.right) == sorted(node.id for node in right.nodes)
    kinds = {node.id: node.layer for node in left.nodes}
    of_right = {node.id: node.layer for node in right.nodes}
    assert all(kinds[pair.left] == of_right[pair.right] for pair in found.pairs if pair.left and pair.right)


@given(graphs())
def test_a_graph_differs_in_nothing_from_itself(graph: Graph) -> None:
    found = difference(graph, graph)
    assert {pair.state for pair in found.pairs} <= {"same"}
    assert found.added_edges == found.removed_edges == []

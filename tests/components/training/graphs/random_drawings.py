"""Random drawings that are complete, for hypothesis."""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

WIDTH = 4  # of every tensor but where a layer says otherwise
_POSITIONS = st.integers(-5000, 5000).map(lambda number: number / 4)
_UNARY: list[tuple[str, dict[str, Any]]] = [
    ("Dense", {"units": WIDTH}),
    ("Dense", {"units": WIDTH, "activation": "relu", "kernel_initializer": "HeNormal", "use_bias": False}),
    ("Dense", {"units": WIDTH, "kernel_regularizer": {"class_name": "L1L2", "config": {"l2": 0.5}}}),
    ("Dropout", {"rate": 0.25}),
    ("LayerNormalization", {}),
    ("LayerNormalization", {"epsilon": 0.5, "trainable": False}),
    ("Activation", {"activation": "tanh"}),
    ("Dense", {"units": WIDTH, "dtype": "float32"}),
    ("Dense", {"units": WIDTH, "dtype": "mixed_bfloat16"}),
]
_OPERATIONS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("ops.Multiply", {}, {"x2": 0.5}),
    ("ops.Cast", {"dtype": "float32"}, {}),
    ("ops.GetItem", {}, {"key": [{"class_name": "__ellipsis__", "config": {}}]}),
]
_FIRST = {"ops.Multiply": "x1", "ops.Cast": "x", "ops.GetItem": "x"}


@dataclass
class _Drawing:
    draw: Any
    depth: int
    nodes: list[dict[str, Any]] = field(default_factory=list)
    edges: list[dict[str, Any]] = field(default_factory=list)

    def node(self, layer: str, name: str | None = None, **more: Any) -> dict[str, Any]:
        number = len(self.nodes)
        # The ids follow from the names, as reading gives them: what is compared is all else.
        name = name or self.draw(st.sampled_from(["b", "a", "Lay er", "zß", 'q"uote'])) + f"_{number}"
        position = {"x": self.draw(_POSITIONS), "y": self.draw(_POSITIONS)}
        made = {"id": f"n{number}", "layer": layer, "name": name, "config": {}, "call": {}, "position": position} | more
        self.nodes.append(made)
        return made

    def edge(self, source: dict[str, Any], target: dict[str, Any], argument: str = "inputs", order: int = 0) -> None:
        ends = {"source": source["id"], "target": target["id"]}
        edge = {"id": f"e{len(self.edges)}", **ends, "output": 0, "argument": argument, "order": order}
        self.edges.append(edge)

    def any(self) -> dict[str, Any]:
        return self.draw(st.sampled_from(self.nodes))

    def grow(self) -> None:
        kind = self.draw(st.sampled_from(["unary", "merge", "operation", "shared", "nested"]))
        source = self.any()
        if kind == "merge":
            others = [source, *(self.any() for _ in range(self.draw(st.integers(1, 2))))]
            made = self.node("Add")
            for order, one in enumerate(others):
                self.edge(one, made, order=order)
        elif kind == "operation":
            layer, config, call = self.draw(st.sampled_from(_OPERATIONS))
            self.edge(source, self.node(layer, config=config, call=call), _FIRST[layer])
        elif kind == "shared" and (
            owners := [one for one in self.nodes if one["layer"] == "Dense" and "shares" not in one]
        ):
            owner = self.draw(st.sampled_from(owners))
            again = self.node("Dense", owner["name"], shares=owner["id"])
            self.edge(source, again)
        elif kind == "nested" and self.depth:
            inner = drawing(self.draw, self.depth - 1, inputs=1, outputs=1)
            self.edge(source, self.node("Model", graph=inner))
        else:
            layer, config = self.draw(st.sampled_from(_UNARY))
            self.edge(source, self.node(layer, config=config))


def drawing(draw: Any, depth: int, inputs: int | None = None, outputs: int | None = None) -> dict[str, Any]:
    made = _Drawing(draw, depth)
    for number in range(inputs or draw(st.integers(1, 3))):
        made.node("InputLayer", f"in_{number}", config={"shape": [WIDTH]})
    for _ in range(draw(st.integers(1, 8))):
        made.grow()
    feeding = {edge["source"] for edge in made.edges}
    ends = [one for one in made.nodes if one["id"] not in feeding and one["layer"] != "InputLayer"]
    for node in ends[:outputs]:
        node["outputs"] = [0]
    kept = _reaching(made, ends[:outputs])
    nodes = [one for one in made.nodes if one["id"] in kept or one["layer"] == "InputLayer"]
    edges = [one for one in made.edges if one["target"] in kept]
    return {"version": 1, "name": "random", "dataset": None, "nodes": nodes, "edges": edges}


def _reaching(made: _Drawing, ends: list[dict[str, Any]]) -> set[str]:
    shares = {one["id"]: one.get("shares") for one in made.nodes}
    kept: set[str] = set()
    waiting = [one["id"] for one in ends]
    while waiting:
        one = waiting.pop()
        if one not in kept:
            kept.add(one)
            waiting += [edge["source"] for edge in made.edges if edge["target"] == one]
            waiting += [shares[one]] if shares[one] else []
    return kept


@st.composite
def drawings(draw: Any) -> dict[str, Any]:
    """A drawing of one to three inputs and some calls of layers; every node leads to an output."""
    return drawing(draw, depth=1)

"""Keras' JSON of a model to a drawing. Nothing of what it names is made before every class of it was found on the list."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from keras.src.ops.operation import Operation

from components.training.graphs import allowed, calls, defaults, layout
from components.training.graphs.calls import Tensor
from schemas.errors import InputError, shown
from schemas.graphs import MOST_NODES, NESTED, STUDIO, EdgeDict, GraphDict, NodeDict

_SEQUENTIAL = "Sequential"
_FUNCTIONAL = ("Functional", NESTED)
_LONGEST_ID, _LONGEST_NAME = 80, 200


def graph(config: dict[str, Any], dataset: str | None = None) -> GraphDict:
    """The drawing of a model.

    Args:
      config: what schemas.graphs.parse gives.
      dataset: whose inputs and output it has; None for what the file says.

    Raises:
      InputError: it has a class that is not on the list, is no Functional and no Sequential model, or is not complete.
    """
    allowed.check(config.get("config"))
    extra = config.get(STUDIO)
    about = extra if isinstance(extra, dict) else {}
    reader = _Reader(bool(about), about.get("positions"))
    try:
        found = reader.model(config, "")
    except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
        raise InputError(
            f"the model's JSON is not complete ({type(error).__name__}: {error}); save it again"
        ) from error
    found["dataset"] = dataset or (about.get("dataset") if isinstance(about.get("dataset"), str) else None)
    listed = about.get("locked")
    locked = listed if isinstance(listed, list) else []
    for node in found["nodes"]:
        node["locked"] = node["name"] in locked
    layout.place(found)
    return found


@dataclass
class _Reader:
    """Reads a model with those in it.

    Attributes:
      keeps_dtypes: whether a dtype that is given was asked for.
      positions: see layout.put_back.
      count: nodes so far.
    """

    keeps_dtypes: bool
    positions: Any
    count: int = 0

    def model(self, config: dict[str, Any], path: str) -> GraphDict:
        name, inner = config["class_name"], config["config"]
        if name == _SEQUENTIAL:
            return self._chain(inner, config, path)
        if name not in _FUNCTIONAL or "layers" not in inner or "output_layers" not in inner:
            raise InputError(f"{shown(name)} cannot be drawn; a Functional or a Sequential model is expected")
        return self._functional(inner, path)

    def _functional(self, config: dict[str, Any], path: str) -> GraphDict:
        drawn = _Drawn()
        inputs = [tensor.layer for tensor in calls.references(config["input_layers"])]
        for layer in _inputs_first(config["layers"], inputs):
            self._layer(layer, drawn, path)
        models = {_name(layer) for layer in config["layers"] if layer["class_name"] in _FUNCTIONAL}
        ends = calls.references(_sorted(config["output_layers"]))
        outputs = [one._replace(call=one.call - calls.first_of_output(one.layer in models)) for one in ends]
        layout.put_back(self.positions, path, drawn.calls)
        return drawn.graph(_name({"config": {"name": "model", **config}}), outputs)

    def _layer(self, layer: dict[str, Any], drawn: "_Drawn", path: str) -> None:
        name = _name(layer)
        node, parameters = self._node(layer, name, path)
        made = layer.get("inbound_nodes") or []
        if any(not isinstance(call, dict) for call in made):
            raise InputError(f"layer {shown(name)} is in the form of Keras 2; save the model with Keras 3")
        for number, call in enumerate(made or [{"args": [], "kwargs": {}}]):
            again: NodeDict = {**node}
            if number:
                more: dict[str, Any] = {"config": {}, "graph": None, "shares": node["id"]}
                again = {**node, **more, "id": _id(name, number, self.count)}  # type: ignore[typeddict-item]
            self.count += 1
            if self.count > MOST_NODES:
                raise InputError(f"the model has more than {MOST_NODES} calls of layers; a smaller one can be drawn")
            others, tensors = calls.read(call, parameters, name)
            drawn.add(name, {**again, "call": others}, tensors)

    def _node(self, layer: dict[str, Any], name: str, path: str) -> tuple[NodeDict, calls.Parameters]:
        """A layer as a node that is called for the first time, and the parameters of its call."""
        base: NodeDict = {"id": _id(name, 0, self.count), "layer": "", "name": name, "config": {}}
        if layer["class_name"] in (*_FUNCTIONAL, _SEQUENTIAL):
            nested = self.model(layer, f"{path}{name}/")
            frozen = {"trainable": False} if layer["config"].get("trainable") is False else {}
            keys = calls.keys(layer["config"].get("input_layers"))
            return {**base, "layer": NESTED, "config": frozen, "graph": nested}, calls.of_model(keys)
        found = _class_of(layer)
        config = {key: value for key, value in layer["config"].items() if key != "name"}
        own = defaults.own(found, config, keeps_dtype=self.keeps_dtypes)
        return {**base, "layer": allowed.layer_name(found), "config": own}, calls.of_layer(found)

    def _chain(self, config: dict[str, Any], model: dict[str, Any], path: str) -> GraphDict:
        """A Sequential model: each layer is called with what the one before gives."""
        drawn, layers = _Drawn(), list(config["layers"])
        name = _name({"config": {"name": "model", **config}})
        if not layers or layers[0]["class_name"] != "InputLayer":
            shape = config.get("build_input_shape") or (model.get("build_config") or {}).get("input_shape")
            if not isinstance(shape, list):
                raise InputError(f"the Sequential model {shown(name)} has no input shape; add a keras.Input to it")
            layers.insert(0, {"class_name": "InputLayer", "config": {"name": f"{name}_input", "batch_shape": shape}})
        before: str | None = None
        for layer in layers:
            own = _name(layer)
            call = {"args": [calls.reference(Tensor(before, 0, 0))], "kwargs": {}} if before else {}
            self._layer({**layer, "name": own, "inbound_nodes": [call] if call else []}, drawn, path)
            before = own
        layout.put_back(self.positions, path, drawn.calls)
        return drawn.graph(name, [Tensor(str(before), 0, 0)])


@dataclass
class _Drawn:
    """Nodes by layer and call, and edges once all nodes are there."""

    calls: dict[str, list[NodeDict]] = field(default_factory=dict)
    _waiting: list[tuple[str, str, int, Tensor]] = field(default_factory=list)

    def add(self, name: str, node: NodeDict, tensors: Sequence[tuple[str, int, Tensor]]) -> None:
        self.calls.setdefault(name, []).append(node)
        self._waiting += [(node["id"], argument, order, tensor) for argument, order, tensor in tensors]

    def at(self, tensor: Tensor) -> NodeDict:
        made = self.calls.get(tensor.layer, [])
        if not 0 <= tensor.call < len(made):
            raise InputError(f"the model has no call {tensor.call} of a layer {shown(tensor.layer)}; save it again")
        return made[tensor.call]

    def graph(self, name: str, outputs: Sequence[Tensor]) -> GraphDict:
        """The drawing; nodes that give outputs stand last, in the order of the outputs."""
        for tensor in outputs:
            node = self.at(tensor)
            node["outputs"] = [*node.get("outputs", []), tensor.output]
        ends = [self.at(tensor)["id"] for tensor in outputs]
        nodes = [node for made in self.calls.values() for node in made]
        nodes.sort(key=lambda node: ends.index(node["id"]) if node["id"] in ends else -1)
        in_order = [(node["id"], index) for node in nodes for index in node.get("outputs", [])]
        if in_order != [(self.at(tensor)["id"], tensor.output) for tensor in outputs] or len(set(in_order)) < len(ends):
            raise InputError(
                f"model {shown(name)}: its outputs have an order, or one of them twice, that cannot be drawn"
            )
        return {"version": 1, "name": name, "nodes": nodes, "edges": list(self._edges())}

    def _edges(self) -> Iterator[EdgeDict]:
        for number, (target, argument, order, tensor) in enumerate(self._waiting):
            edge: EdgeDict = {"id": f"e{number}", "source": self.at(tensor)["id"], "target": target}
            yield {**edge, "output": tensor.output, "argument": argument, "order": order}


def _inputs_first(layers: Sequence[dict[str, Any]], inputs: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The layers, those of the model's inputs first and in their order."""
    by_name = {_name(layer): layer for layer in layers}
    if len(by_name) < len(layers):
        raise InputError("two layers of the model have the same name; rename one of them")
    yield from (by_name[name] for name in inputs)
    yield from (layer for name, layer in by_name.items() if name not in inputs)


def _name(layer: dict[str, Any]) -> str:
    name = layer.get("name") or layer["config"]["name"]
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME:
        raise InputError(f"a layer's name {shown(name)}: a text of 1 to {_LONGEST_NAME} characters is expected")
    return name


def _class_of(layer: dict[str, Any]) -> type[Operation]:
    is_operation = str(layer.get("module")).startswith("keras.src.ops.")
    return allowed.layer_class(f"{allowed.OPERATIONS if is_operation else ''}{layer['class_name']}")


def _sorted(structure: Any) -> Any:
    """A mapping of outputs in the order in which Keras numbers them: by key."""
    return {key: structure[key] for key in sorted(structure)} if isinstance(structure, dict) else structure


def _id(name: str, call: int, count: int) -> str:
    base = name if len(name) <= _LONGEST_ID and "@" not in name else f"node {count}"
    return f"{base}@{call + 1}" if call else base

"""A drawing to Keras' JSON, and to a Keras model."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

import keras
from keras.src.saving.serialization_lib import SafeModeScope

from components.training.graphs import allowed, calls, defaults, layout, making, order
from components.training.graphs.calls import Tensor
from components.training.graphs.weightless import weightless
from schemas import graphs
from schemas.errors import InputError, shown
from schemas.graphs import NESTED, STUDIO, GraphDict, NodeDict

_FUNCTIONAL = "keras.src.models.functional"
_MODELS = ("Functional", "Sequential", NESTED)


def config(graph: GraphDict) -> dict[str, Any]:
    """Keras' JSON of a complete drawing, in short: without shapes of tensors, and objects in arguments by their names alone.

    The layers stand in the order in which they can be called, by name where that leaves a choice: Keras draws initial
    weights in it.

    Raises:
      InputError: the drawing has a cycle, an edge of a node that is not there, two layers of one name, or no output.
      NotAllowedError, LayerError: a layer, or an argument of one.
    """
    names = _Names(graph)
    layers: dict[str, dict[str, Any]] = {}
    for node in order.in_order(graph):
        owner = names.owner(node)
        if owner["name"] not in layers:
            layers[owner["name"]] = _layer(owner)
        if owner["layer"] != "InputLayer":
            layers[owner["name"]]["inbound_nodes"].append(names.call(node, _parameters(owner)))
    inputs = [Tensor(node["name"], 0, 0) for node in graph["nodes"] if node["layer"] == "InputLayer"]
    ends = [names.output(node, index) for node, index in order.outputs(graph)]
    found = {
        "name": graph.get("name") or "model",
        "trainable": True,
        "layers": list(layers.values()),
        "input_layers": [list(one) for one in inputs],
        "output_layers": list(ends[0]) if len(ends) == 1 else [list(one) for one in ends],
    }
    return {"module": _FUNCTIONAL, "class_name": "Functional", "config": found, "registered_name": "Functional"}


def file(graph: GraphDict) -> dict[str, Any]:
    """What ``keras.models.model_from_json`` takes, and with it what only a drawing has: see schemas.graphs.

    Raises what ``config`` raises, and InputError for layers that do not fit together.
    """
    found = _completed(config(graph))
    with weightless():
        _fill_shapes(found, model(found))
    extra: dict[str, Any] = {"version": graphs.VERSION, "positions": layout.positions(graph, order.in_order)}
    if graph.get("dataset"):
        extra["dataset"] = graph["dataset"]
    if locked := [node["name"] for node in graph["nodes"] if node.get("locked") and not node.get("shares")]:
        extra["locked"] = locked
    return found | {STUDIO: extra}


def canonical(graph: GraphDict) -> str:
    """The text of schemas.models.Graph: what a trained model follows from, and nothing else.

    Not in it are positions, the order in which nodes were drawn, the name of the model, arguments that are as by default, and
    nodes that lead to no output. Raises what ``config`` raises.
    """
    kept = order.reaching_ids(graph)
    nodes = [_plain(node) for node in graph["nodes"] if node["id"] in kept]
    nodes.sort(key=lambda node: (node["layer"] != "InputLayer", node["name"] if node["layer"] == "InputLayer" else ""))
    edges = [edge for edge in graph["edges"] if edge["target"] in kept]
    return graphs.dumps(config({"name": "model", "nodes": nodes, "edges": edges}))


def _plain(node: NodeDict) -> NodeDict:
    """A node with its own arguments alone, in the one form that they have."""
    if node.get("shares") or node["layer"] == NESTED:
        nested = node.get("graph")
        return {**node, "graph": {**nested, "nodes": [_plain(one) for one in nested["nodes"]]}} if nested else node
    found = allowed.layer_class(node["layer"])
    return {**node, "config": defaults.own(found, node.get("config", {}), keeps_dtype=True)}


def model(config: Mapping[str, Any]) -> keras.Model:
    """The Keras model of a JSON, in short or not, whose classes are all on the list.

    Raises:
      NotAllowedError: they are not.
      InputError: its layers do not fit together.
    """
    allowed.check(config["config"])
    try:
        with SafeModeScope(True):
            made = keras.saving.deserialize_keras_object(_completed(config))
    except Exception as error:  # any layer may raise anything for what it is given
        text = f"{_faulty(config)}{making.one_line(error)}"
        raise InputError(f"the graph is no Keras model: {text}; correct it in the studio") from error
    if not isinstance(made, keras.Model):
        raise InputError(f"the graph is a {type(made).__name__}; a Keras model is expected")
    return made


def _faulty(config: Mapping[str, Any]) -> str:
    """The first layer of a JSON that cannot be made even by itself, as the start of a message; "" where there is none."""
    for layer in config["config"]["layers"]:
        if layer["class_name"] not in _MODELS:
            try:
                keras.saving.deserialize_keras_object({**layer, "config": _arguments(layer)})
            except Exception:  # whatever it was, the caller has it
                return f"{layer['class_name']} {layer['name']}: "
    return ""


def _layer(node: NodeDict) -> dict[str, Any]:
    name, own = node["name"], copy.deepcopy(node.get("config") or {})
    if node["layer"] == NESTED:
        nested = node.get("graph")
        if not nested:
            raise InputError(f"the nested model {shown(name)} has no graph; draw one in it or remove it")
        found = config({**nested, "name": name})
        found["config"] |= own
    else:
        kind = allowed.layer_class(node["layer"])
        allowed.check(own)
        is_operation = node["layer"].startswith(allowed.OPERATIONS)
        found = {
            "module": kind.__module__ if is_operation or kind in allowed.OWN else "keras.layers",
            "class_name": kind.__name__,
            "config": {"name": name} | own,
            "registered_name": f"slipway>{kind.__name__}" if kind in allowed.OWN else None,
        }
    return found | {"name": name, "inbound_nodes": []}


def _completed(config: Mapping[str, Any]) -> dict[str, Any]:
    """A model's JSON with what Keras needs to know of the objects in the arguments of its layers."""
    found = {key: value for key, value in config.items() if key != STUDIO}
    layers = [
        _completed(layer) if layer["class_name"] in _MODELS else {**layer, "config": _arguments(layer)}
        for layer in config["config"]["layers"]
    ]
    return {**found, "config": {**config["config"], "layers": layers}}


def _arguments(layer: Mapping[str, Any]) -> Any:
    named = {key: layer.get(key) for key in ("module", "class_name", "config")}
    return allowed.completed(named)["config"]


def _parameters(node: NodeDict) -> calls.Parameters:
    return calls.of_model() if node["layer"] == NESTED else calls.of_layer(allowed.layer_class(node["layer"]))


class _Names:
    """Nodes as Keras names them: by layer and number of the call."""

    def __init__(self, graph: GraphDict) -> None:
        self._nodes = {node["id"]: node for node in graph["nodes"]}
        if len(self._nodes) < len(graph["nodes"]):
            raise InputError("two nodes of the graph have the same id; draw one of them anew")
        self._edges = order.arriving(graph)
        self._numbers: dict[str, int] = {}
        made: dict[str, int] = {}
        owners: dict[str, str] = {}
        for node in order.in_order(graph):
            owner = self.owner(node)
            if owners.setdefault(owner["name"], owner["id"]) != owner["id"]:
                raise InputError(f"two layers have the name {shown(owner['name'])}; rename one of them")
            self._numbers[node["id"]] = made.setdefault(owner["name"], 0)
            made[owner["name"]] += 1

    def owner(self, node: NodeDict) -> NodeDict:
        """The node whose layer is called."""
        shares = node.get("shares")
        if not shares:
            return node
        if shares not in self._nodes or self._nodes[shares].get("shares"):
            raise InputError(f"node {shown(node['id'])} shares the layer of {shown(shares)}, which has none of its own")
        return self._nodes[shares]

    def tensor(self, id: str, index: int) -> Tensor:
        """A tensor of a node."""
        return Tensor(self.owner(self._nodes[id])["name"], self._numbers[id], index)

    def output(self, node: NodeDict, index: int) -> Tensor:
        """A tensor as an output of the model: there Keras counts the calls of nested models from 1."""
        found = self.tensor(node["id"], index)
        return found._replace(call=found.call + calls.first_of_output(self.owner(node)["layer"] == NESTED))

    def call(self, node: NodeDict, parameters: calls.Parameters) -> dict[str, Any]:
        """The call of a node, as Keras' JSON has it."""
        tensors: dict[str, list[dict[str, Any]]] = {}
        for edge in sorted(self._edges.get(node["id"], []), key=lambda edge: edge.get("order", 0)):
            name = edge.get("argument", calls.INPUTS)
            if name not in (*parameters.names, parameters.rest):
                known = ", ".join((*parameters.names, *filter(None, [parameters.rest])))
                raise InputError(f"{node['name']}: its call has no argument {shown(name)}; it has {known}")
            tensors.setdefault(name, []).append(calls.reference(self.tensor(edge["source"], edge.get("output", 0))))
        return calls.write(node.get("call") or {}, tensors, parameters)


def _fill_shapes(found: Any, made: keras.Model) -> None:
    """Gives the tensors of a JSON their shapes and dtypes, nested models' too."""
    operations = {one.name: one for one in made.operations}
    for layer in found["config"]["layers"]:
        if layer["name"] not in operations:
            continue  # it leads to no output: Keras makes it, and leaves it out of the model
        nested = operations[layer["name"]]
        if isinstance(nested, keras.Model):
            _fill_shapes(layer, nested)
        for reference in _references(layer["inbound_nodes"]):
            name, call, index = reference["config"]["keras_history"]
            if name not in operations:
                continue  # the same, of a call that leads to no output
            tensor = operations[name]._inbound_nodes[call].output_tensors[index]
            reference["config"] |= {"shape": list(tensor.shape), "dtype": tensor.dtype}


def _references(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "keras_history" in (value.get("config") or {}):
            yield value
        else:
            for item in value.values():
                yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)

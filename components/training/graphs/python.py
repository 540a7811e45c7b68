"""A drawing as Python that makes the model by Keras' functional API."""

import inspect
import json
import keyword
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import keras

from components.training.graphs import allowed, calls, order, writing
from components.training.graphs.weightless import weightless
from schemas.errors import InputError, shown
from schemas.graphs import NESTED, GraphDict, NodeDict

_WIDTH = 110
_OBJECTS = ("initializers", "regularizers", "constraints")
_BUILD = '''def build(features=None):
    """The drawn model.

    ``features``: what Slipway gives to ``Custom("this_module:build")``; None for the model by itself.
    """
    if features is None:
        inputs = {inputs}
    else:
        inputs = features.inputs()
    tensors = {{tensor.name: tensor for tensor in inputs.values()}}
'''
_MAIN = """

if __name__ == "__main__":
    build().summary()
"""


def source(graph: GraphDict) -> str:
    """A module with a function ``build``: it runs as it is, and beside a page ``Custom("module:build")`` trains its model.

    Raises what components.training.graphs.writing.config raises, and InputError for layers that do not fit together.
    """
    graph = order.reaching(graph)
    with weightless():
        made = writing.model(writing.config(graph))
    module = _Module()
    body = module.body(graph, made)
    inputs = [node for node in graph["nodes"] if node["layer"] == "InputLayer"]
    entries = "".join(f"\n            {_text(node['name'])}: {module.input(node)}," for node in inputs)
    head = _BUILD.format(inputs=f"{{{entries}\n        }}")
    own = "".join(f"from {one} import {name}\n" for one, name in sorted(module.imports))
    text = ['"""A Keras model that was drawn in Slipway\'s studio."""\n\nimport keras\n', own and f"\n{own}"]
    return "".join([*text, *(f"\n\n{function}" for function in module.functions), f"\n\n{head}{body}{_MAIN}"])


@dataclass
class _Module:
    """What a module needs beside the function that makes the model.

    Attributes:
      functions: those that make nested models.
      imports: module and name of what is in no public place of Keras.
    """

    functions: list[str] = field(default_factory=list)
    imports: set[tuple[str, str]] = field(default_factory=set)

    def body(self, graph: GraphDict, made: keras.Model, inputs: str = "inputs") -> str:
        """The lines of a function, from the inputs' tensors to ``return``."""
        writer = _Body(self, graph, made)
        lines = [line for node in order.in_order(graph) for line in writer.lines(node)]
        ends = [writer.value(node["id"], index) for node, index in order.outputs(graph)]
        outputs = ends[0] if len(ends) == 1 else f"[{', '.join(ends)}]"
        name = graph.get("name") or "model"
        return "".join(
            f"    {line}\n" for line in [*lines, f"return keras.Model({inputs}, {outputs}, name={_text(name)})"]
        )

    def nested(self, node: NodeDict, made: keras.Model) -> str:
        """A function that makes a nested model; returns its name."""
        graph = node["graph"]
        assert graph is not None
        inner = order.reaching({**graph, "name": node["name"]})
        name = f"make_{_identifier(node['name'])}_{len(self.functions) + 1}"
        place = len(self.functions)
        self.functions.append("")  # so that the names of those inside it are others
        inputs = [one for one in inner["nodes"] if one["layer"] == "InputLayer"]
        entries = "".join(f"\n        {_text(one['name'])}: {self.input(one)}," for one in inputs)
        taken = "list(tensors.values())" if len(inputs) > 1 else f"tensors[{_text(inputs[0]['name'])}]"
        self.functions[place] = f"def {name}():\n    tensors = {{{entries}\n    }}\n{self.body(inner, made, taken)}"
        return name

    def input(self, node: NodeDict) -> str:
        """A call of keras.Input."""
        return f"keras.Input({self.arguments({**(node.get('config') or {}), 'name': node['name']})})"

    def arguments(self, config: Mapping[str, Any]) -> str:
        """Arguments by name."""
        return ", ".join(_named(name, self.literal(value)) for name, value in config.items())

    def literal(self, value: Any) -> str:
        """A JSON value of a config as Python."""
        if isinstance(value, list):
            items = [self.literal(item) for item in value]
            return (
                f"({', '.join(items)}{',' if len(items) == 1 else ''})" if _is_plain(value) else f"[{', '.join(items)}]"
            )
        if not isinstance(value, dict):
            return _text(value) if isinstance(value, str) else repr(value)
        name, config = value.get("class_name"), value.get("config")
        if name == "__ellipsis__":
            return "..."
        if name == "__slice__":
            return f"slice({', '.join(self.literal((config or {}).get(key)) for key in ('start', 'stop', 'step'))})"
        if isinstance(name, str) and isinstance(config, dict | None):
            found = self.made(name)
            return f"{found}({self.arguments(config or {})})"
        if name == "function":
            return _text(str(config))
        return f"{{{', '.join(f'{_text(key)}: {self.literal(item)}' for key, item in value.items())}}}"

    def made(self, name: str) -> str:
        """How a class within an argument is written."""
        for kind in _OBJECTS:
            if name in allowed.objects(kind):
                return f"keras.{kind}.{name}"
        if name == "DTypePolicy":
            return "keras.DTypePolicy"
        return self.layer(allowed.layer_class(name))

    def layer(self, found: type) -> str:
        """How a layer's or an operation's class is written."""
        if getattr(keras.layers, found.__name__, None) is found:
            return f"keras.layers.{found.__name__}"
        self.imports.add((found.__module__, found.__name__))
        return found.__name__


class _Body:
    """Writes the calls of one graph."""

    def __init__(self, module: _Module, graph: GraphDict, made: keras.Model) -> None:
        self._module = module
        self._nodes = {node["id"]: node for node in graph["nodes"]}
        self._edges = order.arriving(graph)
        self._operations = {one.name: one for one in made.operations}
        self._shared = {node["shares"] for node in graph["nodes"] if node.get("shares")}
        self._called: dict[str, int] = {}
        self._layers: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._several: set[str] = set()
        self._taken = {"keras", "features", "inputs", "tensors", "build"}

    def lines(self, node: NodeDict) -> Iterator[str]:
        """The statements of a node."""
        variable = self._names[node["id"]] = self._new(node["name"])
        if node["layer"] == "InputLayer":
            yield f"{variable} = tensors[{_text(node['name'])}]"
            return
        owner = self._nodes[node["shares"]] if node.get("shares") else node  # type: ignore[index]
        number = self._called[owner["name"]] = self._called.get(owner["name"], -1) + 1
        operation = self._operations[owner["name"]]
        if len(operation._inbound_nodes[number].output_tensors) > 1:
            self._several.add(node["id"])
        if owner["id"] in self._shared:
            if owner["id"] not in self._layers:
                self._layers[owner["id"]] = self._new(f"{owner['name']}_layer")
                yield f"{self._layers[owner['id']]} = {self._constructor(owner, operation)}"
            yield f"{variable} = {self._layers[owner['id']]}({self._call(node, owner)})"
        else:
            yield from self._statement(variable, node, operation)

    def value(self, id: str, output: int) -> str:
        """How a tensor is written."""
        return f"{self._names[id]}[{output}]" if id in self._several else self._names[id]

    def _statement(self, variable: str, node: NodeDict, operation: Any) -> Iterator[str]:
        plain = self._operation(node) if node["layer"].startswith(allowed.OPERATIONS) else None
        if plain:
            yield f"{variable} = {plain}"
            return
        made, call = self._constructor(node, operation), self._call(node, node)
        line = f"{variable} = {made}({call})"
        config = {**(node.get("config") or {}), "name": node["name"]}
        if len(line) <= _WIDTH or node["layer"] == NESTED or len(config) == 1:
            yield line
            return
        head, _, _ = made.partition("(")
        yield f"{variable} = {head}("
        yield from (f"    {_named(name, self._module.literal(value))}," for name, value in config.items())
        yield f")({call})"

    def _constructor(self, node: NodeDict, operation: Any) -> str:
        if node["layer"] == NESTED:
            return f"{self._module.nested(node, operation)}()"
        found = allowed.layer_class(node["layer"])
        config = {**(node.get("config") or {}), "name": node["name"]}
        return f"{self._module.layer(found)}({self._module.arguments(config)})"

    def _operation(self, node: NodeDict) -> str | None:
        """A call of the public function that makes an operation; None where there is none that takes the same arguments."""
        name = node["layer"].removeprefix(allowed.OPERATIONS)
        arguments = self._arguments(node, node) | {
            key: self._module.literal(value) for key, value in (node.get("config") or {}).items()
        }
        if name == "GetItem" and arguments.keys() == {"x", "key"}:
            key = (node.get("call") or {}).get("key")
            items = [self._module.literal(item) for item in key] if isinstance(key, list) else [arguments["key"]]
            one = "," if isinstance(key, list) and len(items) == 1 else ""
            return f"{arguments['x']}[{', '.join(items)}{one}]"
        function = getattr(keras.ops, re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower(), None)
        if function is None or not arguments.keys() <= inspect.signature(function).parameters.keys():
            return None
        return f"keras.ops.{function.__name__}({', '.join(_named(key, value) for key, value in arguments.items())})"

    def _call(self, node: NodeDict, owner: NodeDict) -> str:
        """The arguments of a call, the first one by its place."""
        found = self._arguments(node, owner)
        parameters = self._parameters(owner)
        parts: list[str] = []
        for name in parameters.names:
            if name not in found:
                break
            parts.append(found.pop(name) if not parts else _named(name, found.pop(name)))
        if parameters.rest in found:
            parts.append(f"*{found.pop(parameters.rest)}")
        return ", ".join((*parts, *(_named(name, value) for name, value in found.items())))

    def _arguments(self, node: NodeDict, owner: NodeDict) -> dict[str, str]:
        parameters = self._parameters(owner)
        tensors: dict[str, list[str]] = {}
        for edge in sorted(self._edges.get(node["id"], []), key=lambda edge: edge.get("order", 0)):
            value = self.value(edge["source"], edge.get("output", 0))
            tensors.setdefault(edge.get("argument", calls.INPUTS), []).append(value)
        found = {}
        for name, values in tensors.items():
            is_list = len(values) > 1 or name == parameters.rest or (parameters.listed and name == parameters.names[0])
            found[name] = f"[{', '.join(values)}]" if is_list else values[0]
        return found | {name: self._module.literal(value) for name, value in (node.get("call") or {}).items()}

    def _parameters(self, owner: NodeDict) -> calls.Parameters:
        return calls.of_model() if owner["layer"] == NESTED else calls.of_layer(allowed.layer_class(owner["layer"]))

    def _new(self, name: str) -> str:
        base = name = _identifier(name)
        number = 2
        while name in self._taken:
            name, number = f"{base}_{number}", number + 1
        self._taken.add(name)
        return name


def _named(name: str, value: str) -> str:
    """An argument by its name. Raises InputError for a name that would be code."""
    if not name.isidentifier() or keyword.iskeyword(name):
        raise InputError(f"an argument has the name {shown(name)}; a name as Python takes it is expected")
    return f"{name}={value}"


def _identifier(name: str) -> str:
    plain = re.sub(r"[^0-9A-Za-z_]", "_", name)
    return plain if plain.isidentifier() and not keyword.iskeyword(plain) else f"layer_{plain}"


def _text(value: str) -> str:
    """A string literal, in the quotes that formatters prefer; the rules of JSON and of Python are the same for ASCII."""
    return json.dumps(value) if value.isascii() else repr(value)


def _is_plain(values: list[Any]) -> bool:
    """Whether a list is one of numbers, which Keras writes as a tuple: a shape or a size."""
    return all(value is None or isinstance(value, int | float) for value in values)

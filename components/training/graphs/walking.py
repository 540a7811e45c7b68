"""A drawing gone through layer by layer, from the inputs on: what each call gives, and what is wrong with it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from components.training.graphs import allowed, calls, evaluating, making, structure, words
from components.training.graphs.evaluating import Call, Called
from components.training.graphs.findings import Fix, Problem, Tensor
from components.training.graphs.palette import tensors as call_tensors
from components.training.graphs.structure import INPUT, Edge, Node, Structure
from schemas.errors import shown

_LEARNED = ("vocabulary", "mean", "bin_boundaries")  # what a layer's adapt() would find


@dataclass
class Evaluated:
    """A structure with what its layers give.

    Attributes:
      tensors: by node, what it gives; a node of which that is not known is not among them.
      called: by node, what its call gives; of a nested model, its sums.
      activations: every tensor of the model, those of nested models too.
    """

    structure: Structure
    tensors: dict[str, tuple[Tensor, ...]] = field(default_factory=dict)
    called: dict[str, Called] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    activations: list[Tensor] = field(default_factory=list)
    history: dict[str, list[Call]] = field(default_factory=dict)

    @property
    def parameters(self) -> int:
        return sum(one.parameters for one in self.called.values())

    @property
    def trainable(self) -> int:
        return sum(one.trainable for one in self.called.values())

    @property
    def weight_bytes(self) -> int:
        return sum(one.weight_bytes for one in self.called.values())


def evaluate(look: Structure, given: Sequence[Tensor] | None = None) -> Evaluated:
    """Calls each layer on what those before it give.

    Args:
      given: of a nested model: what stands in for its InputLayers.
    """
    found = Evaluated(look)
    inputs = iter(given or ())
    for id in look.order:
        node = look.nodes[id]
        owner = look.owner(node)
        if owner is None:
            continue
        if owner["layer"] == INPUT:
            _settle(found, id, evaluating.call(INPUT, node.get("config") or {}, []), next(inputs, None))
        elif structure.nested(owner):
            _nested(found, id, node, owner)
        else:
            _layer(found, id, node, owner)
    found.problems += _outputs(found)
    return found


def _outputs(found: Evaluated) -> Iterator[Problem]:
    for id, index in found.structure.outputs:
        if id in found.tensors and not 0 <= index < len(found.tensors[id]):
            said = (
                f"{found.structure.name(id)} has {len(found.tensors[id])} outputs, and not one number {index} (from 0)"
            )
            yield Problem("graph", said, [id])


def _settle(found: Evaluated, id: str, called: Called, instead: Tensor | None = None) -> None:
    """Keeps what a call gives, and reports what it says."""
    found.called[id] = called
    if called.error is None:
        found.tensors[id] = (instead,) if instead else called.outputs
        found.activations += found.tensors[id]
    elif called.in_constructor:
        found.problems.append(Problem("layer", called.error, [id], field=called.field))


def _layer(found: Evaluated, id: str, node: Node, owner: Node) -> None:
    layer, config = owner["layer"], owner.get("config") or {}
    tensors, complete = _arriving(found, id, layer, node) if allowed.is_known(layer) else ({}, False)
    call = Call({name: [tensor for tensor, _ in those] for name, those in tensors.items()}, node.get("call") or {})
    history = found.history.setdefault(owner["id"], [])
    # Where nothing comes to it, whether it can be made at all is known nevertheless.
    called = evaluating.call(layer, config, [*history[:1], call] if complete else [])
    if called.in_constructor:
        if not node.get("shares"):
            _settle(found, id, called)
        return
    found.problems += _unlearned(id, layer, config)
    if not complete:
        return
    if called.error is None:
        history.append(call)
    else:
        found.problems.append(_of_shape(found, id, owner, called, [one for those in tensors.values() for one in those]))
    _settle(found, id, replace(called, parameters=0, trainable=0, weight_bytes=0) if node.get("shares") else called)


def _of_shape(
    found: Evaluated, id: str, owner: Node, called: Called, arriving: Sequence[tuple[Tensor, Edge]]
) -> Problem:
    tensors, edges = [tensor for tensor, _ in arriving], [edge for _, edge in arriving]
    sources = [found.structure.nodes[edge["source"]] for edge in edges]
    makers = [(one["id"], one["layer"], one.get("config") or {}) for one in sources]
    message, config = str(called.error), owner.get("config") or {}
    fix = words.fix(owner["layer"], config, message, tensors, makers, owner["id"], [edge["id"] for edge in edges])
    said = words.plain(owner["layer"], message, tensors)
    return Problem("shape", said, [id], [edge["id"] for edge in edges], field=called.field, fix=fix)


def _unlearned(id: str, layer: str, config: Mapping[str, Any]) -> Iterator[Problem]:
    """A layer that would learn from the data before training, by ``adapt()``, of which a drawing has no call."""
    needed = [name for name in _LEARNED if name in making.argument_names(layer)]
    if hasattr(allowed.layer_class(layer), "adapt") and needed and config.get(needed[0]) is None:
        said = f"{layer} looks at no data before the training here: give it {needed[0]}"
        yield Problem("layer", said, [id], field=needed[0])


def _arriving(found: Evaluated, id: str, layer: str, node: Node) -> tuple[dict[str, list[tuple[Tensor, Edge]]], bool]:
    """The tensors that come to a node by argument, each with its edge; and whether it can be called with them."""
    parameters = calls.of_layer(allowed.layer_class(layer))
    known = (*parameters.names, *filter(None, [parameters.rest]))
    tensors: dict[str, list[tuple[Tensor, Edge]]] = {}
    problems: list[Problem] = []
    unknown = False
    for edge in found.structure.arriving.get(id, ()):
        argument = edge.get("argument", calls.INPUTS)
        if argument not in known:
            takes = ", ".join(one["name"] for one in call_tensors(layer)) or "none"
            problems.append(_not_there(edge, f"{layer} takes no tensor {shown(argument)}; it takes {takes}"))
        elif edge["source"] not in found.tensors:
            unknown = True
        elif problem := _no_such_output(found, edge):
            problems.append(problem)
        else:
            tensors.setdefault(argument, []).append((found.tensors[edge["source"]][edge.get("output", 0)], edge))
    problems += _too_many(layer, id, tensors)
    if not unknown and not problems:
        problems += _missing(layer, id, {*tensors, *(node.get("call") or {})})
    found.problems += problems
    return tensors, not problems and not unknown


def _no_such_output(found: Evaluated, edge: Edge) -> Problem | None:
    count = len(found.tensors[edge["source"]])
    if 0 <= edge.get("output", 0) < count:
        return None
    said = f"{found.structure.name(edge['source'])} has {count} outputs, and not one number {edge.get('output', 0)} (from 0)"
    return _not_there(edge, said)


def _not_there(edge: Edge, said: str) -> Problem:
    fix = Fix("Remove the connection", "remove_edge", edge=edge["id"])
    return Problem("dangling_edge", said, [edge["source"], edge["target"]], [edge["id"]], fix=fix)


def _too_many(layer: str, id: str, tensors: Mapping[str, list[tuple[Tensor, Edge]]]) -> Iterator[Problem]:
    single = {one["name"] for one in call_tensors(layer) if not one["many"]}
    if layer.startswith(allowed.OPERATIONS):  # an operation's argument may well be a list
        return
    for argument, those in tensors.items():
        if len(those) > 1 and argument in single:
            edges = [edge["id"] for _, edge in those]
            said = f"{layer} takes one tensor as {argument}, and {len(those)} are connected; merge them first"
            fix = Fix("Remove the last connection", "remove_edge", edge=edges[-1])
            yield Problem("shape", said, [id], edges, fix=fix)


def _missing(layer: str, id: str, there: set[str]) -> Iterator[Problem]:
    required = [one["name"] for one in call_tensors(layer) if not one["optional"]]
    if layer.startswith(allowed.OPERATIONS):  # of an operation it is not known which arguments are tensors
        required = [] if there else required[:1]
    missing = [name for name in required if name not in there]
    if missing and not there:
        yield Problem("missing_input", f"nothing is connected to {layer}", [id])
    elif missing:
        yield Problem("missing_input", f"{layer} needs a tensor for {' and for '.join(missing)}, too", [id])


def _nested(found: Evaluated, id: str, node: Node, owner: Node) -> None:
    """A nested model: what is wrong inside stands on its node."""
    look = structure.look(owner.get("graph") or {"nodes": [], "edges": []})
    alone = evaluate(look)
    if not node.get("shares"):
        inside = [*look.problems, *alone.problems]
        found.problems += [
            replace(one, message=f"in {owner['name']}: {one.message}", nodes=[id], edges=[], field=None, fix=None)
            for one in inside
        ]
    given = _given(found, id, owner, alone)
    inner = evaluate(look, given) if given else alone
    if given and inner.problems and not alone.problems:
        found.problems.append(Problem("shape", f"in {owner['name']}: {inner.problems[0].message}", [id]))
    outputs = tuple(
        inner.tensors[at][index] for at, index in look.outputs if 0 <= index < len(inner.tensors.get(at, ()))
    )
    trainable = 0 if (owner.get("config") or {}).get("trainable") is False else inner.trainable
    sums = Called((), inner.parameters, trainable, inner.weight_bytes)
    found.called[id] = Called() if node.get("shares") else sums
    found.activations += inner.activations
    if given and outputs and len(outputs) == len(look.outputs):
        found.tensors[id] = outputs


def _given(found: Evaluated, id: str, owner: Node, alone: Evaluated) -> list[Tensor] | None:
    """The tensors for the inputs of a nested model; None, with a problem, where they do not fit."""
    inputs = [at for at in alone.structure.nodes if alone.structure.nodes[at]["layer"] == INPUT]
    edges = found.structure.arriving.get(id, [])
    if any(edge["source"] not in found.tensors for edge in edges) or any(at not in alone.tensors for at in inputs):
        return None
    if wrong := [one for one in (_no_such_output(found, edge) for edge in edges) if one]:
        found.problems += wrong
        return None
    if len(edges) != len(inputs):
        said = f"{owner['name']} has {len(inputs)} inputs, and {len(edges)} are connected"
        found.problems.append(Problem("missing_input", said, [id], [edge["id"] for edge in edges]))
        return None
    given = {at: found.tensors[edge["source"]][edge.get("output", 0)] for at, edge in zip(inputs, edges, strict=True)}
    for (at, tensor), edge in zip(given.items(), edges, strict=True):
        needed = alone.tensors[at][0]
        if not fits(tensor.shape, needed.shape):
            name = alone.structure.nodes[at]["name"]
            said = f"{owner['name']} needs {needed} at its input {shown(name)}, got {tensor}"
            found.problems.append(Problem("shape", said, [id], [edge["id"]]))
            return None
    # In the order in which evaluate asks for them. A model casts what it is given to the dtype of its input.
    return [replace(given[at], dtype=alone.tensors[at][0].dtype) for at in alone.structure.order if at in given]


def fits(shape: Sequence[int | None], needed: Sequence[int | None]) -> bool:
    """Whether a tensor of a shape can be taken for another; None is any size."""
    pairs = zip(shape, needed, strict=False)
    return len(shape) == len(needed) and all(None in pair or pair[0] == pair[1] for pair in pairs)

"""Whether a drawing fits a dataset: its inputs, the ids in them, and the output that the task asks for."""

import functools
from collections.abc import Iterator, Mapping
from typing import Any

from components.training.graphs import allowed, structure
from components.training.graphs.findings import Fix, Problem, Tensor
from components.training.graphs.palette import group, palette
from components.training.graphs.structure import INPUT, Edge, Node, Structure
from schemas import encoding
from schemas.errors import shown

Tensors = Mapping[str, tuple[Tensor, ...]]
_IDS = {
    "Embedding": "input_dim",
    "CategoryEncoding": "num_tokens",
    "BagOfIds": "ids",
}  # the argument that says how many ids there are
_WIDEST = 32  # of the embedding that a fix inserts


def problems(found: Structure, tensors: Tensors, dataset: dict[str, Any]) -> Iterator[Problem]:
    """What does not fit.

    Args:
      tensors: by node, what it gives.
      dataset: of the form of studio.messages.datasets.Dataset.
    """
    if dataset.get("problem"):
        yield Problem("dataset", f"{dataset['name']} cannot be trained: {dataset['problem']}")
        return
    inputs = {id: _match(node["name"], dataset) for id, node in found.nodes.items() if node["layer"] == INPUT}
    yield from _inputs(found, tensors, dataset, inputs)
    yield from _ids(found, {id: one for id, one in inputs.items() if one})
    yield from _output(found, tensors, dataset)


def _match(name: str, dataset: dict[str, Any]) -> dict[str, Any] | None:
    """The dataset's input of an InputLayer, where its name leaves no doubt."""
    inputs = {one["input_name"]: one for one in dataset["inputs"]}
    found = encoding.inputs_named(name, inputs)
    return inputs[found[0]] if len(found) == 1 else None


def _inputs(
    found: Structure, tensors: Tensors, dataset: dict[str, Any], inputs: Mapping[str, dict[str, Any] | None]
) -> Iterator[Problem]:
    readers: dict[str, str] = {}
    for id, one in inputs.items():
        node = found.nodes[id]
        if one is None:
            known = ", ".join(each["input_name"] for each in dataset["inputs"])
            yield Problem("dataset", f"{dataset['name']} has no input {shown(node['name'])}; it has {known}", [id])
            continue
        if one["name"] in readers:
            yield Problem(
                "dataset", f"two inputs read {one['name']}; connect one of them twice", [readers[one["name"]], id]
            )
        readers.setdefault(one["name"], id)
        if id in tensors:
            yield from _input(id, node, tensors[id][0], one)
    unread = [one["name"] for one in dataset["inputs"] if one["name"] not in readers]
    if unread:
        said = f"the model does not read {', '.join(unread[:8])}{' and more' if len(unread) > 8 else ''}"
        yield Problem("dataset", said, severity="warning")


def _input(id: str, node: Node, tensor: Tensor, one: dict[str, Any]) -> Iterator[Problem]:
    needed = (None, *one["shape"])
    same = len(needed) == len(tensor.shape) and all(a in (None, b) for a, b in zip(tensor.shape, needed, strict=True))
    if not same:
        field = "shape" if "shape" in (node.get("config") or {}) else "batch_shape"
        value = list(needed[1:]) if field == "shape" else list(needed)
        fix = Fix(f"Set it to {needed}", "set", node=id, field=field, value=value)
        yield Problem(
            "dataset", f"{one['name']} has the shape {needed}, and this input {tensor}", [id], field=field, fix=fix
        )
    if tensor.dtype != one["dtype"]:
        fix = Fix(f"Set it to {one['dtype']}", "set", node=id, field="dtype", value=one["dtype"])
        said = f"{one['name']} has the dtype {one['dtype']}, and this input {tensor.dtype}"
        yield Problem("dataset", said, [id], field="dtype", fix=fix)


def _ids(found: Structure, inputs: Mapping[str, dict[str, Any]]) -> Iterator[Problem]:
    """Layers that look ids up in too few rows, and dense ones that would read an id as a quantity."""
    read = dict(inputs)  # which input a node passes on
    for id in found.order:
        node = found.nodes[id]
        arriving = found.arriving.get(id, [])
        sources = [(read[edge["source"]], edge) for edge in arriving if edge["source"] in read]
        owner = found.owner(node)
        if owner is None or not sources or structure_only(owner["layer"]):
            read |= {id: sources[0][0]} if sources and owner is not None else {}
            continue
        for one, edge in sources:
            yield from _ids_of(id, owner, one, edge)


def structure_only(layer: str) -> bool:
    """Whether a layer passes on its numbers as they are, in another shape."""
    found = allowed.layers().get(layer)
    return found is not None and (group(found) == "reshaping" or layer in ("Identity", "Masking"))


def _ids_of(id: str, owner: Node, one: dict[str, Any], edge: Edge) -> Iterator[Problem]:
    layer, ids, config = owner["layer"], one["ids"], owner.get("config") or {}
    if layer in _IDS:
        field = _IDS[layer]
        rows = config.get(field)
        if ids and isinstance(rows, int) and rows < ids:
            said = f"{layer} has {field} {rows}, and {one['name']} has {ids} ids, 0 to {ids - 1}"
            fix = Fix(f"Set {field} to {ids}", "set", node=owner["id"], field=field, value=ids)
            yield Problem("dataset", said, [id], field=field, fix=fix)
        elif ids == 0 and layer == "Embedding":
            said = f"{one['name']} is no id; an Embedding looks ids up"
            yield Problem("dataset", said, [id], [edge["id"]], severity="warning")
    elif layer == "Dense" and ids:
        config = {"input_dim": ids, "output_dim": min(_WIDEST, max(2, round(ids**0.5)))}
        fix = Fix("Insert Embedding before it", "insert", edge=edge["id"], layer="Embedding", config=config)
        said = f"{one['name']} holds ids of its values, which {layer} would read as quantities"
        yield Problem("dataset", said, [id], [edge["id"]], severity="warning", fix=fix)


def _output(found: Structure, tensors: Tensors, dataset: dict[str, Any]) -> Iterator[Problem]:
    wanted = dataset["task"]["output"]["config"]
    if not found.outputs:
        return  # reported already
    if len(found.outputs) > 1:
        ends = [id for id, _ in found.outputs]
        names = ", ".join(found.nodes[id]["name"] for id in ends[:8])
        said = f"{dataset['name']} takes one output, and the model has {len(ends)}: {names}"
        yield Problem("dataset", said, ends)
        return
    ((id, index),) = found.outputs
    owner = found.owner(found.nodes[id])
    if owner is None or not 0 <= index < len(tensors.get(id, ())):
        return  # not known
    shape, units = tensors[id][index].shape, wanted["units"]
    if shape != (None, units):
        said = f"{found.name(id)} gives {shape}; {dataset['name']} needs (None, {units})"
        yield Problem("dataset", said, [id], fix=_for_shape(found, owner, id, shape, units, tensors))
    has, needed = activation(found, id, index), wanted.get("activation") or "linear"
    if has != needed:
        settable = owner["layer"] in ("Dense", "Activation")
        fix = (
            Fix(f"Set it to {needed}", "set", node=owner["id"], field="activation", value=needed) if settable else None
        )
        said = f"{found.name(id)} has the activation {has}; {dataset['name']} needs {needed}"
        yield Problem("dataset", said, [id], field="activation" if settable else None, fix=fix)


def _for_shape(
    found: Structure, owner: Node, id: str, shape: tuple[int | None, ...], units: int, tensors: Tensors
) -> Fix | None:
    arriving = found.arriving.get(id, [])
    if len(shape) > 2 and len(arriving) == 1:
        return Fix("Insert Flatten before it", "insert", edge=arriving[0]["id"], layer="Flatten")
    if owner["layer"] == "Dense" and len(shape) == 2:
        return Fix(f"Set units to {units}", "set", node=owner["id"], field="units", value=units)
    return None


def activation(found: Structure, id: str, index: int = 0) -> str:
    """The name of the activation that a tensor comes from, as components.training.models.graph has it once it is built."""
    owner = found.owner(found.nodes[id])
    if owner is None:
        return "unknown"
    if structure.nested(owner):
        inner = structure.look(owner.get("graph") or {"nodes": [], "edges": []})
        return activation(inner, *inner.outputs[index]) if index < len(inner.outputs) else "unknown"
    if owner["layer"] == "Average":  # of an ensemble: the mean of probabilities is one
        sources = {(edge["source"], edge.get("output", 0)) for edge in found.arriving.get(id, ())}
        all_of_them = {activation(found, *source) for source in sources}
        return all_of_them.pop() if len(all_of_them) == 1 else "unknown"
    if owner["layer"].removeprefix(allowed.OPERATIONS) in ("Softmax", "Sigmoid"):
        return str(owner["layer"]).removeprefix(allowed.OPERATIONS).lower()
    defaults = {one["name"]: one["default"] for one in _arguments(owner["layer"])}
    own = (owner.get("config") or {}).get("activation", defaults.get("activation"))
    if isinstance(own, dict):
        own = own.get("config") if own.get("class_name") == "function" else own.get("class_name")
    return str(own or "linear")


@functools.cache
def _arguments(layer: str) -> list[dict[str, Any]]:
    return next((one["arguments"] for one in palette()["layers"] if layer in (one["name"], *one["aliases"])), [])

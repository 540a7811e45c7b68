"""What Keras says about a call in plain words, and the change that mends it where that is obvious."""

import re
from collections.abc import Sequence
from typing import Any

from components.training.graphs import allowed
from components.training.graphs.findings import Fix, Tensor
from components.training.graphs.palette import group

_NDIM = re.compile(r"expected (min_|max_)?ndim=(\d+), found ndim=\d+\. Full shape received: (\(.*\))")
_AXIS = re.compile(r"expected axis (-?\d+) of input shape to have value (\S+), but received input with shape (\(.*\))")
_TOO_SMALL = re.compile(r"[Cc]omputed output size would be (zero or )?negative")
_UNKNOWN = re.compile(r"must be fully-defined|unsupported operand type.*NoneType")
_IN_LAYER = re.compile(r"Input \d+ (with name '\w+' )?of layer '\w+' is incompatible with the layer: ")
_RESIZED = re.compile(r"size of the tensor must be unchanged\. Received: input_shape=(\(.*?\)), target_shape=(\(.*?\))")


def plain(layer: str, message: str, tensors: Sequence[Tensor]) -> str:
    """A message of Keras about a call of a layer with these tensors, as a sentence that begins with the layer."""
    got = " and ".join(map(str, tensors[:4])) or "nothing"
    if found := _NDIM.search(message):
        bound = {"min_": "at least ", "max_": "at most "}.get(found[1] or "", "")
        return f"{layer} needs {bound}{found[2]} {'dimension' if found[2] == '1' else 'dimensions'}, got {found[3]}"
    if found := _AXIS.search(message):
        return f"{layer} has weights for {found[2]} in axis {found[1]}, got {found[3]}; a shared layer takes one size alone"
    if _TOO_SMALL.search(message):
        return f"{layer} does not fit into {got}: its window is larger than what is left"
    if _UNKNOWN.search(message):
        return f"{layer} needs a known size for its weights, got {got}; set it in the input's shape"
    if found := _RESIZED.search(message):
        return f"{layer} cannot make {found[2]} of {found[1]}: both need equally many numbers"
    if "requires inputs with matching shapes" in message:
        return f"{layer} needs shapes that differ in its axis alone, got {got}"
    if "have incompatible shapes" in message:
        return f"{layer} needs shapes that go together, got {got}"
    if "tuple index out of range" in message or "list index out of range" in message:
        return f"{layer} has an axis that {got} does not have"
    rest = _IN_LAYER.sub("", message)
    return rest if rest.startswith(layer) else f"{layer}: {rest}"


def fix(
    layer: str,
    config: dict[str, Any],
    message: str,
    tensors: Sequence[Tensor],
    sources: Sequence[tuple[str, str, dict[str, Any]]],
    node: str,
    edges: Sequence[str],
) -> Fix | None:
    """The change that makes a call fit, None where none is obvious.

    Args:
      layer, config, node: what is called.
      message: what Keras says.
      tensors: the tensors of the call.
      sources: of each, the id, layer and config of the node that makes it.
      edges: of each, the edge that it comes by.
    """
    if not tensors:
        return None
    if found := _NDIM.search(message):
        return _for_dimensions(layer, found, tensors[0], sources[0], edges[0])
    if _TOO_SMALL.search(message) and config.get("padding", "valid") == "valid" and _has_padding(layer):
        return Fix("Set padding to same", "set", node=node, field="padding", value="same")
    if "requires inputs with matching shapes" in message or "have incompatible shapes" in message:
        ranks = [len(one.shape) for one in tensors]
        if min(ranks) == 2 < max(ranks):
            return _insert("Flatten", {}, edges[ranks.index(max(ranks))])
    return None


def _for_dimensions(
    layer: str, found: re.Match[str], tensor: Tensor, source: tuple[str, str, dict[str, Any]], edge: str
) -> Fix | None:
    needed, rank = int(found[2]), len(tensor.shape)
    id, made_by, config = source
    folder = group(allowed.layer_class(layer)) if not layer.startswith(allowed.OPERATIONS) else ""
    if rank == needed - 1 and made_by in _recurrent() and not config.get("return_sequences") and needed == 3:
        return Fix("Let the layer before return sequences", "set", node=id, field="return_sequences", value=True)
    if rank > needed and needed == 2:
        return _insert("Flatten", {}, edge)
    wants_channels = folder in ("convolution", "pooling", "recurrent", "core") or layer == "Bidirectional"
    if rank == needed - 1 and found[1] != "max_" and wants_channels:
        known = list(tensor.shape[1:])
        if sum(size is None for size in known) <= 1:
            return _insert("Reshape", {"target_shape": [*(-1 if size is None else size for size in known), 1]}, edge)
    return None


def _insert(layer: str, config: dict[str, Any], edge: str) -> Fix:
    label = (
        f"Insert Reshape to {tuple(config['target_shape'])} before it"
        if layer == "Reshape"
        else f"Insert {layer} before it"
    )
    return Fix(label, "insert", edge=edge, layer=layer, config=config)


def _has_padding(layer: str) -> bool:
    return not layer.startswith(allowed.OPERATIONS) and group(allowed.layer_class(layer)) in ("convolution", "pooling")


def _recurrent() -> set[str]:
    return {name for name, found in allowed.layers().items() if group(found) == "recurrent"}

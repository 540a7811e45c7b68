"""Every layer that can be drawn, read from the installed Keras: its group, help, arguments and tensors."""

import functools
import inspect
import re
from typing import Any

import keras
from keras.src.layers.merging.base_merge import Merge

from components.training.graphs import allowed, fields
from components.training.graphs.docstrings import Docstring, parsed

GROUPS = (
    "core",
    "convolution",
    "pooling",
    "recurrent",
    "normalization",
    "regularization",
    "attention",
    "reshaping",
    "merging",
    "activation",
    "preprocessing",
    "other",
)
_FOLDERS = {
    "convolutional": "convolution",
    "rnn": "recurrent",
    "activations": "activation",
}  # named otherwise in the index
_FUNCTIONS = {"InputLayer": keras.Input}  # that have the documentation of a class which has none
_NO_TENSORS = ("self", "training")
_MANY_WITHOUT_SAYING = ("HashedCrossing",)  # takes a list of tensors, which its documentation does not say


@functools.cache
def palette() -> dict[str, Any]:
    """The palette, as ``studio.messages.palette.Palette`` has it."""
    classes = sorted({allowed.layer_name(found): found for found in allowed.layers().values()}.items())
    made = [_layer(found) for _, found in classes]
    _share_help(made)
    objects = {kind: _objects(kind) for kind in ("initializers", "regularizers", "constraints")}
    return {
        "keras": keras.__version__,
        "groups": [group for group in GROUPS if any(layer["group"] == group for layer in made)],
        "layers": made,
        "objects": objects | {"activations": _activations()},
        "excluded": {name: why for name, why in allowed.EXCLUDED.items() if hasattr(keras.layers, name)},
    }


def group(found: type) -> str:
    """Of a layer's class: the folder of keras.src.layers that it stands in."""
    in_layers = re.match(r"keras\.src\.layers\.(\w+)\.", found.__module__)
    folder = in_layers[1] if in_layers else "other"
    return _FOLDERS.get(folder, folder)


def _layer(found: Any) -> dict[str, Any]:
    name = allowed.layer_name(found)
    documentation = _documentation(found)
    return {
        "name": name,
        "aliases": sorted(alias for alias, other in allowed.layers().items() if other is found and alias != name),
        "group": group(found),
        "summary": documentation.summary,
        "help": documentation.help,
        "arguments": fields.of(found, documentation),
        "inputs": tensors(name),
    }


def _documentation(found: Any) -> Docstring:
    text = found.__doc__ or getattr(_FUNCTIONS.get(found.__name__), "__doc__", None) or ""
    return parsed(text, vars(found).get("__init__", found).__doc__ or "")


@functools.cache
def tensors(layer: str) -> list[dict[str, Any]]:
    """The tensors that the call of a layer (or operation) takes, as ``studio.messages.palette.TensorArgument`` has them."""
    found: Any = allowed.layer_class(layer)
    if found is keras.layers.InputLayer:
        return []
    parameters = [one for one in inspect.signature(found.call).parameters.values() if _takes_tensor(one)]
    many = _takes_list(found)
    return [
        {
            "name": one.name,
            "many": one.name in ("states", "initial_state") or (many and (number == 0 or one.name == "mask")),
            "optional": one.default is not one.empty,
        }
        for number, one in enumerate(parameters)
    ]


def _takes_tensor(one: inspect.Parameter) -> bool:
    named = one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY, one.POSITIONAL_ONLY)
    return named and one.name not in _NO_TENSORS and not isinstance(one.default, bool)


def _takes_list(found: Any) -> bool:
    text = f"{found.__doc__ or ''}\n{found.call.__doc__ or ''}"
    says = re.search(r"\binputs: (A )?[Ll]ist of", text)
    return issubclass(found, Merge) or bool(says) or found.__name__ in _MANY_WITHOUT_SAYING


def _share_help(layers: list[dict[str, Any]]) -> None:
    """An argument without help gets that of the same argument of another layer, as of ``seed``."""
    known = {one["name"]: one["help"] for layer in layers for one in layer["arguments"] if one["help"]}
    for layer in layers:
        for one in layer["arguments"]:
            if not one["help"] and one["name"] in ("seed", "data_format"):
                one["help"] = known[one["name"]]


def _objects(kind: str) -> list[dict[str, Any]]:
    classes = sorted({found.__name__: found for found in allowed.objects(kind).values()}.items())
    documented = [(name, found, fields.documented(kind, name)) for name, found in classes]
    return [
        {"name": name, "summary": said.summary, "arguments": fields.of(found, said)} for name, found, said in documented
    ]


def _activations() -> list[dict[str, Any]]:
    described = ((name, parsed(found.__doc__ or "").summary) for name, found in sorted(allowed.activations().items()))
    return [{"name": name, "summary": summary, "arguments": []} for name, summary in described]

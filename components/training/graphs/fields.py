"""Constructor arguments as form fields: what kind each is, its default, what is allowed and its help.

Kinds follow from the argument's name, its default and the words of its documentation; the rules below name no layer.
"""

import functools
import inspect
import re
from typing import Any

import keras

from components.training.graphs import allowed
from components.training.graphs.docstrings import Docstring, parsed

Field = dict[str, Any]

DTYPES = ("float32", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16", "int32", "int64", "bool", "string")
OMITTED = {
    "name": "stands beside the arguments",
    "autocast": "is Keras' own",
    "input_tensor": "is a tensor of a program",
    "quantization_config": "is of a layer that is quantized after training",
    "gptq_unpacked_column_size": "is of a layer that is quantized after training",
}
"""Arguments that are no fields, and why."""

_OBJECTS = {"initializer": "initializers", "regularizer": "regularizers", "constraint": "constraints"}
_LAYER, _LAYERS = ("layer", "cell", "backward_layer"), ("layers", "cells")
_QUOTED = r"[`{\"']*\"([\w-]+)[\"`}]+"
_JOINED = r"(?:\s*\((?:default)\))?(?:,?\s*(?:or|and)\s+|,\s*)(?:None|`None`)?"
_CHAIN = re.compile(rf"{_QUOTED}(?:{_JOINED}{_QUOTED})+")
_OPTIONS = re.compile(r"(?:Options include|Available methods are)\s+`(\w+)`(?:, `(\w+)`)+")
_BULLET = re.compile(rf"(?:^|\s)- {_QUOTED}")
_BY_NAME: dict[str, Field] = {  # where some layers leave it undocumented
    "seed": {"kind": "int"},
    "data_format": {"kind": "choice", "choices": ["channels_last", "channels_first"]},
    "value_range": {"kind": "floats", "length": 2},
    "max_value": {"kind": "float"},
}
_COUNTS = {"one": 1, "two": 2, "three": 3}
_SELDOM = (
    "seed",
    "data_format",
    "dtype",
    "noise_shape",
)  # shown under "more" though they stand before the initializers
_SHOWN_FIRST = 4
_OF_EVERY_LAYER = {
    "activity_regularizer": ("object", None, "A penalty on the layer's output."),
    "trainable": ("bool", True, "Whether training changes the layer's weights."),
    "dtype": ("dtype", None, "What the layer computes in, and what its weights are kept in."),
}


def of(found: type, documentation: Docstring) -> list[Field]:
    """The fields of a class's constructor arguments, as ``studio.messages.palette.Argument`` has them, in their order."""
    parameters = list(inspect.signature(found.__init__).parameters.values())[1:]  # type: ignore[misc]
    named = [one for one in parameters if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)]
    made = [_field(found, one, documentation.arguments.get(one.name, "")) for one in named if one.name not in OMITTED]
    _mark_common(made)
    has_more = issubclass(found, keras.layers.Layer) and any(one.kind is one.VAR_KEYWORD for one in parameters)
    known = {one["name"] for one in made}
    return [*made, *(one for one in of_every_layer() if has_more and one["name"] not in known)]


@functools.cache
def of_every_layer() -> tuple[Field, ...]:
    """Those that the base class takes."""
    made: list[Field] = []
    for name, (kind, default, help) in _OF_EVERY_LAYER.items():
        made.append({"name": name, "kind": kind, "default": default, "help": help, "common": False})
        made[-1]["optional"] = default is None
        made[-1] |= {"choices": list(DTYPES)} if kind == "dtype" else {}
        made[-1] |= {"objects": "regularizers"} if kind == "object" else {}
    return tuple(made)


def _field(found: type, parameter: inspect.Parameter, help: str) -> Field:
    name, required = parameter.name, parameter.default is parameter.empty
    default = None if required else _json(parameter.default)
    kind = _kind(found, name, default, help)
    if kind["kind"] == "json" and parameter.annotation in (int, float):  # Slipway's own layers are annotated
        kind = {"kind": parameter.annotation.__name__}
    of_n = re.search(r"([23])D", found.__name__)
    if of_n and kind.get("length") == 1:  # Conv2DTranspose's documentation has copied that of Conv1DTranspose
        kind["length"] = int(of_n[1])
    optional = (not required and default is None) or (
        bool(re.search(r"`?None`?\b", help[:200])) and kind["kind"] != "bool"
    )
    return {"name": name, "required": required, "optional": optional, "default": default, "help": help} | kind


def _json(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_json(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else None


def _kind(found: type, name: str, default: Any, help: str) -> Field:
    for ending, objects in _OBJECTS.items():
        if name.endswith(ending):
            return {"kind": "object", "objects": objects}
    if name.endswith("activation"):
        return {"kind": "object", "objects": "activations"}
    if name in _LAYER or name in _LAYERS:
        return {"kind": "layer" if name in _LAYER else "layers"}
    if name == "dtype" or name.endswith("_dtype"):
        return {"kind": "dtype", "choices": list(DTYPES)}
    if isinstance(default, bool):
        return {"kind": "bool"}
    if name in _BY_NAME:
        return dict(_BY_NAME[name])
    if name.endswith("shape"):
        return {"kind": "shape"}
    if choices := _choices(found, name, default, help):
        return {"kind": "choice", "choices": choices}
    return _number(default, help) or {"kind": _by_words(default, help)}


def _choices(found: type, name: str, default: Any, help: str) -> list[str]:
    """The texts that an argument may have, where the class or its documentation lists them all."""
    listed = getattr(found, f"_SUPPORTED_{name.upper()}", None)
    if listed:
        return list(listed)
    if not isinstance(default, str | None):
        return []
    chain, options, bullets = _CHAIN.search(help), _OPTIONS.search(help), _BULLET.findall(help)
    listed = re.findall(_QUOTED, chain[0]) if chain else re.findall(r"`(\w+)`", options[0]) if options else bullets
    listed = list(dict.fromkeys([*listed, *(bullets if chain and default is not None else ())]))
    if default is None:  # words in quotes might be of another argument
        return listed if chain and chain.start() < 40 else []
    return listed if default in listed and len(listed) > 1 else []


def _number(default: Any, help: str) -> Field:
    """The field of a number or of several."""
    head = re.sub(r"\"\w*\"", "", help[:90].lower())
    several = re.search(
        r"(?:tuples?|list)\b.{0,24}?\b(\d|two|three) (?:int|float)|tuple of ints? \(length (\d)\)", head
    )
    length = _length(default, several)
    floats = "float" in head or "range of values" in head or _of(default, float)
    counts = re.match(r"(the )?(number|size|dimension|max(imum)? (number|size)|maximum)\b", head)
    ints = re.search(r"\bint(eger)?s?\b", head) or _of(default, int) or (counts and default is None)
    if "tuples of" in help[:120].lower() or (isinstance(default, list) and default and isinstance(default[0], list)):
        return {"kind": "json"}
    if re.search(r"\barray\b|\bmatrix\b", head):
        return {"kind": "json"}
    listed = isinstance(default, list) or several or re.search(r"\b(tuple|list)\b", head)
    if floats and not (isinstance(default, int) and not isinstance(default, bool) and not listed):
        return {"kind": "floats" if listed else "float", "length": length if listed else None} | _bounds(default, head)
    if ints:
        return {"kind": "ints" if listed else "int", "length": length if listed else None} | _bounds(default, head)
    return {}


def _of(default: Any, kind: type) -> bool:
    return type(default) is kind or (isinstance(default, list) and kind in map(type, default))


def _length(default: Any, several: re.Match[str] | None) -> int | None:
    if isinstance(default, list):
        return len(default)
    word = (several[1] or several[2]) if several else None
    return (int(word) if word.isdigit() else _COUNTS[word]) if word else None


def _bounds(default: Any, head: str) -> Field:
    low, high = None, None
    if "between 0 and 1" in head:
        low, high = 0, 1
    elif "positive int" in head or "dimension of the output" in head or "dimensionality" in head:
        low = 1
    elif ">= 0" in head:
        low = 0
    values = default if isinstance(default, list) else [default]
    outside = any(isinstance(value, int | float) and low is not None and value < low for value in values)
    return {} if outside else {"low": low, "high": high}


def _by_words(default: Any, help: str) -> str:
    head = help[:60].lower()
    says_whether = re.match(r"(an? )?bool|whether|if `?true", head)
    if isinstance(default, str):
        return "json" if says_whether else "str"
    if says_whether:
        return "bool"
    return "str" if "string" in head or "equation" in head else "json"


def _mark_common(made: list[Field]) -> None:
    """Shown at once: what is required, activations, the first few before the initializers, and what changes the outputs."""
    start = 0
    for field in made:
        of_weights = field.get("objects") in _OBJECTS.values()
        start = _SHOWN_FIRST if of_weights and not field["required"] else start
        seldom = field["name"] in _SELDOM or (field["kind"] == "json" and field["default"] is None)
        first = start < _SHOWN_FIRST and not seldom and not of_weights
        shapes = field["name"].startswith("return_") or field["name"] in ("dropout", "mask_zero")
        field["common"] = field["required"] or first or shapes or field.get("objects") == "activations"
        start += bool(first and field.get("objects") is None)


@functools.cache
def documented(kind: str, name: str) -> Docstring:
    """The docstring of one of ``allowed.objects``."""
    found: Any = allowed.objects(kind)[name]
    return parsed(found.__doc__ or "", found.__init__.__doc__ or "")

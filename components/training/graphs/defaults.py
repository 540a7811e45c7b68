"""The constructor arguments of a layer as a drawing has them: those alone that differ from their defaults, in one form."""

import json
from collections.abc import Mapping
from typing import Any

import keras
from keras.src.ops.operation import Operation
from keras.src.saving.serialization_lib import SafeModeScope

from components.training.graphs import allowed, making
from components.training.graphs.weightless import weightless

_OBJECTS = {f"keras.{kind}": getattr(keras, kind) for kind in ("initializers", "regularizers", "constraints")}
_OWN = {one.__name__ for one in allowed.OWN}
_POLICY = "DTypePolicy"
# What a layer that cannot be made without arguments is made with, to see its defaults.
_EXAMPLES: dict[str, dict[str, Any]] = {"InputLayer": {"batch_shape": (None,)}}


def own(found: type[Operation], config: Mapping[str, Any], *, keeps_dtype: bool) -> dict[str, Any]:
    """The arguments without which another layer would be made; required ones are always among them.

    Args:
      found: the class.
      config: its constructor arguments in JSON's form, complete or not.
      keeps_dtype: whether the layer's dtype is one that somebody asked for, where it is ``float32``: Keras' own JSON has one
        for every layer.

    Raises:
      LayerError: an argument has a value that the layer does not take.
    """
    layer = allowed.layer_name(found)
    given = {name: value for name, value in config.items() if name != "name"}
    full = _full(found, given)
    needed = {name: given[name] for name in making.required_names(layer) if name in given} | _EXAMPLES.get(layer, {})
    plain = _standard(found, layer, needed)
    kept = {name: value for name, value in full.items() if name in needed or plain.get(name, ...) != value}
    kept.pop("name", None)
    if found is keras.layers.InputLayer and kept["batch_shape"][0] is None:
        kept = {"shape": kept.pop("batch_shape")[1:]} | kept  # as one writes keras.Input
    if _has_policy(found):
        kept.pop("dtype", None)
        dtype = _policy_name(given.get("dtype"))
        if dtype is not None and (keeps_dtype or dtype != "float32"):
            kept["dtype"] = dtype
    return {name: _short(value, given.get(name), keeps_dtype) for name, value in kept.items()}


def _standard(found: type[Operation], layer: str, needed: Mapping[str, Any]) -> dict[str, Any]:
    """All arguments of a layer that is made with those alone that it needs."""
    try:
        return _full(found, needed)
    except making.LayerError:  # it needs one of several, of which each has a default, such as CategoryEncoding
        plain: dict[str, Any] = json.loads(json.dumps({"trainable": True} | allowed.defaults(layer)))
        return plain


def _has_policy(found: type[Operation]) -> bool:
    """Whether ``dtype`` is what the layer computes in, as the page's precision says where nobody asks for another."""
    return issubclass(found, keras.layers.Layer) and found is not keras.layers.InputLayer


def _policy_name(dtype: Any) -> Any:
    """A policy by its name; one that has more than a name as it is."""
    if isinstance(dtype, dict) and dtype.get("class_name") == _POLICY:
        return dtype.get("config", {}).get("name")
    return dtype


def _full(found: type[Operation], config: Mapping[str, Any]) -> dict[str, Any]:
    """All arguments, as the class itself gives them when it is made with these."""
    allowed.check(config)
    # Not making.make, which knows the documented arguments alone: Keras writes some more of a few layers.
    try:
        # Weightless: an argument may be a model, whose layers are built as it is made.
        with weightless(), SafeModeScope(True):
            made = found.from_config(allowed.arguments(found, config))
    except Exception as error:  # any layer may raise anything for what a person typed
        raise making.LayerError(f"{allowed.layer_name(found)}: {making.one_line(error)}") from error
    # Through a text: Keras leaves tuples, which JSON does not have.
    full: dict[str, Any] = json.loads(json.dumps(keras.saving.serialize_keras_object(made)["config"]))
    return full


def _short(value: Any, given: Any, keeps_dtype: bool) -> Any:
    """An object without what its name says already; of an initializer that has only defaults, the name alone.

    Args:
      given: the same, as it was before Keras added what it has of its own.
    """
    if isinstance(value, list):
        known: list[Any] = given if isinstance(given, list) and len(given) == len(value) else [None] * len(value)
        return [_short(item, one, keeps_dtype) for item, one in zip(value, known, strict=True)]
    if not isinstance(value, dict) or not isinstance(value.get("class_name"), str):
        return value
    name, config = value["class_name"], value.get("config")
    if value.get("module") in _OBJECTS and isinstance(config, dict):
        default = _defaults(value["module"], name)
        changed = {key: item for key, item in config.items() if default.get(key, ...) != item}
        return {"class_name": name, "config": changed} if changed else name
    if isinstance(config, dict) and (value.get("module") == "keras.layers" or name in _OWN):
        before = given.get("config") if isinstance(given, dict) else None
        asked = keeps_dtype and isinstance(before, dict) and before.get("dtype") is not None
        named = {"name": config["name"]} if "name" in config else {}
        return {"class_name": name, "config": named | own(allowed.layer_class(name), config, keeps_dtype=asked)}
    return value


def _defaults(module: str, name: str) -> dict[str, Any]:
    try:
        made = getattr(_OBJECTS[module], name)()
    except TypeError:  # it has none
        return {}
    found: dict[str, Any] = json.loads(json.dumps(made.get_config()))
    return found

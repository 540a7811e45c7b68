"""A node's layer, made from its name and its constructor arguments."""

import functools
import inspect
import re
from collections.abc import Iterable, Mapping
from typing import Any

import keras
from keras.src.ops.operation import Operation

from components.training.graphs import allowed
from schemas.errors import InputError, shown

_OF_EVERY_LAYER = ("name", "trainable", "dtype", "autocast", "activity_regularizer")
_LONGEST = 300  # characters of a message
_OF_EVERY_OPERATION = ("name", "dtype")


class LayerError(InputError):
    """The constructor does not take its arguments; ``field`` is the one at fault, where that is known."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


def make(layer: str, name: str, config: Mapping[str, Any]) -> Operation:
    """The layer (or operation) of a node that is no nested model.

    Args:
      layer: its name in the palette, or ``ops.`` and that of an operation.
      name: Keras' name for it.
      config: constructor arguments in JSON's form. Objects need not name their module.

    Raises:
      NotAllowedError: the class, or one within its arguments, is not on the list.
      LayerError: an argument is unknown or has a value that the layer does not take.
    """
    found = allowed.layer_class(layer)
    allowed.check(config)
    known = argument_names(layer)
    for field in config:
        if field not in known:
            raise LayerError(f"{layer} has no argument {shown(field)}; it has {_listed(known)}", field)
    for field in required_names(layer):
        if field not in config:
            raise LayerError(f"{layer} needs a value for {field}", field)
    return _made(found, layer, allowed.arguments(found, config) | {"name": name}, config)


def _made(found: type[Operation], layer: str, config: dict[str, Any], given: Mapping[str, Any]) -> Operation:
    if "name" not in argument_names(layer):
        del config["name"]
    try:
        with keras.src.saving.serialization_lib.SafeModeScope(True):
            return found.from_config(config)
    except Exception as error:  # any layer may raise anything for what a person typed
        message = one_line(error)
        raise LayerError(f"{layer}: {message}", field_in(message, given, argument_names(layer))) from error


@functools.cache
def argument_names(layer: str) -> tuple[str, ...]:
    """The names of a layer's constructor arguments, those that every layer has at the end."""
    found = allowed.layer_class(layer)
    names = [name for name, _ in _parameters(found)]
    takes_any = any(p.kind is p.VAR_KEYWORD for p in inspect.signature(found.__init__).parameters.values())
    every = _OF_EVERY_LAYER if issubclass(found, keras.layers.Layer) else _OF_EVERY_OPERATION
    return (*names, *(name for name in every if takes_any and name not in names))


@functools.cache
def required_names(layer: str) -> tuple[str, ...]:
    """Those without a default."""
    found = allowed.layer_class(layer)
    return tuple(name for name, one in _parameters(found) if one.default is one.empty)


def _parameters(found: type[Operation]) -> list[tuple[str, inspect.Parameter]]:
    every = list(inspect.signature(found.__init__).parameters.items())[1:]
    return [(name, one) for name, one in every if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)]


def one_line(error: BaseException) -> str:
    """What Keras says, without line breaks, colours, and full dumps of what it was given."""
    text = str(error) or type(error).__name__
    if "Exception encountered:" in text:
        text = text.rsplit("Exception encountered:", 1)[1]
    for mark in ("\n\nconfig=", "Full object config:", "Arguments received by"):
        text = text.split(mark)[0]
    text = re.sub(r"\x1b\[\d+m|^\s*Exception encountered when calling \S+\.call\(\)\.", "", text)
    text = " ".join(text.split()).strip().rstrip(".")
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def field_in(message: str, config: Mapping[str, Any], known: Iterable[str]) -> str | None:
    """The argument that a message speaks of: by its name, by its value, or as the only one that holds another object.

    Args:
      config: the arguments that were given.
      known: the names of all.
    """
    fields = {field: value for field, value in config.items() if field not in ("name", "dtype")}
    marked = re.findall(r"[`'\"](\w+)[`'\"]|\b(\w+)=", message)
    words = re.findall(r"\w+", message)
    names = [first or second for first, second in marked]
    by_name = [word for word in names if word in set(known) - {"name", "dtype"}] + [
        word for word in words if word in fields
    ]
    by_value = [field for field, value in fields.items() if isinstance(value, str) and value in words]
    holding = [field for field, value in fields.items() if "class_name" in str(value)]
    only = next(iter(fields)) if len(fields) == 1 else None
    return next(iter([*by_name, *by_value, *holding, only]))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)

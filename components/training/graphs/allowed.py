"""What a graph may consist of: the classes that Keras is let make from a file or a drawing.

Keras makes any importable Keras class that a JSON text names, and some of these run or load code. Here a class has to be on a
list, wherever in the text it stands; Keras' own safe mode comes on top of that.
"""

import copy
import functools
import inspect
import types
from collections.abc import Iterator, Mapping
from typing import Any

import keras
from keras.src import ops as operations
from keras.src.ops.function import Function
from keras.src.ops.operation import Operation

from components.training.models.augmentation import InTraining
from components.training.models.layers import BagOfIds, MaskedMean
from schemas.errors import InputError, shown

MODEL = "Model"  # the ``layer`` of a node that is a nested model
OPERATIONS = "ops."  # before the name of an operation that is no layer, as in ``ops.OneHot``
OWN = (BagOfIds, InTraining, MaskedMean)

_CODE = "runs or loads code that is not Keras' own"
_BASE = "a base class: it does nothing by itself"
EXCLUDED = {
    "Lambda": "runs Python code of its own",
    "TFSMLayer": "loads a SavedModel, and with it code, from a path",
    "TorchModuleWrapper": _CODE,
    "JaxLayer": _CODE,
    "FlaxLayer": _CODE,
    "Layer": _BASE,
    "Wrapper": _BASE,
    "InputSpec": "describes a layer's inputs and is no layer",
}
"""Public names of keras.layers that cannot be drawn, and why."""

_OBJECTS = ("initializers", "regularizers", "constraints")
_MODELS = {"Functional", "Sequential", MODEL}
_POLICIES = {"DTypePolicy", "FloatDTypePolicy", "DTypePolicyMap"}
_VALUES = {"__keras_tensor__", "__tensor__", "__numpy__", "__bytes__", "__ellipsis__", "__slice__"}
_READ_FROM_FILES = ("vocabulary", "idf_weights")  # Keras opens the file where one of these is a text
_FUNCTION_MODULES = ("builtins", "keras.activations", "keras.src.activations.activations")
_DEEPEST = 60
_AFTER_MAKING = ("build_config", "compile_config")  # Keras would make weights of any size for it


class NotAllowedError(InputError):
    """A graph has a class, or a value, that is not on the list."""


@functools.cache
def layers() -> dict[str, type[keras.layers.Layer]]:
    """The layers that can be drawn, by every public name of theirs, and Slipway's own."""
    public = {name: found for name, found in vars(keras.layers).items() if inspect.isclass(found)}
    offered = {name: found for name, found in public.items() if found.__name__ not in EXCLUDED}
    return offered | {own.__name__: own for own in OWN}


@functools.cache
def operation_classes() -> dict[str, type[Operation]]:
    """Keras' operations that are no layers, such as ``OneHot`` of ``keras.ops.one_hot``."""
    return {
        name: found
        for module in vars(operations).values()
        if isinstance(module, types.ModuleType)
        for name, found in vars(module).items()
        if _is_operation(found) and found.__module__ == module.__name__
    }


def _is_operation(found: object) -> bool:
    return inspect.isclass(found) and issubclass(found, Operation) and found not in (Operation, Function)


@functools.cache
def objects(kind: str) -> dict[str, type]:
    """The classes of ``initializers``, ``regularizers`` or ``constraints`` by every public name, base classes left out."""
    base = {"Initializer", "Regularizer", "Constraint"}
    return {
        name: found
        for name, found in vars(getattr(keras, kind)).items()
        if inspect.isclass(found) and found.__name__ not in base
    }


@functools.cache
def activations() -> dict[str, Any]:
    """The functions of keras.activations by name."""
    other = {"deserialize", "get", "serialize"}
    return {
        name: found
        for name, found in vars(keras.activations).items()
        if inspect.isfunction(found) and name not in other and not name.startswith("_")
    }


def layer_class(layer: str) -> type[Operation]:
    """The class of a node's ``layer``, which is no nested model.

    Raises:
      NotAllowedError: there is none of that name, or it is excluded.
    """
    of_operation = layer.removeprefix(OPERATIONS) if layer.startswith(OPERATIONS) else None
    found = operation_classes().get(of_operation) if of_operation else layers().get(layer)
    if found is None:
        raise NotAllowedError(_not_a_layer(layer))
    return found


def is_known(layer: str) -> bool:
    """Whether ``layer_class`` has a class of that name."""
    is_operation = layer.startswith(OPERATIONS) and layer.removeprefix(OPERATIONS) in operation_classes()
    return is_operation or layer in layers()


def layer_name(found: type[Operation]) -> str:
    """The inverse of ``layer_class``: the ``layer`` of a node of this class."""
    if not issubclass(found, keras.layers.Layer):
        return OPERATIONS + found.__name__
    public = [name for name, other in layers().items() if other is found]
    return found.__name__ if found.__name__ in public or not public else public[0]


def _not_a_layer(name: str) -> str:
    if name in EXCLUDED:
        return f"{name} cannot be in a graph: it {_verb(EXCLUDED[name])}; use another layer"
    return f"layer {shown(name)} is unknown; a public layer of Keras {keras.__version__} is expected"


def _verb(reason: str) -> str:
    return f"is {reason}" if reason.startswith("a ") else reason


@functools.cache
def _modules() -> dict[str, str]:
    """By name, the module that Keras' JSON has for a class."""
    own = {found.__name__: found.__module__ for found in OWN}
    other = {name: f"keras.{kind}" for kind in _OBJECTS for name in objects(kind)}
    # Identity is a layer and an initializer; initializers are found whatever module they name.
    public = other | dict.fromkeys(layers(), "keras.layers")
    return dict.fromkeys(_POLICIES, "keras.dtype_policies") | {MODEL: "keras", "Sequential": "keras"} | public | own


@functools.cache
def _pairs() -> frozenset[tuple[str, str]]:
    """Every (module, class name) that may stand in a graph."""
    classes = [
        *layers().values(),
        *operation_classes().values(),
        *(c for kind in _OBJECTS for c in objects(kind).values()),
    ]
    policies = [getattr(keras.dtype_policies, name) for name in _POLICIES]
    models = [keras.Sequential, keras.Model, type(keras.Model(i := keras.Input(()), i))]
    found = {(one.__module__, one.__name__) for one in [*classes, *policies, *models]}
    found |= {(module, name) for name, module in _modules().items()}
    return frozenset(
        found
        | {(room, name) for room in ("keras", "keras.models") for name in ("Sequential", MODEL)}
        | {("keras", name) for name in _POLICIES}
    )


def check(config: object) -> None:
    """Looks at every object that a Keras JSON (or a layer's config in it) names, however deep.

    Raises:
      NotAllowedError: an object's class is not on the list, names a file that Keras would open, or is nested too deep.
    """
    for problem in problems(config):
        raise NotAllowedError(problem)


def problems(config: object, depth: int = 0) -> Iterator[str]:
    """What ``check`` would raise for, in words."""
    if depth > _DEEPEST:
        yield f"nested more than {_DEEPEST} deep; simplify the graph"
    elif isinstance(config, list | tuple):
        for item in config:
            yield from problems(item, depth + 1)
    elif isinstance(config, dict):
        if "class_name" in config:
            yield from _class_problems(config)
        for name in _READ_FROM_FILES:
            if isinstance(config.get(name), str):
                yield f"{name} is the name of a file ({shown(config[name])}); give a list of values"
        for item in config.values():
            yield from problems(item, depth + 1)


def _class_problems(config: dict[str, Any]) -> Iterator[str]:
    name, module, registered = config["class_name"], config.get("module"), config.get("registered_name")
    if not isinstance(name, str) or not isinstance(module, str | None) or not isinstance(registered, str | None):
        yield f"class_name {shown(name)}: a text is expected"
    elif name == "function":
        if config.get("config") not in activations() or module not in _FUNCTION_MODULES:
            yield f"function {shown(config.get('config'))} cannot be in a graph; an activation of Keras is expected"
    elif name in _VALUES:
        return
    elif (module if module is not None else _modules().get(name), name) not in _pairs():
        yield _not_allowed(name, module)
    elif registered not in (None, name, f"slipway>{name}"):
        yield f"registered_name {shown(registered)} of {name} is not known; leave it out"


def _not_allowed(name: str, module: str | None) -> str:
    if name in EXCLUDED:
        return _not_a_layer(name)
    shown_name = shown(f"{module}.{name}" if module else name)
    return f"{shown_name} cannot be in a graph; layers, initializers, regularizers and constraints of Keras can"


def completed(config: Any) -> Any:
    """A copy in which every object names its module and all its arguments, without which Keras makes not every layer.

    What Keras does with an object once it is made, such as building it for a shape, is left out.
    """
    if isinstance(config, list | tuple):
        return [completed(item) for item in config]
    if not isinstance(config, dict):
        return config
    found = {name: completed(item) for name, item in config.items()}
    name = found.get("class_name")
    if not isinstance(name, str) or name in _VALUES or name == "function":
        return found
    found = {key: value for key, value in found.items() if key not in _AFTER_MAKING}
    if found.get("module") is None and name in _modules():
        found["module"] = _modules()[name]
    is_layer = name in layers() and not str(found.get("module")).startswith("keras.src.ops.")
    own = {own.__name__ for own in OWN}
    found.setdefault("registered_name", f"slipway>{name}" if name in own else None)
    given = found.get("config")
    if given is None or isinstance(given, dict):
        found["config"] = (defaults(name) if is_layer else {}) | (given or {})
    return found


def arguments(found: type[Operation], config: Mapping[str, Any]) -> dict[str, Any]:
    """The constructor arguments of a class, completed in the same way."""
    whole = {"class_name": found.__name__, "module": found.__module__, "config": copy.deepcopy(dict(config))}
    made: dict[str, Any] = completed(whole)["config"]
    return made


@functools.cache
def defaults(layer: str) -> dict[str, Any]:
    """The arguments of a layer that have a default, as its constructor has it."""
    parameters = inspect.signature(layers()[layer].__init__).parameters.values()
    return {one.name: one.default for one in parameters if one.default is not one.empty}

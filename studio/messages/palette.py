"""The palette: every layer that can be drawn, read from the installed Keras."""

from typing import Literal

from studio.messages.message import Json, Message

ArgumentKind = Literal[
    "int", "float", "bool", "str", "choice", "ints", "floats", "shape", "dtype", "object", "layer", "layers", "json"
]


class Argument(Message):
    """A constructor argument of a layer, or of an initializer, regularizer, constraint.

    Attributes:
      kind: which field it is edited in. ``choice`` is one of ``choices``; ``object`` is one of ``Palette.objects[objects]``, a
        name or ``{"class_name", "config"}``; ``ints`` is a whole number or a list of them (``length`` of them where set);
        ``layer`` and ``layers`` are nodes inside of the node (a wrapper's layer); ``json`` is anything else.
      optional: whether None may be given.
      help: its documentation.
      objects: ``initializers``, ``regularizers``, ``constraints`` or ``activations``, of kind ``object``.
      common: whether it is shown at once, and not under "more".
    """

    name: str
    kind: ArgumentKind
    required: bool = False
    optional: bool = False
    default: Json = None
    choices: list[str] = []
    low: float | None = None
    high: float | None = None
    length: int | None = None
    objects: str | None = None
    help: str = ""
    common: bool = True


class TensorArgument(Message):
    """A tensor that a layer's call takes; ``many`` is a list of any length, as Concatenate takes."""

    name: str
    many: bool = False
    optional: bool = False


class PaletteLayer(Message):
    """A layer that can be drawn.

    Attributes:
      name: the class.
      aliases: other public names of the same class.
      group: as Keras' own API index groups it.
      summary: the first sentence of its documentation.
      help: the whole, in Markdown.
    """

    name: str
    aliases: list[str] = []
    group: str
    summary: str
    help: str
    arguments: list[Argument]
    inputs: list[TensorArgument]


class PaletteObject(Message):
    """An initializer, regularizer, constraint or activation."""

    name: str
    summary: str = ""
    arguments: list[Argument] = []


class Palette(Message):
    """All that can be drawn.

    Attributes:
      keras: the version.
      groups: their names in order.
      objects: by ``initializers``, ``regularizers``, ``constraints``, ``activations``.
      excluded: public layers that are not offered, and why.
    """

    keras: str
    groups: list[str]
    layers: list[PaletteLayer]
    objects: dict[str, list[PaletteObject]]
    excluded: dict[str, str]

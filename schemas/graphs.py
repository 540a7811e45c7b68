"""Graphs of Keras layers as files and as drawings, on plain JSON values; light to import, without Keras.

A file is Keras' own JSON, what ``model.to_json()`` gives, with one more key, ``studio``, that Keras passes over:
``{"version": 1, "positions": {layer: [[x, y], ...]}, "dataset": name, "locked": [layer, ...]}``. There is a position for each
call of a layer; the layers of a nested model are named ``model/layer``. A drawing is the JSON form of the studio's message
``Graph``: ``GraphDict`` here.
"""

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any, BinaryIO, NotRequired, TypedDict

from schemas import zip_directory
from schemas.errors import InputError, shown

PATH = Path("assets.extra") / "keras_model.json"  # in the directory of a trained model, which need not have one
STUDIO = "studio"  # the key of a file that Keras passes over
VERSION = 1
NESTED = "Model"  # the ``layer`` of a node that is a nested model
MOST_BYTES = 8_000_000
MOST_NODES = 2_000
MOST_DEPTH = 80
_ARCHIVED = "config.json"  # of a .keras archive
_ZIP = b"PK\x03\x04"
_MOST_LISTED = 100_000  # bytes of an archive's list of files, of which Keras writes three
_DIGITS = 12  # of a fingerprint: enough to tell the graphs of one dataset apart


class NodeDict(TypedDict):
    """One call of a layer; see studio.messages.graphs.Node, whose defaults these keys have where they are left out."""

    id: str
    layer: str
    name: str
    config: NotRequired[dict[str, Any]]
    call: NotRequired[dict[str, Any]]
    shares: NotRequired[str | None]
    graph: NotRequired["GraphDict | None"]
    outputs: NotRequired[list[int]]
    locked: NotRequired[bool]
    position: NotRequired[dict[str, float]]


class EdgeDict(TypedDict):
    """One tensor; see studio.messages.graphs.Edge."""

    id: str
    source: str
    target: str
    output: NotRequired[int]
    argument: NotRequired[str]
    order: NotRequired[int]


class GraphDict(TypedDict):
    """A drawing; see studio.messages.graphs.Graph."""

    version: NotRequired[int]
    name: NotRequired[str]
    dataset: NotRequired[str | None]
    nodes: list[NodeDict]
    edges: list[EdgeDict]


def read(path: Path) -> dict[str, Any]:
    """The JSON of a graph file, or of the ``config.json`` in a ``.keras`` archive.

    Raises:
      InputError: it cannot be read, is too large, or is not the JSON of a Keras model.
    """
    try:
        with path.open("rb") as file:
            return read_open(file, str(path))[0]
    except OSError as error:
        advice = "name a file with a graph, such as `slipway graph` writes"
        raise InputError(f"{path} cannot be read ({error.strerror}); {advice}") from error


def read_open(file: BinaryIO, where: str) -> tuple[dict[str, Any], bool]:
    """The JSON of an open file, and whether it is an archive, whose weights stay unread. Raises InputError as ``parse``."""
    archived = file.read(len(_ZIP)) == _ZIP
    file.seek(0)
    return parse(_archived(file, where) if archived else file.read(MOST_BYTES + 1), where), archived


def parse(data: bytes | str, where: str) -> dict[str, Any]:
    """The JSON of a graph file that is in memory.

    Args:
      where: the file's name, for errors.

    Raises:
      InputError: it is too large, nested too deep, or not the JSON of a Keras model.
    """
    if len(data) > MOST_BYTES:
        raise InputError(
            f"{where} is larger than {MOST_BYTES:,} bytes; a graph is smaller: weights do not belong in it"
        )
    try:
        found = json.loads(data, parse_constant=_refuse_constant)
    except RecursionError:
        raise _too_deep(where) from None
    except ValueError as error:  # UnicodeDecodeError among them
        raise InputError(f"{where} is not JSON ({error}); a graph is what `model.to_json()` of Keras gives") from error
    if _depth(found) > MOST_DEPTH:
        raise _too_deep(where)
    if not isinstance(found, dict) or not isinstance(found.get("config"), dict) or "class_name" not in found:
        raise InputError(
            f"{where} is no Keras model: received {shown(found)}; what `model.to_json()` gives is expected"
        )
    return found


def _archived(file: BinaryIO, where: str) -> bytes:
    zip_directory.check(file, _MOST_LISTED, where)
    try:
        with zipfile.ZipFile(file) as archive, archive.open(_ARCHIVED) as config:
            # By the bytes that come out, not by the size that the archive claims.
            return config.read(MOST_BYTES + 1)
    except KeyError:
        raise InputError(
            f"{where} has no {_ARCHIVED}; a .keras archive, as `model.save()` writes it, has one"
        ) from None
    except Exception as error:  # zipfile raises many kinds for a broken or an encrypted archive
        raise InputError(f"{where} cannot be unpacked: {' '.join(str(error).split())}; save the model again") from error


def _refuse_constant(text: str) -> Any:
    raise ValueError(f"{text} is no number of JSON")


def _too_deep(where: str) -> InputError:
    return InputError(f"{where} is nested more than {MOST_DEPTH} deep; a graph is flatter")


def _depth(value: Any) -> int:
    """How deep lists and mappings stand in each other."""
    # A stack of our own: Python's has no room for what json may read.
    deepest, rest = 0, [(value, 1)]
    while rest:
        one, depth = rest.pop()
        deepest = max(deepest, depth)
        if depth > MOST_DEPTH:
            return depth
        if isinstance(one, dict | list):
            rest.extend((item, depth + 1) for item in (one.values() if isinstance(one, dict) else one))
    return deepest


def dumps(config: dict[str, Any], indent: int | None = None) -> str:
    """JSON with sorted keys; in one line without ``indent``. Raises ValueError for a number that JSON does not have."""
    separators = None if indent else (",", ":")
    return json.dumps(config, sort_keys=True, indent=indent, separators=separators, ensure_ascii=False, allow_nan=False)


def layers(config: dict[str, Any]) -> dict[str, str]:
    """Each layer of a canonical graph in one line, as ``Conv2D(filters=8, kernel_size=3)``, by its name."""
    found = {}
    for layer in config["config"]["layers"]:
        name, own = layer["name"], layer["config"]
        if layer["class_name"] == "Functional":
            found[name] = NESTED
            found |= {f"{name}/{inner}": text for inner, text in layers(layer).items()}
        else:
            arguments = (f"{key}={_value(value)}" for key, value in sorted(own.items()) if key != "name")
            found[name] = f"{layer['class_name']}({', '.join(arguments)})"
    return found


def _value(value: Any) -> str:
    if isinstance(value, dict) and "class_name" in value:
        arguments = (f"{key}={_value(item)}" for key, item in (value.get("config") or {}).items())
        return f"{value['class_name']}({', '.join(arguments)})"
    return shown(value)


def fingerprint(text: str) -> str:
    """The first digits of the sha256 of a canonical graph."""
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]

"""The page that a draft says: the text of its Python file."""

import dataclasses
import textwrap
from typing import Any

from components.data.inference.drafts import TABLES, Column, Draft
from pipelines.page.placing import draft_name, is_rewritten
from pipelines.page.python_text import WIDTH, Call, docstring, quoted, text
from schemas.features import Category, Feature, Geo, Image, Number, Set, Text, Timestamp, Vector
from schemas.sources import Csv
from schemas.sources.addresses import is_remote
from schemas.splits import Splits

FEATURES: dict[str, type[Feature]] = {
    "number": Number, "exact": Number, "category": Category, "text": Text, "timestamp": Timestamp, "set": Set,
    "vector": Vector, "latitude": Geo, "longitude": Geo, "image": Image,
}  # fmt: skip
PLACE = ("latitude", "longitude")
_TEXT = {"encoding": "tf_idf", "ngrams": 2}  # texts as a whole: what Tabular and NGrams read alike
_MOST_COMMENTS = 30
_FEW = 1000  # test rows below which an answer more or less is a per mille and more
_SLICED, _SLICES = 6, 3
_FEW_ROWS, _MANY_ROWS = 2_000, 20_000
_MANY_CLASSES = 10
_LARGE = 24  # pixels a side
_ROWS_FOR_WAVES, _MOST_WAVES = 2_000, 100  # rows and columns of numbers between which learned frequencies help


def page(draft: Draft) -> str:
    """The Python of the page; whatever stands in the draft, it is data and no code."""
    features = {
        column.name: column for column in draft.columns if column.kind != "ignore" and column.name != draft.label
    }
    parts = {
        "name": draft.name,
        "source": _source(draft),
        **_splits(draft),
        "task": _task(draft),
        "features": _features(list(features.values())),
        **_model(draft, list(features.values())),
        **_slices(draft, list(features.values())),
    }
    if draft.thresholds:
        parts["thresholds"] = draft.thresholds
    if draft.rows * draft.test / 100 < _FEW:
        parts["tolerance"] = 0.03
    call = Call("Pipeline", named=parts)
    body = text(call, used=len("pipeline = "))
    imports = _imports(sorted(_names(call)))
    return f"{docstring(_about(draft))}\n\n{imports}\n\n{_comments(draft)}pipeline = {body}\n"


def feature_options(column: Column) -> dict[str, Any]:
    """The options of a column that its kind of feature has, and what a text needs to be read beside others."""
    fields = {field.name for field in dataclasses.fields(FEATURES[column.kind])}
    given = {name: value for name, value in column.options.items() if name in fields and name not in ("derived", "of")}
    return _TEXT | given if column.kind == "text" else given


def _about(draft: Draft) -> str:
    lines = [f"Written by `slipway new` from {draft.file}, which assumed:", ""]
    for sentence in draft.assumed:
        lines += textwrap.wrap(f"- {sentence}", WIDTH, subsequent_indent="  ", break_long_words=False)
    return "\n".join([" ".join(draft.summary.split()) or f"The dataset {draft.name}.", "", *lines])


def _imports(names: list[str]) -> str:
    line = f"from pipelines.spec import {', '.join(names)}"
    if len(line) <= WIDTH:
        return line
    return "\n".join(["from pipelines.spec import (", *(f"    {name}," for name in names), ")"])


def _names(value: Any) -> set[str]:
    """The names of all calls in it."""
    if isinstance(value, Call):
        return {value.name, *(name for part in (*value.first, *value.named.values()) for name in _names(part))}
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else ()
    return {name for part in parts for name in _names(part)}


def _comments(draft: Draft) -> str:
    left_out = [column for column in draft.columns if column.kind == "ignore" and column.name != draft.label]
    if not left_out:
        return ""
    lines = [f"#   {quoted(column.name)}: {_printable(column.why)}"[:250] for column in left_out[:_MOST_COMMENTS]]
    if len(left_out) > _MOST_COMMENTS:
        lines.append(f"#   and {len(left_out) - _MOST_COMMENTS} more")
    return "\n".join(["# Columns that are left out, and why:", *lines, ""])


def _printable(value: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in value)


def _source(draft: Draft) -> Call:
    missing = tuple(draft.reading.missing)
    cells: dict[str, Any] = {"missing": missing} if missing != ("",) else {}
    where = _where(draft)
    match draft.kind:
        case "images":
            return Call("ImageFolder", (draft.file,), where)
        case "idx":
            folder = draft.file
            names = {field: Call("File", (f"{folder}/{name}",)) for field, name in draft.files.items()}
            return Call("IdxImages", named=names)
        case "texts":
            return Call("TextTar", (draft.file,), {"pattern": draft.pattern, **where})
        case "parquet":
            return Call("Parquet", (draft.file,), cells | where)
        case "columns":
            return Call("Columns", (draft.file,), {"names": tuple(draft.reading.names), **cells, **where})
        case "sql":
            return Call("Sql", named={"url": f"sqlite:///{draft.file}", "query": draft.query, **cells})
        case "jsonl":
            return Call("JsonLines", (draft.file,), cells | where)
    read = {
        "delimiter": draft.reading.delimiter,
        "decimal": draft.reading.decimal,
        "thousands": draft.reading.thousands,
        "units": tuple(draft.reading.units),
        "encoding": draft.reading.encoding,
        "skip_rows": draft.reading.skip_rows,
    }
    options = {name: value for name, value in read.items() if value != getattr(Csv, name)}
    return Call("Csv", (draft_name(draft),), options | cells | where)


def _where(draft: Draft) -> dict[str, Any]:
    """Where a file that is kept as it was downloaded is downloaded again."""
    if draft.url is None or is_rewritten(draft):
        return {}
    return {"url": draft.url, "sha256": draft.sha256} if not is_remote(draft.file) else {"sha256": draft.sha256}


def _splits(draft: Draft) -> dict[str, Any]:
    shares = {name: round(getattr(draft, name)) for name in ("train", "eval", "test")}
    standard = Splits()
    if all(getattr(standard, name) == share for name, share in shares.items()):
        return {}
    return {"splits": Call("Splits", named=shares)}


def _task(draft: Draft) -> Call:
    if draft.task == "Regression":
        label = draft.column(draft.label)
        log = {"log": True} if label and label.options.get("scale") == "log" else {}
        return Call("Regression", named={"label": draft.label, **log})
    column = draft.column(draft.label)
    mark = column.options.get("separator") if column and draft.task == "MultiLabel" else None
    classes = {"classes": tuple(draft.classes or ())} | ({"separator": mark} if mark else {})
    return Call(draft.task, named={"label": draft.label, **classes})


def _features(columns: list[Column]) -> dict[str, Call]:
    """A feature for each column, and one for a latitude and a longitude together."""
    found = {column.name: _feature(column) for column in columns if column.kind not in PLACE}
    place = tuple(column.name for kind in PLACE for column in columns if column.kind == kind)
    if len(place) == len(PLACE):
        name = "place"
        while name in {column.name for column in columns}:
            name += "_"
        found[name] = Call("Geo", named={"of": place})
    return found


def _feature(column: Column) -> Call:
    kind = FEATURES[column.kind]
    standard = {field.name: field.default for field in dataclasses.fields(kind)}
    options = {
        name: tuple(value) if isinstance(value, list) else value for name, value in feature_options(column).items()
    }
    if column.kind == "image":  # its size is said, whatever the default
        return Call(
            "Image", named={name: options.get(name, standard[name]) for name in ("height", "width", "channels")}
        )
    if column.kind == "exact":
        return Call("Number", named={"exact": True})
    return Call(kind.__name__, named={name: value for name, value in options.items() if value != standard[name]})


def _model(draft: Draft, features: list[Column]) -> dict[str, Any]:
    kinds = [column.kind for column in features]
    if "image" in kinds:
        return _convolutional(feature_options(features[kinds.index("image")]), draft.rows)
    batch = 32 if draft.rows < _MANY_ROWS else 256
    if kinds == ["text"]:
        hidden = 32 if len(draft.classes or ()) < _MANY_CLASSES else 128
        return {
            "model": Call("NGrams", named={"hidden": (hidden,)}),
            "training": Call("Training", named={"epochs": 20, "batch_size": batch, "patience": 3}),
        }
    return _tabular(draft, batch)


def _tabular(draft: Draft, batch: int) -> dict[str, Any]:
    """Of few rows several small networks are averaged; a number needs finer weights, and so more rounds, than a class."""
    few, number = draft.rows < _FEW_ROWS, draft.task == "Regression"
    hidden = (128, 64) if draft.rows >= _MANY_ROWS else (64, 32) if number or not few else (32, 16)
    model: dict[str, Any] = {"hidden": hidden, "dropout": 0.1 if number or not few else 0.2, "wide": True}
    counted = sum(column.kind == "number" and column.name != draft.label for column in draft.columns)
    if draft.rows >= _ROWS_FOR_WAVES and 0 < counted <= _MOST_WAVES:
        model["periodic"] = 16
    if few and not number:
        model["l2"] = 1e-3
    training = {
        "epochs": (100 if few else 60) if number else 40,
        "batch_size": batch,
        "learning_rate": 4e-3 if number else 3e-3,
        "schedule": "cosine",
        "patience": 30 if number else 20,
    }
    ensemble = {"ensemble": 4 if few else 2} if draft.rows < _MANY_ROWS else {}
    return {"model": Call("Tabular", named=model), "training": Call("Training", named=training | ensemble)}


def _convolutional(options: dict[str, Any], rows: int) -> dict[str, Any]:
    """Of many pictures a network with normalised batches learns in few rounds what takes others many."""
    side = min(options.get("height", 28), options.get("width", 28))
    filters = (32, 64, 128) if side >= 48 else (32, 64) if side >= 8 else (32,)
    moved = {"shift": 0.1, "rotate": 0.03, "zoom": 0.1} if side >= _LARGE else {}
    if rows >= _MANY_ROWS and side >= _LARGE:
        few = {"epochs": 10, "batch_size": 128, "learning_rate": 4e-3, "schedule": "cosine"}
        many = {"filters": (16, 32, 64), "hidden": 128, "batch_norm": True, **moved}
        return {"model": Call("Convolutional", named=many), "training": Call("Training", named=few)}
    return {
        "model": Call("Convolutional", named={"filters": filters, "hidden": 64, **moved}),
        "training": Call("Training", named={"epochs": 30, "patience": 5}),
    }


def _slices(draft: Draft, features: list[Column]) -> dict[str, Any]:
    if draft.kind not in TABLES:
        names = [draft.label] if len(draft.classes or ()) <= 2 * _SLICED else []
    else:
        names = [column.name for column in features if column.kind == "category" and column.distinct <= _SLICED]
    return {"slices": tuple(names[:_SLICES])} if names else {}

"""What ExampleGen counted: rows, missing values and labels by split. The naive baseline is computed from it.

The summary is a small JSON file beside the examples: ``{"fingerprint": sha256, "splits": {split: {"rows": n,
"missing": {column: n}, "label": {...}}}}``, where ``label`` is ``{"counts": {"0": n, ...}}`` by class index, or
``{"n": n, "mean": m, "m2": sum of squared deviations}`` for a number; with ``"log": {"n", "mean", "m2"}``, the same of
log(1 + x), where the label asks for it.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import tensorflow as tf

from schemas.columns import Label

FILE = "summary.json"


def of_batch(batch: pa.RecordBatch, label: Label) -> dict[str, Any]:
    """The summary of list columns with at most one value a row."""
    missing = {name: column.null_count for name, column in zip(batch.schema.names, batch.columns, strict=True)}
    values = pc.list_flatten(batch.column(label.column))
    return {"rows": batch.num_rows, "missing": missing, "label": _label(values, label)}


def _label(values: pa.Array, label: Label) -> dict[str, Any]:
    if label.classes is not None:
        return {"counts": {str(e["values"]): e["counts"] for e in pc.value_counts(values).to_pylist()}}
    numbers = values.cast(pa.float64())
    return _moments(numbers) | ({"log": _moments(pc.log1p(numbers))} if label.log else {})


def _moments(numbers: pa.Array) -> dict[str, Any]:
    if not len(numbers):
        return {"n": 0, "mean": 0.0, "m2": 0.0}
    return {"n": len(numbers), "mean": pc.mean(numbers).as_py(), "m2": pc.variance(numbers).as_py() * len(numbers)}


def merge(parts: Iterable[dict[str, dict[str, Any]]]) -> dict[str, Any]:
    """One summary of many blocks' splits."""
    splits: dict[str, dict[str, Any]] = {}
    for part in parts:
        for name, new in part.items():
            splits[name] = _sum(splits[name], new) if name in splits else new
    return {"splits": splits}


def _sum(a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
    return {
        "rows": a["rows"] + b["rows"],
        "missing": {name: count + b["missing"][name] for name, count in a["missing"].items()},
        "label": _sum_labels(a["label"], b["label"]),
    }


def _sum_labels(a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
    if "counts" in a:
        return {"counts": dict(Counter(a["counts"]) + Counter(b["counts"]))}
    return _sum_moments(a, b) | ({"log": _sum_moments(a["log"], b["log"])} if "log" in a else {})


def _sum_moments(a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
    n = a["n"] + b["n"]
    if not n:
        return {"n": 0, "mean": 0.0, "m2": 0.0}
    # Chan, Golub and LeVeque (1979): the pairwise update of mean and squared deviations.
    delta = b["mean"] - a["mean"]
    mean = a["mean"] + delta * b["n"] / n
    return {"n": n, "mean": mean, "m2": a["m2"] + b["m2"] + delta**2 * a["n"] * b["n"] / n}


def write(uri: str, whole: dict[str, Any]) -> None:
    with tf.io.gfile.GFile(os.path.join(uri, FILE), "w") as file:
        file.write(json.dumps(whole, indent=1))


def read(uri: str) -> dict[str, Any]:
    with tf.io.gfile.GFile(os.path.join(uri, FILE)) as file:
        whole: dict[str, Any] = json.loads(file.read())
    return whole

"""What ExampleGen counted: rows, missing values and labels by split. The naive baseline is computed from it.

The summary is a small JSON file beside the examples, in the form of ``Summary``.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NotRequired, TypedDict, final

import pyarrow as pa
import pyarrow.compute as pc

from schemas.columns import Label
from schemas.errors import listed

FILE = "summary.json"


class Moments(TypedDict):
    """Of some numbers.

    Attributes:
      n: how many there are.
      mean: their mean, 0 of none.
      m2: the sum of their squared deviations from it.
    """

    n: int
    mean: float
    m2: float


@final  # so that mypy can distinguish the two kinds of label by the keys that they have
class ClassLabels(TypedDict):
    """Of the labels of a classification: how many there are by class index (schemas.tasks.MultiLabel: by the bits of the
    classes), as text because JSON's keys are."""

    counts: dict[str, int]


@final
class NumberLabels(Moments):
    """Of the labels of a regression, in the label's unit; ``log``: the same of log(1 + x), where the page asks for it."""

    log: NotRequired[Moments]


Labels = ClassLabels | NumberLabels


class SplitSummary(TypedDict):
    """Of one split.

    Attributes:
      rows: how many there are.
      missing: how many of them have no value, by column.
      labels: of the labels of each task, by column.
    """

    rows: int
    missing: dict[str, int]
    labels: dict[str, Labels]


class Summary(TypedDict):
    """Of a dataset.

    Attributes:
      splits: by name.
      fingerprint: sha256 of the source, in hex; there once all blocks are merged.
      cuts: the first time of ``eval`` and of ``test``, where rows are divided by time.
    """

    splits: dict[str, SplitSummary]
    fingerprint: NotRequired[str]
    cuts: NotRequired[dict[str, str | float | None]]


def of_batch(batch: pa.RecordBatch, labels: Sequence[Label]) -> SplitSummary:
    """The summary of columns, or of list columns with at most one value a row."""
    missing = {name: column.null_count for name, column in zip(batch.schema.names, batch.columns, strict=True)}
    return {"rows": batch.num_rows, "missing": missing, "labels": {one.column: _labels(batch, one) for one in labels}}


def _labels(batch: pa.RecordBatch, label: Label) -> Labels:
    column = batch.column(label.column)
    if label.horizon:
        column = pc.list_slice(column, 0, label.horizon)
    values = pc.list_flatten(column) if pa.types.is_nested(column.type) else column.drop_null()
    if label.classes is not None:
        return {"counts": {str(e["values"]): e["counts"] for e in pc.value_counts(values).to_pylist()}}
    numbers = values.cast(pa.float64())
    return _number_labels(_moments(numbers), _moments(pc.log1p(numbers)) if label.log else None)


def _number_labels(plain: Moments, log: Moments | None) -> NumberLabels:
    found: NumberLabels = {"n": plain["n"], "mean": plain["mean"], "m2": plain["m2"]}
    if log is not None:
        found["log"] = log
    return found


def _moments(numbers: pa.Array) -> Moments:
    if not len(numbers):  # Arrow's mean of nothing is null, and a block may have no row of a split
        return {"n": 0, "mean": 0.0, "m2": 0.0}
    return {"n": len(numbers), "mean": pc.mean(numbers).as_py(), "m2": pc.variance(numbers).as_py() * len(numbers)}


def merge(parts: Iterable[Mapping[str, SplitSummary]]) -> Summary:
    """One summary of many blocks, each a summary by split; without a fingerprint."""
    splits: dict[str, SplitSummary] = {}
    for part in parts:
        for name, new in part.items():
            splits[name] = _sum(splits[name], new) if name in splits else new
    return {"splits": splits}


def _sum(a: SplitSummary, b: SplitSummary) -> SplitSummary:
    return {
        "rows": a["rows"] + b["rows"],
        "missing": {name: count + b["missing"][name] for name, count in a["missing"].items()},
        "labels": {name: _sum_labels(found, b["labels"][name]) for name, found in a["labels"].items()},
    }


def _sum_labels(a: Labels, b: Labels) -> Labels:
    if "counts" in a or "counts" in b:
        return {"counts": dict(Counter(class_counts(a)) + Counter(class_counts(b)))}
    return _number_labels(_sum_moments(a, b), _sum_moments(a["log"], b["log"]) if "log" in a else None)


def _sum_moments(a: Moments, b: Moments) -> Moments:
    n = a["n"] + b["n"]
    if not n:
        return {"n": 0, "mean": 0.0, "m2": 0.0}
    # Chan, Golub and LeVeque (1979): the pairwise update of mean and squared deviations. Sums of squares would cancel where
    # the deviation is small beside the mean.
    delta = b["mean"] - a["mean"]
    mean = a["mean"] + delta * b["n"] / n
    return {"n": n, "mean": mean, "m2": a["m2"] + b["m2"] + delta**2 * a["n"] * b["n"] / n}


def class_counts(label: Labels) -> dict[str, int]:
    """How many labels there are of each class, by its index as text; empty for a number."""
    return label["counts"] if "counts" in label else {}  # noqa: SIM401, by which mypy no longer knows the kind


def rows_by_class(labels: Labels, label: Label) -> list[int]:
    """How many rows have each class, in their order; a row of a label with several classes counts for each."""
    counts = {int(index): rows for index, rows in class_counts(labels).items()}
    if not label.separator:
        return [counts.get(index, 0) for index in range(len(label.classes or ()))]
    return [
        sum(rows for mask, rows in counts.items() if mask >> index & 1) for index in range(len(label.classes or ()))
    ]


def rare(whole: Summary, label: Label) -> str | None:
    """What to say of classes that have one training example or none; None where each has more, and for numbers."""
    counts = rows_by_class(whole["splits"]["train"]["labels"][label.column], label)
    single = [name for name, rows in zip(label.classes or (), counts, strict=True) if rows == 1]
    none = [name for name, rows in zip(label.classes or (), counts, strict=True) if rows == 0]
    parts = []
    if single:
        parts.append(f"a single training example of class {listed(single)}")
    if none:
        parts.append(f"no training example of class {listed(none)}")
    if not parts:
        return None
    return f"there is {' and '.join(parts)}: the model cannot learn it; give it more rows, or take the class out of the page"


def moments(label: Labels, *, log: bool) -> Moments:
    """The moments of a number's labels; with ``log`` those of log(1 + label). Raises TypeError for classes."""
    if "counts" in label:
        raise TypeError("the labels of a classification have no moments")
    return label["log"] if log else label


def write(uri: str, whole: Summary) -> None:
    """Writes summary.json into the folder ``uri`` of an Examples artifact."""
    import tensorflow as tf  # here, so that a verdict is computed without its import

    with tf.io.gfile.GFile(os.path.join(uri, FILE), "w") as file:
        file.write(json.dumps(whole, indent=1))


def read(uri: str) -> Summary:
    """The summary in the folder ``uri`` of an Examples artifact."""
    import tensorflow as tf

    with tf.io.gfile.GFile(os.path.join(uri, FILE)) as file:
        whole: Summary = json.loads(file.read())
    return whole

"""Three handpicked cases: usual rows of the test split that a plain model answers right, as schemas.cases has them."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from components.data.quick_baseline.judging import Measured
from schemas.tasks import Task

_CASES = 3
_SURE = 0.75  # the quantile of the confidence that is picked: a usual row, and no border case
_QUANTILES = (0.15, 0.5, 0.85)  # of the labels
_LARGEST = 30_000  # bytes of a picture that a line of JSON may hold
_LOOSE = 2.5  # times the plain model's error


def cases(task: Task, kinds: Mapping[str, str], found: Measured) -> str:
    """Up to three lines of JSON; fewer where fewer rows are answered right.

    Args:
      kinds: the type of each column that a request carries.
    """
    pick = _of_classes if task.classes_or_none else _of_values
    lines = [
        json.dumps({"input": _input(found, kinds, row), "expect": expect, "why": why}, ensure_ascii=False)
        for row, expect, why in pick(task, found)
        if _fits(found, kinds, row)
    ]
    return "".join(f"{line}\n" for line in lines)


Picked = tuple[int, dict[str, Any], str]


def _of_classes(task: Task, found: Measured) -> list[Picked]:
    labels, answers = found.sample.labels[found.test], found.answers[found.test]
    names = task.classes_or_none or ()
    right = answers.argmax(axis=1) == labels
    counts = np.bincount(labels[right], minlength=len(names))
    frequent = [index for index in np.argsort(-counts, kind="stable") if counts[index]]
    picked: list[Picked] = []
    taken: set[int] = set()
    for turn in range(_CASES):
        if not frequent:
            break
        index = frequent[turn % len(frequent)]
        rows = np.flatnonzero(right & (labels == index))
        sure = answers[rows, index]
        order = np.argsort(np.abs(sure - np.quantile(sure, _SURE)), kind="stable")
        row = next((int(one) for one in rows[order] if int(one) not in taken), None)
        if row is None:
            continue
        taken.add(row)
        number = found.sample.rows[found.test[row]]
        why = f"Row {number}, a usual one of {names[index]!r}: {found.model} is {answers[row, index]:.0%} sure of it."
        picked.append((int(found.test[row]), {"class": names[index]}, why))
    return picked


def _of_values(task: Task, found: Measured) -> list[Picked]:
    labels, answers = found.sample.labels[found.test].astype(np.float64), found.answers[found.test]
    errors = np.abs(labels - answers)
    good = np.flatnonzero(errors <= np.median(errors))
    picked: dict[int, Picked] = {}
    for share in _QUANTILES:
        row = int(good[np.argmin(np.abs(labels[good] - np.quantile(labels, share)))])
        number = found.sample.rows[found.test[row]]
        why = f"Row {number}, whose {task.label} is {labels[row]:.6g}: {found.model} says {answers[row]:.6g}."
        picked.setdefault(row, (int(found.test[row]), {"between": _between(task, found, labels[row])}, why))
    return list(picked.values())


def _between(task: Task, found: Measured, label: float) -> list[float]:
    """A wide interval around a label: by ratio where the logarithm is learned."""
    if task.log_label:
        factor = float(np.exp(_LOOSE * (found.metrics["rmsle"].value or 1.0)))
        ends = (1 + label) / factor - 1, (1 + label) * factor - 1
    else:
        margin = _LOOSE * (found.metrics["rmse"].value or 1.0)
        ends = label - margin, label + margin
    return [float(f"{end:.4g}") for end in ends]


def _fits(found: Measured, kinds: Mapping[str, str], row: int) -> bool:
    pictures = [name for name, kind in kinds.items() if kind == "image"]
    return all(len(found.sample.cells[name][row].as_py() or b"") <= _LARGEST for name in pictures)


def _input(found: Measured, kinds: Mapping[str, str], row: int) -> dict[str, Any]:
    cells = {name: found.sample.cells[name][row] for name in kinds}
    return {name: _value(cell, kinds[name]) for name, cell in cells.items() if cell.is_valid}


def _value(cell: pa.Scalar, kind: str) -> Any:
    if kind == "image":
        return {"b64": base64.b64encode(cell.as_py()).decode()}
    if kind != "number":
        return cell.as_py().decode()
    number = float(str(np.float32(cell.as_py())))  # the shortest decimal that float32 reads as this number
    return int(number) if number.is_integer() and abs(number) < 2**53 else number

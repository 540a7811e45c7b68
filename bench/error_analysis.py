#!/usr/bin/env python
"""Measures analysis/: metrics with intervals, the errors, the worst rows, and the comparison of two models' answers.

usage: error_analysis.py MNIST [--turns T] [--out FILE]

MNIST is the folder with the four files. Two linear models of scikit-learn learn from 5,000 of its pictures and answer the
10,000 test pictures: which digit, whether it is odd, and its number. The answers to the last two are repeated until there are
100,000. Files are read before; libraries are imported before.
"""

import argparse
import gzip
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from analysis import classification, failures, overall, regression
from analysis.comparison import compare
from analysis.predictions import Predictions
from schemas.tasks import BinaryClassification, MulticlassClassification, Regression, Task
from tests.analysis.tables import table

LEARNED, ROWS = 5_000, 100_000
DIGITS = tuple(map(str, range(10)))
LIMITS = {"10,000 rows, 10 classes": 2, "100,000 rows, 2 classes": 5, "100,000 rows, a number": 5}


def answers(folder: Path) -> Iterator[tuple[str, Task, np.ndarray, list[np.ndarray]]]:
    """Each task by its words, with the labels and two models' answers."""
    from sklearn.linear_model import LogisticRegression, Ridge

    train, test = ((idx(folder, part, 3) / 255).reshape(-1, 784) for part in ("train", "t10k"))
    known, labels = (idx(folder, part, 1).astype(np.int64) for part in ("train", "t10k"))
    train, known = train[:LEARNED], known[:LEARNED]
    models = [LogisticRegression(C=c, max_iter=500) for c in (0.01, 1)]
    names = iter(LIMITS)
    digits = [model.fit(train, known).predict_proba(test) for model in models]
    yield next(names), MulticlassClassification("digit", DIGITS), labels, digits
    odd = [model.fit(train, known % 2).predict_proba(test) for model in models]
    yield next(names), BinaryClassification("odd", ("even", "odd")), many(labels % 2), [many(each) for each in odd]
    values = [Ridge(alpha).fit(train, known).predict(test) for alpha in (10, 1000)]
    yield next(names), Regression("digit"), many(labels.astype(float)), [many(each) for each in values]


def idx(folder: Path, part: str, dimensions: int) -> np.ndarray:
    kind = "images-idx3" if dimensions == 3 else "labels-idx1"
    with gzip.open(folder / f"{part}-{kind}-ubyte.gz") as file:
        return np.frombuffer(file.read()[4 * (dimensions + 1) :], np.uint8)


def many(rows: np.ndarray) -> np.ndarray:
    return np.concatenate([rows] * (ROWS // len(rows)))


def timed(work: Callable[..., Any], turns: int, *sides: Callable[[], Predictions]) -> float:
    """The median seconds, each turn on tables of its own: a table keeps its columns once they are arrays."""
    found = []
    for _ in range(turns):
        tables = [side() for side in sides]
        start = time.perf_counter()
        work(*tables)
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def measured(task: Task, labels: np.ndarray, both: list[np.ndarray], turns: int) -> dict[str, float]:
    """Seconds by part."""
    tables = [table(task, labels, each) for each in both]
    before, after = (lambda side=side: Predictions(side.info, side.table) for side in tables)
    errors = regression.errors_of if isinstance(task, Regression) else classification.errors_of
    parts = {"metrics with intervals": overall.metrics, "errors": errors, "worst rows": failures.of}
    compare(before(), after())
    found = {name: timed(work, turns, after) for name, work in parts.items()}
    return found | {"comparison": timed(compare, turns, before, after)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mnist", type=Path)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    options = parser.parse_args()
    rows = {name: measured(*case, options.turns) for name, *case in answers(options.mnist)}
    parts = list(next(iter(rows.values())))
    lines = [
        "## What analysis takes, answers of linear models to MNIST",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}; "
        f"seconds, median of {options.turns} turns.",
        "",
        f"| answers | {' | '.join(parts)} | in all | limit |",
        f"|---|{'---:|' * (len(parts) + 2)}",
    ]
    for name, seconds in rows.items():
        cells = " | ".join(f"{seconds[part]:.3f}" for part in parts)
        lines.append(f"| {name} | {cells} | {sum(seconds.values()):.2f} | {LIMITS[name]} |")
    options.out.write_text("\n".join([*lines, ""]), encoding="utf-8")
    print(options.out.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()

#!/usr/bin/env python
"""Measures what searches a split: slices, leaks, label noise, and the duplicates between MNIST's training and test pictures.

usage: data_searches.py MNIST [--turns T] [--out FILE]

MNIST is the folder of the four IDX files. Their pictures are written as ExampleGen writes them, PNG in gzipped TFRecords, and
read as the analysis reads them. The other searches get random columns of the size that the table names. Each search has a
process of its own; its time is without what was imported before it, and peak memory is the whole process's.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from processes import measure

sys.path.insert(0, str(Path(__file__).parents[1]))

ROWS, COLUMNS, SAMPLE, FLIPPED = 100_000, 20, 10_000, 30


def write_pictures(mnist: Path, folder: Path) -> None:
    """MNIST's pictures as the files of two splits."""
    import tensorflow as tf

    from components.data import keys
    from components.data.sources import idx_images
    from pipelines.mnist import pipeline

    located = idx_images.prepare(pipeline.source, mnist.name, mnist.parent, ("image", "label"))
    options = tf.io.TFRecordOptions(compression_type="GZIP")
    for block in idx_images.blocks(pipeline.source, located.path, ("image", "label")):
        cells, split = block.cells.to_pydict(), block.splits[0].as_py() or "train"
        file = folder / f"Split-{split}" / f"examples-{block.index:05}.gz"
        file.parent.mkdir(parents=True, exist_ok=True)
        with tf.io.TFRecordWriter(str(file), options) as out:
            for image, label in zip(cells["image"], cells["label"], strict=True):
                example = tf.train.Example()
                example.features.feature["image"].bytes_list.value.append(image)
                example.features.feature["label"].int64_list.value.append(int(label))
                out.write(example.SerializeToString())
        rows = range(len(cells["image"]))
        keys.write(str(folder), split, file.name, pa.table({"key": [str(row) for row in rows], "source_row": [*rows]}))


def table(kind: str) -> Any:
    """Predictions of ROWS examples of COLUMNS random columns, one of which is worse than the others."""
    from schemas.tasks import BinaryClassification, MulticlassClassification
    from tests.analysis.tables import table

    random = np.random.default_rng(0)
    half = COLUMNS // 2
    inputs = {f"number {index}": random.normal(size=ROWS) for index in range(half)}
    inputs |= {f"string {index}": random.choice(list("abcdefgh"), ROWS).tolist() for index in range(half)}
    classes = 2 if kind == "slices" else 10
    labels = random.integers(0, classes, ROWS)
    truth = labels.copy()
    labels[:FLIPPED] = (labels[:FLIPPED] + 1) % classes
    shares = random.dirichlet(np.ones(classes), ROWS) + 3 * np.eye(classes)[truth]
    shares[inputs["number 0"] > 1] = 1
    task = BinaryClassification if classes == 2 else MulticlassClassification
    answers = shares / shares.sum(axis=1, keepdims=True)
    return table(task("y", tuple(map(str, range(classes)))), labels, answers, inputs=inputs)


def search(kind: str, folder: Path) -> dict[str, Any]:
    """Seconds of one search in this process, and what it found."""
    from analysis import duplicates, label_noise, leakage, samples, slices

    if kind == "duplicates":
        from components.evaluation import digests
        from pipelines.mnist import pipeline

        def blocks(split: str) -> Iterator[duplicates.Block]:
            return digests.of_split(str(folder), split, pipeline.description)

        begun = time.perf_counter()
        found = duplicates.duplicates(blocks("test"), {"train": blocks("train")})
        return {"seconds": time.perf_counter() - begun, "found": f"{found.total} test pictures"}
    predictions = table(kind)
    columns = samples.of_predictions(predictions)
    sample = samples.Columns({name: cells[:SAMPLE] for name, cells in columns.columns.items()}, columns.labels[:SAMPLE])
    begun = time.perf_counter()
    if kind == "slices":
        sliced = slices.found(predictions)
        said = f"{len(sliced.slices)} of {sliced.tried:,} groups"
    elif kind == "leaks":
        said = f"{len(leakage.leaks(predictions.task, sample, columns))} columns"
    else:
        said = f"{len(label_noise.suspects(predictions))} labels"
    return {"seconds": time.perf_counter() - begun, "found": said}


SIZES = {
    "slices": f"{ROWS:,} rows, {COLUMNS} columns, 2 classes",
    "leaks": f"{SAMPLE:,} rows to learn from and {ROWS:,} to score, {COLUMNS} columns, 10 classes",
    "label noise": f"{ROWS:,} rows, 10 classes, {FLIPPED} labels changed",
    "duplicates": "MNIST: 10,000 test pictures in 60,000 training pictures",
}


def main() -> None:
    """Measures, and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mnist", type=Path)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--search", choices=SIZES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.write:
        write_pictures(arguments.mnist, arguments.write)
        return
    if arguments.search:
        print(json.dumps(search(arguments.search, arguments.mnist)))
        return
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        # In a process of its own: a child's peak memory begins with that of its parent, which would have TensorFlow.
        measure([sys.executable, __file__, str(arguments.mnist.resolve()), "--write", folder], {})
        for kind, size in SIZES.items():
            command = [sys.executable, __file__, folder, "--search", kind]
            turns = [measure(command, {}) for _ in range(arguments.turns)]
            seconds = statistics.median(turn.printed["seconds"] for turn in turns)
            peak = statistics.median(turn.megabytes for turn in turns)
            lines.append(f"| {kind} | {size} | {turns[0].printed['found']} | {seconds:.1f} | {peak:,.0f} |")
    head = (
        "## Searches of a split\n\n"
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}; "
        f"median of {arguments.turns} turns.\n\n"
        "| search | of | found | seconds | peak MB |\n|---|---|---|---:|---:|\n"
    )
    arguments.out.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    print(head + "\n".join(lines))


if __name__ == "__main__":
    main()

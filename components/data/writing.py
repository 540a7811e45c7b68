"""A block of a source to files of tf.Examples: a folder for each split, with a report of what is in it or is wrong."""

import json
import os
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import tensorflow as tf
from tfx_bsl.coders import example_coder

from components.data import dividing, keys, precision, record_files, summary
from components.data.examples import artifact_split
from components.data.plan import Plan
from components.data.precision import Span
from components.data.sources import Block, pictures
from components.data.splitting import split_of
from components.data.windows import Facts
from schemas import columns, forms, ranges
from schemas.columns import CellError
from schemas.errors import InputError
from schemas.sources import TYPED
from schemas.splits import NAMES

REPORTS = ".reports"
"""The folder of the blocks' reports in the artifact, while it is made."""


class WriteBlock(beam.DoFn):
    """A block to one TFRecord file per split and one report; writing it twice gives the same files.

    In a bundle the files of a block are compressed and written while the next block is encoded.
    """

    def __init__(self, plan: Plan, uri: str) -> None:
        self._plan = plan
        self._uri = uri
        self._thread: ThreadPoolExecutor | None = None
        self._writing: Future[None] | None = None

    def start_bundle(self) -> None:
        """Starts the thread that writes."""
        self._thread = ThreadPoolExecutor(1)

    def finish_bundle(self) -> None:
        """Waits until all is written."""
        assert self._thread is not None
        with self._thread:
            self._wait()
        self._thread = None

    def _wait(self) -> None:
        """Waits for the block that is being written; raises what its writing raised."""
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()

    def process(self, block: Block | Facts | InputError) -> None:
        """Writes a block's splits, and a report of them or of what is wrong."""
        if isinstance(block, Facts):
            self._report("facts", {"splits": {}, "spans": {}, "facts": block.text})
            return
        if isinstance(block, InputError):
            # A name that sorts after the blocks' numbers: what is wrong with an earlier row is reported first.
            self._report("problem", {"problem": str(block)})
            return
        try:
            batch, spans = self._typed(block)
            chosen, times = self._divided(block)
        except InputError as problem:
            self._report(f"{block.index:05d}", {"problem": str(problem)})
            return
        names = keys.names_of(block.keys, named=bool(self._plan.splits.key))
        rows = block.rows
        if rows is None:
            rows = pa.array(range(block.first_row, block.first_row + len(names)), pa.int64())
        parts, written = {}, {}
        for split, name in enumerate(NAMES):
            mask = pa.array(chosen == split)
            part = batch.filter(mask)
            parts[name] = summary.of_batch(part, self._plan.label)
            if part.num_rows:
                own = {kind: found.filter(mask) for kind, found in times.items()}
                columns_of_keys = {"keys": names.filter(mask), "rows": rows.filter(mask), **own}
                written[name] = (example_coder.RecordBatchToExamples(part), columns_of_keys)
        report = {"splits": parts, "spans": spans}
        self._wait()  # so that two blocks are in memory at the most
        if self._thread is None:
            self._write(block.index, written, report)
        else:
            self._writing = self._thread.submit(self._write, block.index, written, report)

    def _typed(self, block: Block) -> tuple[pa.RecordBatch, dict[str, Span]]:
        """A block's columns, and what those of numbers lost."""
        plan = self._plan
        typed, spans, style = {}, {}, plan.style
        for name, kind in plan.columns.items():
            cells = block.cells[name].combine_chunks()
            if plan.forecast and name == plan.label.column:
                typed[name] = cells  # as components.data.windows makes it
                continue
            try:
                typed[name] = columns.convert(cells, kind, plan.label, forms.of_spec(plan.forms.get(name, {})), style)
                if kind == "image" and isinstance(plan.source, TYPED):
                    typed[name] = pictures.whole(typed[name])
            except CellError as error:
                raise InputError(f"{plan.place(block, error.row, name)}: {error.reason}") from None
            if kind == "number" and (span := precision.span_of(cells, typed[name], style)) is not None:
                spans[name] = span
        typed |= {wanted.name: ranges.of_column(wanted, typed[wanted.column]) for wanted in plan.buckets}
        return pa.RecordBatch.from_pydict({name: columns.to_list(values) for name, values in typed.items()}), spans

    def _divided(self, block: Block) -> tuple[np.ndarray, dict[str, pa.Array]]:
        """The split of each row, int64[N]; and its ``time`` (and ``until``), where that divides."""
        plan = self._plan
        if plan.cuts is None:
            return split_of(block.keys, block.splits, plan.splits), {}
        times = block.times
        if times is None:
            times = dividing.times_of(block, plan.splits, plan.cuts.kind, plan.place)
        until = {} if block.until is None else {"until": block.until}
        return plan.cuts.split_of(times, block.splits), {"time": times, **until}

    def _write(
        self, index: int, splits: dict[str, tuple[list[bytes], dict[str, pa.Array]]], report: dict[str, Any]
    ) -> None:
        """Writes the examples and keys of a block by split, and then its report."""
        for split, (examples, columns_of_keys) in splits.items():
            folder, name = artifact_split(self._uri, split), f"examples-{index:05d}.gz"
            # With the process's id, as Beam may run a block twice at a time; a reader finds a whole file or none.
            temporary = Path(folder, f".{index:05d}.{os.getpid()}.gz")
            record_files.write(temporary, examples)
            temporary.replace(Path(folder, name))
            keys.write(self._uri, split, name, **columns_of_keys)
        self._report(f"{index:05d}", report)

    def _report(self, name: str, report: dict[str, Any]) -> None:
        with tf.io.gfile.GFile(os.path.join(self._uri, REPORTS, f"{name}.json"), "w") as file:
            file.write(json.dumps(report))

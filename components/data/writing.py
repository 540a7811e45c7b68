"""A block of a source to files of tf.Examples: a folder for each split, with a report of what is in it or is wrong."""

import json
import os
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import tensorflow as tf

from components.data import dividing, encoding, keys, precision, record_files, summary
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


def write_all(blocks: Iterable[Block | Facts | InputError], plan: Plan, uri: str, threads: int) -> None:
    """Writes blocks in some threads of this process: nearly all of it is in functions that release Python's lock.

    A block's files depend on it alone, so that they are the same with any number of threads. One block more than there are
    threads is in memory, and the one that is read. No thread is left after an error or an interruption.

    Args:
      blocks: of ``ReadBlocks``.
      uri: the folder of the Examples artifact.
    """
    write = WriteBlock(plan, uri).process
    pool = ThreadPoolExecutor(threads)
    writing = deque[Future[None]]()
    try:
        for block in blocks:
            if len(writing) > threads:
                writing.popleft().result()
            writing.append(pool.submit(write, block))
        while writing:
            writing.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


class WriteBlock(beam.DoFn):
    """A block to one TFRecord file per split and one report; writing it twice gives the same files."""

    def __init__(self, plan: Plan, uri: str) -> None:
        self._plan = plan
        self._uri = uri

    def process(self, block: Block | Facts | InputError) -> None:
        """Writes a block's splits, and a report of them or of what is wrong."""
        if isinstance(block, Facts):
            self._report("facts", {"splits": {}, "spans": {}, "facts": block.text})
        elif isinstance(block, InputError):
            # A name that sorts after the blocks' numbers: what is wrong with an earlier row is reported first.
            self._report("problem", {"problem": str(block)})
        else:
            self._write(block)

    def _write(self, block: Block) -> None:
        """Writes the examples and keys of a block by split, and then its report."""
        try:
            batch, spans = self._typed(block)
            chosen, times = self._divided(block)
        except InputError as problem:
            self._report(f"{block.index:05d}", {"problem": str(problem)})
            return
        names = keys.names_of(block.keys, named=bool(self._plan.splits.key))
        rows = block.rows
        if rows is None:
            rows = pa.array(np.arange(block.first_row, block.first_row + len(names)))
        beside = pa.table({"key": names, "source_row": rows} | times)
        splits = {}
        for split, name in enumerate(NAMES):
            mask = pa.array(chosen == split)
            part = batch.filter(mask)
            splits[name] = summary.of_batch(part, self._plan.labels)
            if part.num_rows:
                file = Path(artifact_split(self._uri, name), f"examples-{block.index:05d}.gz")
                record_files.write(file, encoding.encoded(part))
                keys.write(self._uri, name, file.name, beside.filter(mask))
        self._report(f"{block.index:05d}", {"splits": splits, "spans": spans})

    def _typed(self, block: Block) -> tuple[pa.RecordBatch, dict[str, Span]]:
        """A block's columns, and what those of numbers lost."""
        plan = self._plan
        typed, spans, style = {}, {}, plan.style
        for name, kind in plan.columns.items():
            cells = block.cells[name].combine_chunks()
            if plan.forecast and name == plan.labels[0].column:
                typed[name] = cells  # as components.data.windows makes it
                continue
            try:
                form = forms.of_spec(plan.forms.get(name, {}))
                typed[name] = columns.convert(cells, kind, plan.label_of(name), form, style)
                if kind == "image" and isinstance(plan.source, TYPED):
                    typed[name] = pictures.whole(typed[name])
            except CellError as error:
                raise InputError(f"{plan.place(block, error.row, name)}: {error.reason}") from None
            if kind == "number" and (span := precision.span_of(cells, typed[name], style)) is not None:
                spans[name] = span
        typed |= {wanted.name: ranges.of_column(wanted, typed[wanted.column]) for wanted in plan.buckets}
        return pa.RecordBatch.from_pydict(typed), spans

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

    def _report(self, name: str, report: dict[str, Any]) -> None:
        with tf.io.gfile.GFile(os.path.join(self._uri, REPORTS, f"{name}.json"), "w") as file:
            file.write(json.dumps(report))

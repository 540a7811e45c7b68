"""ExampleGen: a source's rows as tf.Examples in TFRecord files, split by a hash of each row's key.

A Beam element is a block of thousands of rows, not a row: reading, type conversion, hashing and encoding work on Arrow
columns. What is wrong with a row is data as well (a report per block), because an exception would reach the caller of a
distributed runner as text at best.
"""

import dataclasses
import json
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import tensorflow as tf
from tfx.components.util import examples_utils
from tfx.dsl.components.base import base_beam_component, base_beam_executor, executor_spec
from tfx.proto import example_gen_pb2
from tfx.types import artifact_utils, channel, component_spec, standard_artifacts
from tfx_bsl.coders import example_coder

from components.data import dividing, keys, precision, record_files, sources, summary, windows
from components.data.dividing import Cuts
from components.data.precision import Span
from components.data.sources import Block, pictures
from components.data.sources.files import paths_of
from components.data.splitting import split_of
from components.data.windows import Facts
from schemas import codec, columns, events, forms, ranges
from schemas.columns import CellError, Label, NumberStyle
from schemas.errors import InputError
from schemas.forms import AnyForm
from schemas.slices import Buckets
from schemas.sources import TYPED
from schemas.splits import NAMES, Splits
from schemas.tasks import Forecast
from schemas.tasks.forecast import HISTORY

WINDOW = "window"
"""The property of an Examples artifact that says how many spans it is made of."""
_REPORTS = ".reports"


@dataclasses.dataclass(frozen=True)
class Plan:
    """What to read and how, as ExampleGen's parameters say it.

    Attributes:
      source: where from (schemas.sources).
      path: its files (components.data.sources.Located).
      columns: column name to type.
      forms: what cells must look like beyond their type, by column, as a model card's input says it (schemas.forms).
      needed: those that must have a value in the train split.
      label: how the label is read.
      splits: how rows are divided.
      buckets: the ranges that are written as columns, of columns that are read.
      limit: the most rows that are read, 0 for all.
      name: what errors call the source.
      cuts: where a division by time cuts; None for one by hash.
      forecast: the task whose windows rows are made into; None where a row is an example.
    """

    source: Any
    path: str
    columns: dict[str, str]
    needed: tuple[str, ...]
    label: Label
    splits: Splits
    buckets: tuple[Buckets, ...]
    limit: int
    name: str
    forms: Mapping[str, Mapping[str, str]] = dataclasses.field(default_factory=dict)
    cuts: Cuts | None = None
    forecast: Forecast | None = None

    @property
    def wanted(self) -> tuple[str, ...]:
        """The columns that are read: those that are written, and those by which rows are divided or made into windows."""
        own = tuple(name for name in self.columns if self.forecast is None or name != HISTORY)
        more = self.splits.columns if self.forecast else filter(None, (self.splits.time,))
        return tuple(dict.fromkeys((*own, *more)))

    def place(self, block: Block, row: int, column: str) -> str:
        """Where a cell stands, for an error; ``row`` is from 0, within the block."""
        number = block.first_row - block.rows_before + row if block.rows is None else block.rows[row].as_py()
        return f"{block.file or self.name}, row {number}, column {column!r}"

    @property
    def style(self) -> NumberStyle:
        """How the source's numbers are written."""
        return NumberStyle(getattr(self.source, "decimal", "."), getattr(self.source, "thousands", ""))


class ReadBlocks(beam.DoFn):
    """Any element to the source's blocks; an InputError becomes the last element."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def process(self, _: Any) -> Iterator[Block | Facts | InputError]:
        """Yields the blocks in order, of a forecast those of its windows, and at last an InputError if the source has one."""
        plan = self._plan
        read = sources.blocks(plan.source, plan.path, plan.wanted, plan.splits.key, plan.limit)
        try:
            if plan.forecast and plan.cuts:
                yield from windows.blocks(
                    read, plan.forecast, plan.splits, plan.cuts, plan.name, plan.place, plan.style
                )
            else:
                yield from read
        except InputError as error:
            yield error


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
        with tf.io.gfile.GFile(os.path.join(self._uri, _REPORTS, f"{name}.json"), "w") as file:
            file.write(json.dumps(report))


def artifact_split(uri: str, split: str) -> str:
    """The folder of a split in an Examples artifact, as TFX names it."""
    return os.path.join(uri, f"Split-{split}")


class Executor(base_beam_executor.BaseBeamExecutor):
    """Reads, splits, writes; then puts the blocks' reports together."""

    def Do(self, input_dict: dict[str, Any], output_dict: dict[str, Any], exec_properties: dict[str, Any]) -> None:
        """Writes the ``examples`` artifact. Raises InputError for the first thing that is wrong with the source."""
        self._log_startup(input_dict, output_dict, exec_properties)
        plan = _plan(exec_properties)
        if plan.splits.time:
            plan = dataclasses.replace(plan, cuts=_cuts(plan))
        examples = artifact_utils.get_single_instance(output_dict["examples"])
        for split in NAMES:
            tf.io.gfile.makedirs(artifact_split(examples.uri, split))
        tf.io.gfile.makedirs(os.path.join(examples.uri, _REPORTS))
        with self._make_beam_pipeline() as pipeline:
            (
                pipeline
                | "Start" >> beam.Create([None])
                | "ReadBlocks" >> beam.ParDo(ReadBlocks(plan))
                # Else Beam fuses the reading with the writing, and one worker encodes every block.
                | "Spread" >> beam.Reshuffle()
                | "WriteBlock" >> beam.ParDo(WriteBlock(plan, examples.uri))
            )
        # The fingerprint in the cache key was taken before: rows of a newer file would be cached as those of the old
        # one.
        if sources.fingerprint(plan.source, plan.path) != exec_properties["fingerprint"]:
            raise InputError(f"{plan.name} changed while it was read; run again")
        reports = _take_reports(os.path.join(examples.uri, _REPORTS))
        whole = summary.merge(report["splits"] for report in reports)
        precision.check(plan.name, (report["spans"] for report in reports))
        _check(plan, whole)
        if plan.label.classes and (rare := summary.rare(whole, plan.label.classes)):
            events.publish(events.Note(f"{plan.name}: {rare}"))
        for report in reports:
            if "facts" in report:
                events.publish(events.Note(report["facts"]))
        whole["fingerprint"] = exec_properties["fingerprint"]
        if plan.cuts:
            whole["cuts"] = plan.cuts.to_json()
        summary.write(examples.uri, whole)
        examples.span = exec_properties["span"]
        examples.set_int_custom_property(WINDOW, exec_properties["window"])
        examples.split_names = artifact_utils.encode_split_names(list(NAMES))
        examples_utils.set_payload_format(examples, example_gen_pb2.FORMAT_TF_EXAMPLE)


def _plan(exec_properties: dict[str, Any]) -> Plan:
    coded = ("source", "columns", "forms", "needed", "splits", "buckets", "label", "forecast")
    values = {name: codec.loads(exec_properties[name]) for name in coded}
    values["label"] = Label(**values["label"])
    path = exec_properties["path"]
    name = path if len(paths_of(path)) == 1 and path else exec_properties["dataset"]
    return Plan(**values, path=path, limit=exec_properties["limit"], name=name)


def _cuts(plan: Plan) -> Cuts:
    """Where the times of all rows are cut: a pass over that column alone, before rows are divided."""
    read = sources.blocks(plan.source, plan.path, (plan.splits.time,), plan.splits.key, plan.limit)
    return dividing.cuts_of(read, plan.splits, plan.name, plan.place)


def _take_reports(folder: str) -> list[dict[str, Any]]:
    """The blocks' reports in order, removed from the artifact. Raises the first problem as InputError."""
    files = [os.path.join(folder, name) for name in sorted(tf.io.gfile.listdir(folder))]
    reports = [json.loads(tf.io.gfile.GFile(file).read()) for file in files]
    problems = [report["problem"] for report in reports if "problem" in report]
    if problems:
        raise InputError(problems[0])
    tf.io.gfile.rmtree(folder)
    return reports


def _check(plan: Plan, whole: summary.Summary) -> None:
    for split, part in whole["splits"].items():
        if not part["rows"]:
            rows = sum(other["rows"] for other in whole["splits"].values())
            raise InputError(f"{plan.name}: none of its {rows} rows fell into split {split!r}; give it more rows")
    for name in plan.needed:
        if whole["splits"]["train"]["missing"][name] == whole["splits"]["train"]["rows"]:
            raise InputError(
                f"{plan.name}: column {name!r} has no value in any row of the train split; fill it, or take it out of the page"
            )


class ExampleGenSpec(component_spec.ComponentSpec):
    """Parameters are JSON texts of what ``Plan`` holds, and the fingerprint that makes the cache see new data."""

    PARAMETERS = {
        "dataset": component_spec.ExecutionParameter(type=str),
        "source": component_spec.ExecutionParameter(type=str),
        "path": component_spec.ExecutionParameter(type=str),
        "fingerprint": component_spec.ExecutionParameter(type=str),
        "columns": component_spec.ExecutionParameter(type=str),
        "forms": component_spec.ExecutionParameter(type=str),
        "needed": component_spec.ExecutionParameter(type=str),
        "label": component_spec.ExecutionParameter(type=str),
        "splits": component_spec.ExecutionParameter(type=str),
        "forecast": component_spec.ExecutionParameter(type=str),
        "buckets": component_spec.ExecutionParameter(type=str),
        "limit": component_spec.ExecutionParameter(type=int),
        "span": component_spec.ExecutionParameter(type=int),
        "window": component_spec.ExecutionParameter(type=int),
    }
    INPUTS: dict[str, Any] = {}
    OUTPUTS = {"examples": component_spec.ChannelParameter(type=standard_artifacts.Examples)}


class ExampleGen(base_beam_component.BaseBeamComponent):
    """A source's rows as tf.Examples; output ``examples`` has a TFRecord (gzip) folder per split and summary.json."""

    SPEC_CLASS = ExampleGenSpec
    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)

    def __init__(
        self,
        *,
        dataset: str,
        source: Any,
        located: sources.Located,
        columns: dict[str, str],
        forms: Mapping[str, AnyForm] = MappingProxyType({}),
        needed: tuple[str, ...],
        label: Label,
        splits: Splits,
        buckets: tuple[Buckets, ...] = (),
        limit: int = 0,
        forecast: Forecast | None = None,
    ) -> None:
        spec = ExampleGenSpec(
            dataset=dataset,
            source=codec.dumps(source),
            path=located.path,
            fingerprint=located.fingerprint,
            columns=codec.dumps(columns),
            forms=json.dumps({name: form.spec() for name, form in forms.items()}),
            needed=codec.dumps(needed),
            label=json.dumps(dataclasses.asdict(label)),
            splits=codec.dumps(splits),
            forecast=codec.dumps(forecast),
            buckets=codec.dumps(buckets),
            limit=limit,
            span=located.span,
            window=located.window,
            examples=channel.Channel(type=standard_artifacts.Examples),
        )
        super().__init__(spec=spec)

"""ExampleGen: a source's rows as tf.Examples in TFRecord files, split by a hash of each row's key.

A Beam element is a block of thousands of rows, not a row: reading, type conversion, hashing and encoding work on Arrow
columns. What is wrong with a row is data as well (a report per block), because an exception would reach the caller of a
distributed runner as text at best.
"""

import dataclasses
import json
import os
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import apache_beam as beam
import tensorflow as tf
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from tfx.components.util import examples_utils
from tfx.dsl.components.base import base_beam_component, base_beam_executor, executor_spec
from tfx.proto import example_gen_pb2
from tfx.types import artifact_utils, channel, component_spec, standard_artifacts

from components.data import dividing, precision, sources, summary, windows
from components.data.dividing import Cuts
from components.data.examples import artifact_split
from components.data.plan import Plan
from components.data.sources import Block
from components.data.sources.files import paths_of
from components.data.windows import Facts
from components.data.writing import REPORTS, WriteBlock, write_all
from schemas import codec, events, processors
from schemas.columns import Label
from schemas.errors import InputError
from schemas.forms import AnyForm
from schemas.slices import Buckets
from schemas.splits import NAMES, Splits
from schemas.tasks import Forecast

_MOST_THREADS = 8  # each has a block in memory, and the reading is in one thread
WINDOW = "window"
"""The property of an Examples artifact that says how many spans it is made of."""


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
        tf.io.gfile.makedirs(os.path.join(examples.uri, REPORTS))
        self._write(plan, examples.uri)
        # The fingerprint in the cache key was taken before: rows of a newer file would be cached as those of the old
        # one.
        if sources.fingerprint(plan.source, plan.path) != exec_properties["fingerprint"]:
            raise InputError(f"{plan.name} changed while it was read; run again")
        reports = _take_reports(os.path.join(examples.uri, REPORTS))
        whole = summary.merge(report["splits"] for report in reports)
        precision.check(plan.name, (report["spans"] for report in reports))
        _check(plan, whole)
        for label in plan.labels:
            if rare := summary.rare(whole, label):
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

    def _write(self, plan: Plan, uri: str) -> None:
        pipeline = self._make_beam_pipeline()
        if isinstance(pipeline.runner, FnApiRunner):  # in this process, where Beam would keep all blocks in memory
            write_all(ReadBlocks(plan).process(None), plan, uri, min(processors.usable(), _MOST_THREADS))
            return
        with pipeline:
            (
                pipeline
                | "Start" >> beam.Create([None])
                | "ReadBlocks" >> beam.ParDo(ReadBlocks(plan))
                # Else Beam fuses the reading with the writing, and one worker encodes every block.
                | "Spread" >> beam.Reshuffle()
                | "WriteBlock" >> beam.ParDo(WriteBlock(plan, uri))
            )


def _plan(exec_properties: dict[str, Any]) -> Plan:
    coded = ("source", "columns", "forms", "needed", "splits", "buckets", "labels", "forecast")
    values = {name: codec.loads(exec_properties[name]) for name in coded}
    values["labels"] = tuple(Label(**label) for label in values["labels"])
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
        "labels": component_spec.ExecutionParameter(type=str),
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
        labels: tuple[Label, ...],
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
            labels=codec.dumps([dataclasses.asdict(label) for label in labels]),
            splits=codec.dumps(splits),
            forecast=codec.dumps(forecast),
            buckets=codec.dumps(buckets),
            limit=limit,
            span=located.span,
            window=located.window,
            examples=channel.Channel(type=standard_artifacts.Examples),
        )
        super().__init__(spec=spec)

"""What Beam is told to remember is what it would have found."""

import subprocess
import sys
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.options import pipeline_options
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to
from apache_beam.transforms import core

from pipelines.beam.memoising import LOCAL_ARGS, speed_up

FLAGS = [*LOCAL_ARGS, "--job_name=x", "--temp_location=/tmp/x", "--experiments=a", "--experiments=b"]


class Doubling(beam.DoFn):
    def process(self, element: int, factor: int = 2, *more: Any, key: str = "k") -> list[int]:
        return [element * factor]


def plain(value: int, factor: int = 3) -> int:
    return value * factor


@pytest.fixture(autouse=True)
def fast() -> None:
    speed_up()


@pytest.mark.parametrize("function", [plain, Doubling().process, Doubling.process, len, lambda a, b=1: a])
def test_signatures(function: Any) -> None:
    original = core.get_function_args_defaults.__wrapped__
    for _ in range(2):  # the second time from memory
        assert core.get_function_args_defaults(function) == original(function)
    core.get_function_args_defaults(function)[0].append("spoilt")
    assert core.get_function_args_defaults(function) == original(function)


@pytest.mark.parametrize("cls", [*pipeline_options.PipelineOptions.__subclasses__()], ids=lambda cls: cls.__name__)
def test_views_of_options(cls: Any) -> None:
    original = pipeline_options.PipelineOptions.view_as.__wrapped__
    for _ in range(2):
        options = pipeline_options.PipelineOptions(FLAGS)
        expected = original(pipeline_options.PipelineOptions(FLAGS), cls)
        view, again = options.view_as(cls), options.view_as(cls)
        names = expected._visible_option_list()
        assert [getattr(again, name) for name in names] == [getattr(expected, name) for name in names]
        assert view._visible_option_list() == names


def test_a_value_that_is_set_on_one_view_is_seen_by_the_others() -> None:
    options = pipeline_options.PipelineOptions(FLAGS)
    options.view_as(pipeline_options.StandardOptions)
    options.view_as(pipeline_options.StandardOptions).streaming = True
    assert options.view_as(pipeline_options.StandardOptions).streaming is True
    other = pipeline_options.PipelineOptions(FLAGS)
    assert other.view_as(pipeline_options.StandardOptions).streaming is not True


def test_the_runner_is_the_named_one() -> None:
    with beam.Pipeline(argv=list(LOCAL_ARGS)) as pipeline:
        assert isinstance(pipeline.runner, FnApiRunner)


def test_nothing_is_changed_by_importing() -> None:
    code = "import pipelines.beam.memoising; from apache_beam.transforms import core; print(core.get_function_args_defaults)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "remembered" not in out and "get_function_args_defaults at" in out


def test_a_frequent_key_is_spread_over_no_workers_of_one_process() -> None:
    with beam.Pipeline(argv=list(LOCAL_ARGS)) as pipeline:
        pairs = pipeline | beam.Create([("a", 1), ("a", 2), ("b", 5)])
        sums = pairs | "Sums" >> beam.CombinePerKey(sum).with_hot_key_fanout(8)
        assert_that(sums, equal_to([("a", 3), ("b", 5)]))
    combined = [one for one in _labels(pipeline) if one.startswith("Sums/")]
    assert combined and not any("Hot" in one or "PreCombine" in one for one in combined)


def test_a_frequent_key_is_spread_over_the_workers_of_another_runner() -> None:
    pipeline = beam.Pipeline("BundleBasedDirectRunner")
    _ = pipeline | beam.Create([("a", 1)]) | "Sums" >> beam.CombinePerKey(sum).with_hot_key_fanout(8)
    assert any("PreCombineFn" in one for one in _labels(pipeline))


def _labels(pipeline: beam.Pipeline) -> list[str]:
    found = []

    class Labels(beam.pipeline.PipelineVisitor):
        def enter_composite_transform(self, transform_node: Any) -> None:
            found.append(transform_node.full_label)

        def visit_transform(self, transform_node: Any) -> None:
            found.append(transform_node.full_label)

    pipeline.visit(Labels())
    return found

"""The schema step: the curated ``schemas/<dataset>.pbtxt``, cut to the columns in use, or one inferred from statistics."""

import os
from typing import Any

import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.components.statistics_gen import stats_artifact_utils
from tfx.dsl.components.base import base_component, base_executor, executor_spec
from tfx.types import artifact_utils, channel, component_spec, standard_artifacts
from tfx.utils import io_utils

from schemas import curated

FILE = "schema.pbtxt"


def infer(statistics: Any, labels: tuple[str, ...], width: int = 1) -> schema_pb2.Schema:
    """A schema for data that nobody has described: types and the label's presence, but no closed domains.

    A value or a gap that the training split happens not to show is not an anomaly.

    Args:
      labels: the columns of the labels; ``width``: how many numbers each has.
    """
    # Without closed domains: a name that the train split does not show is unknown, and no anomaly.
    schema = tfdv.infer_schema(statistics, infer_feature_shape=False, max_string_domain_size=0)
    for feature in schema.feature:
        if feature.name not in labels:
            feature.presence.min_fraction = 0
            feature.presence.min_count = 0
        if feature.name in labels and width > 1:
            feature.shape.dim.add(size=width)  # instead of value_count
        elif feature.HasField("value_count"):
            feature.value_count.min = 0
    return schema


class SchemaExecutor(base_executor.BaseExecutor):
    """Writes schema.pbtxt from the curated text, or from the train split's statistics where there is none."""

    def Do(self, input_dict: dict[str, Any], output_dict: dict[str, Any], exec_properties: dict[str, Any]) -> None:
        """Writes the ``schema`` artifact. Raises InputError for a curated schema that cannot be read or lacks a column."""
        columns = tuple(exec_properties["columns"].split("\n"))
        if exec_properties["text"]:
            dataset = exec_properties["dataset"]
            schema = curated.cut(curated.parse(exec_properties["text"], dataset), columns, dataset)
            curated.add_strings(schema, tuple(filter(None, exec_properties["generated"].split("\n"))))
        else:
            statistics = artifact_utils.get_single_instance(input_dict["statistics"])
            train = stats_artifact_utils.load_statistics(statistics, "train").proto()
            schema = infer(train, tuple(exec_properties["labels"].split("\n")), exec_properties["width"])
            # Statistics know nothing of a column without values: one of names that the page declares.
            known = {feature.name for feature in schema.feature}
            curated.add_strings(schema, tuple(column for column in columns if column not in known))
        uri = artifact_utils.get_single_uri(output_dict["schema"])
        io_utils.write_pbtxt_file(os.path.join(uri, FILE), schema)


def read(uri: str) -> schema_pb2.Schema:
    """The schema in the folder ``uri`` of a Schema artifact."""
    return io_utils.parse_pbtxt_file(os.path.join(uri, FILE), schema_pb2.Schema())


class SchemaSpec(component_spec.ComponentSpec):
    """``text`` is the curated schema ("" for none), so that the cache sees an edited one; names of columns one a line."""

    PARAMETERS = {
        name: component_spec.ExecutionParameter(type=str)
        for name in ("dataset", "text", "columns", "generated", "labels")
    } | {"width": component_spec.ExecutionParameter(type=int)}
    INPUTS = {"statistics": component_spec.ChannelParameter(type=standard_artifacts.ExampleStatistics)}
    OUTPUTS = {"schema": component_spec.ChannelParameter(type=standard_artifacts.Schema)}


class Schema(base_component.BaseComponent):
    """The schema that examples are checked and parsed with: curated where there is one, else inferred.

    A curated one says nothing of the ``generated`` columns, which ExampleGen makes of others: they are added.
    """

    SPEC_CLASS = SchemaSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(SchemaExecutor)

    def __init__(
        self,
        *,
        dataset: str,
        statistics: Any,
        columns: tuple[str, ...],
        labels: tuple[str, ...],
        generated: tuple[str, ...] = (),
        width: int = 1,
    ) -> None:
        spec = SchemaSpec(
            dataset=dataset,
            text=curated.text_of(dataset),
            columns="\n".join(columns),
            generated="\n".join(generated),
            labels="\n".join(labels),
            width=width,
            statistics=statistics,
            schema=channel.Channel(type=standard_artifacts.Schema),
        )
        super().__init__(spec=spec)

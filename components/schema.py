"""The schema step: the curated schemas/<dataset>.pbtxt, cut to the columns in use, or one inferred from statistics."""

import os
from pathlib import Path
from typing import Any

import tensorflow_data_validation as tfdv
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.components.statistics_gen import stats_artifact_utils
from tfx.dsl.components.base import base_component, base_executor, executor_spec
from tfx.types import artifact_utils, channel, component_spec, standard_artifacts
from tfx.utils import io_utils

import schemas
from schemas.errors import InputError

FILE = "schema.pbtxt"


def curated(dataset: str) -> Path | None:
    """The dataset's schema file, or None where nobody has written one."""
    path = Path(schemas.__file__).with_name(f"{dataset}.pbtxt")
    return path if path.exists() else None


def cut(text: str, columns: tuple[str, ...], file: str) -> schema_pb2.Schema:
    """A curated schema with only the columns that the pipeline reads.

    Raises:
      InputError: the text is not a schema, or says nothing of a column.
    """
    schema = schema_pb2.Schema()
    try:
        text_format.Parse(text, schema)
    except text_format.ParseError as error:
        raise InputError(f"{file} is not a tensorflow_metadata Schema in text format: {error}") from error
    known = {feature.name: feature for feature in schema.feature}
    for column in columns:
        if column not in known:
            raise InputError(f"{file} has no feature {column!r}, which the page uses; add: feature {{ name: {column!r} ... }}")
    features = [feature for feature in schema.feature if feature.name in columns]
    del schema.feature[:]
    schema.feature.extend(features)
    return schema


def infer(statistics: Any, label: str) -> schema_pb2.Schema:
    """A schema for data that nobody has described: types and the label's presence, but no closed domains.

    A value or a gap that the training split happens not to show is not an anomaly.
    """
    schema = tfdv.infer_schema(statistics, infer_feature_shape=False, max_string_domain_size=0)
    for feature in schema.feature:
        if feature.name != label:
            feature.presence.min_fraction = 0
            feature.presence.min_count = 0
        if feature.HasField("value_count"):
            feature.value_count.min = 0
    return schema


class SchemaExecutor(base_executor.BaseExecutor):
    """Writes schema.pbtxt from the curated text, or from the train split's statistics where there is none."""

    def Do(self, input_dict: dict[str, Any], output_dict: dict[str, Any], exec_properties: dict[str, Any]) -> None:
        columns = tuple(exec_properties["columns"].split("\n"))
        if exec_properties["text"]:
            schema = cut(exec_properties["text"], columns, exec_properties["file"])
        else:
            statistics = artifact_utils.get_single_instance(input_dict["statistics"])
            train = stats_artifact_utils.load_statistics(statistics, "train").proto()
            schema = infer(train, exec_properties["label"])
        uri = artifact_utils.get_single_uri(output_dict["schema"])
        io_utils.write_pbtxt_file(os.path.join(uri, FILE), schema)


class SchemaSpec(component_spec.ComponentSpec):
    """``text`` is the curated schema ("" for none), so that the cache sees an edited one; ``columns`` one a line."""

    PARAMETERS = {name: component_spec.ExecutionParameter(type=str) for name in ("text", "file", "columns", "label")}
    INPUTS = {"statistics": component_spec.ChannelParameter(type=standard_artifacts.ExampleStatistics)}
    OUTPUTS = {"schema": component_spec.ChannelParameter(type=standard_artifacts.Schema)}


class Schema(base_component.BaseComponent):
    """The schema that examples are checked and parsed with: curated where there is one, else inferred."""

    SPEC_CLASS = SchemaSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(SchemaExecutor)

    def __init__(self, *, dataset: str, statistics: Any, columns: tuple[str, ...], label: str) -> None:
        file = curated(dataset)
        spec = SchemaSpec(
            text=file.read_text(encoding="utf-8") if file else "",
            file=f"schemas/{dataset}.pbtxt",
            columns="\n".join(columns),
            label=label,
            statistics=statistics,
            schema=channel.Channel(type=standard_artifacts.Schema),
        )
        super().__init__(spec=spec)

"""ExampleValidator that stops the run: TFX's own writes its anomalies down and goes on.

Besides the schema it checks for skew (train against the test split) and for drift (train against the data of the last
pushed model), on the columns whose schema has a comparator.
"""

import os
from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2
from tfx.components.example_validator import executor, labels
from tfx.components.statistics_gen import stats_artifact_utils
from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import artifact_utils, channel, component_spec, standard_artifacts
from tfx.utils import io_utils, writer_utils

from components.data import violations
from components.data.past_statistics import Past
from components.data.validation import validated
from schemas import curated, events
from schemas.errors import AnomalyError
from schemas.splits import TEST, TRAIN

FEWEST_ROWS = 50
_SHOWN = 3
_MEASURES = {
    anomalies_pb2.DriftSkewInfo.Measurement.L_INFTY: "L-infinity distance",
    anomalies_pb2.DriftSkewInfo.Measurement.JENSEN_SHANNON_DIVERGENCE: "Jensen-Shannon divergence",
}


class Executor(executor.Executor):
    """Validates every split as TFX does, compares train with other data, and raises AnomalyError for what was found."""

    def Do(self, input_dict: dict[str, Any], output_dict: dict[str, Any], exec_properties: dict[str, Any]) -> Any:
        """Writes the ``anomalies`` artifact. Raises AnomalyError for a broken schema, skew or drift."""
        # TFX writes the anomalies of each split and goes on; what stops the run comes after.
        output = super().Do(input_dict, output_dict, exec_properties)
        dataset = exec_properties["dataset"]
        artifact = artifact_utils.get_single_instance(output_dict["anomalies"])
        schema_uri = artifact_utils.get_single_uri(input_dict["schema"])
        schema = io_utils.SchemaReader().read(io_utils.get_only_uri_in_dir(schema_uri))
        examples = artifact_utils.get_single_instance(input_dict["examples"])
        # Before the distributions: where a column breaks its schema, that is the cause to name, and the distance
        # follows from it.
        _check_schema(artifact, examples, schema, dataset)
        past = Past(exec_properties["past"], exec_properties["past_version"])
        anomalies = _check_distributions(input_dict["statistics"], schema, dataset, past)
        uri = artifact_utils.get_split_uri([artifact], TRAIN)
        # TFX's file of this split was written without comparators: this one has skew and drift too.
        writer_utils.write_anomalies(f"{uri}/{executor.DEFAULT_FILE_NAME}", anomalies)
        return output

    def _Validate(self, inputs: dict[str, Any], outputs: dict[str, Any]) -> anomalies_pb2.Anomalies:
        found = validated(inputs["statistics"], inputs["schema"])
        folder = outputs[labels.SCHEMA_DIFF_PATH]
        writer_utils.write_anomalies(os.path.join(folder, executor.DEFAULT_FILE_NAME), found)
        return found


def _check_schema(artifact: Any, examples: Any, schema: schema_pb2.Schema, dataset: str) -> None:
    found = []
    for split in artifact_utils.decode_split_names(artifact.split_names):
        path = f"{artifact_utils.get_split_uri([artifact], split)}/{executor.DEFAULT_FILE_NAME}"
        anomalies = anomalies_pb2.Anomalies.FromString(tf.io.gfile.GFile(path, "rb").read())
        found += describe(anomalies, split, artifact_utils.get_split_uri([examples], split), schema)
    file = curated.file_of(dataset)
    advice = f"widen {file}" if curated.text_of(dataset) else f"describe it in {file}"
    _stop(f"{dataset}: the data breaks its schema", found, f"mend the data, or {advice} if the data is right")


def describe(anomalies: anomalies_pb2.Anomalies, split: str, split_uri: str, schema: schema_pb2.Schema) -> list[str]:
    """One line for each anomaly: split, column, and how many values break which rule; else TFDV's explanation."""
    if not anomalies.anomaly_info and not anomalies.HasField("dataset_anomaly_info"):
        return []
    counted = violations.of_split(split_uri, schema, list(anomalies.anomaly_info))
    rows = []
    for name, info in sorted(anomalies.anomaly_info.items()):
        explained = f"{info.short_description or 'anomaly'} ({_one_line(info.description)})"
        rows.append(f"{split} split, column {name!r}: {', '.join(counted.get(name, [])) or explained}")
    if anomalies.HasField("dataset_anomaly_info"):
        rows.append(f"{split} split: {_one_line(anomalies.dataset_anomaly_info.description)}")
    return rows


def _one_line(text: str) -> str:
    return " ".join(text.split()).rstrip(".")


def _check_distributions(
    statistics: list[Any], schema: schema_pb2.Schema, dataset: str, past: Past
) -> anomalies_pb2.Anomalies:
    """Raises AnomalyError where train is too far from the test split, or from the past; returns what TFDV says."""
    artifact = artifact_utils.get_single_instance(statistics)
    present, other = (stats_artifact_utils.load_statistics(artifact, split).proto() for split in (TRAIN, TEST))
    before = statistics_pb2.DatasetFeatureStatisticsList.FromString(Path(past.path).read_bytes()) if past.path else None
    anomalies = compare(present, schema, skew=other, drift=before)
    file = curated.file_of(dataset)
    _stop(
        f"{dataset}: the train split differs from the {TEST} split",
        distances(anomalies, "skew"),
        f"mend the data, or raise the threshold of skew_comparator in {file}",
    )
    _stop(
        f"{dataset}: the data has drifted from that of version {past.version}",
        distances(anomalies, "drift"),
        f"add --accept-drift if the change is right, or raise the threshold of drift_comparator in {file}",
    )
    return anomalies


def compare(
    train: statistics_pb2.DatasetFeatureStatisticsList,
    schema: schema_pb2.Schema,
    *,
    skew: statistics_pb2.DatasetFeatureStatisticsList,
    drift: statistics_pb2.DatasetFeatureStatisticsList | None,
) -> anomalies_pb2.Anomalies:
    """TFDV's validation of the train split with the schema's comparators.

    Data of fewer than FEWEST_ROWS is not compared: by chance alone, its histogram would be far from any other.
    """
    # TFDV compares with "serving" statistics for skew; here the test split stands in for what is served.
    others = {"serving_statistics": skew, "previous_statistics": drift}
    enough = {name: other for name, other in others.items() if other and min(_rows(train), _rows(other)) >= FEWEST_ROWS}
    if "serving_statistics" not in enough and any(feature.HasField("skew_comparator") for feature in schema.feature):
        text = f"skew is not checked: train has {_rows(train)} rows, test {_rows(skew)}; {FEWEST_ROWS} are needed"
        events.publish(events.Note(text))
    return validated(train, schema, **enough)


def _rows(statistics: statistics_pb2.DatasetFeatureStatisticsList) -> int:
    return int(statistics.datasets[0].num_examples)


def distances(anomalies: anomalies_pb2.Anomalies, kind: str) -> list[str]:
    """One line for each column that is further away than its comparator allows; ``kind`` is skew or drift."""
    return [
        f"column {'.'.join(info.path.step)!r}: {_MEASURES[found.type]} {found.value:.3f}, allowed {found.threshold:g}"
        for info in anomalies.drift_skew_info
        # TFDV lists every measurement, those within the threshold among them.
        for found in getattr(info, f"{kind}_measurements")
        if found.value > found.threshold
    ]


def _stop(what: str, found: list[str], advice: str) -> None:
    """Raises AnomalyError if anything was found."""
    if found:
        more = f" (and {len(found) - _SHOWN} more)" if len(found) > _SHOWN else ""
        raise AnomalyError(f"{what}: {'; '.join(found[:_SHOWN])}{more}; {advice}")


class ExampleValidatorSpec(component_spec.ComponentSpec):
    """``past`` and ``past_version`` are of components.data.past_statistics.Past."""

    PARAMETERS = {name: component_spec.ExecutionParameter(type=str) for name in ("dataset", "past", "past_version")}
    INPUTS = {
        "examples": component_spec.ChannelParameter(type=standard_artifacts.Examples),
        "statistics": component_spec.ChannelParameter(type=standard_artifacts.ExampleStatistics),
        "schema": component_spec.ChannelParameter(type=standard_artifacts.Schema),
    }
    OUTPUTS = {"anomalies": component_spec.ChannelParameter(type=standard_artifacts.ExampleAnomalies)}


class ExampleValidator(base_component.BaseComponent):
    """Checks the statistics of every split against the schema; anomalies fail the step and so stop the run."""

    SPEC_CLASS = ExampleValidatorSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(self, *, dataset: str, past: Past, **inputs: Any) -> None:
        spec = ExampleValidatorSpec(
            dataset=dataset,
            past=past.path,
            past_version=past.version,
            anomalies=channel.Channel(type=standard_artifacts.ExampleAnomalies),
            **inputs,
        )
        super().__init__(spec=spec)

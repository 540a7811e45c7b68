"""ExampleValidator that stops the run: TFX's own writes its anomalies down and goes on."""

from typing import Any

import tensorflow as tf
from tensorflow_metadata.proto.v0 import anomalies_pb2
from tfx.components import ExampleValidator as TfxExampleValidator
from tfx.components.example_validator import executor
from tfx.dsl.components.base import executor_spec
from tfx.types import artifact_utils

from schemas.errors import AnomalyError

_SHOWN = 3


class Executor(executor.Executor):
    """Validates every split as TFX does, and raises AnomalyError for what was found."""

    def Do(self, input_dict: dict[str, Any], output_dict: dict[str, Any], exec_properties: dict[str, Any]) -> Any:
        output = super().Do(input_dict, output_dict, exec_properties)
        artifact = artifact_utils.get_single_instance(output_dict["anomalies"])
        found = []
        for split in artifact_utils.decode_split_names(artifact.split_names):
            path = f"{artifact_utils.get_split_uri([artifact], split)}/{executor.DEFAULT_FILE_NAME}"
            anomalies = anomalies_pb2.Anomalies.FromString(tf.io.gfile.GFile(path, "rb").read())
            found += describe(anomalies, split)
        if found:
            more = f" (and {len(found) - _SHOWN} more)" if len(found) > _SHOWN else ""
            raise AnomalyError(
                f"{exec_properties['schema_name']}: the data breaks its schema: {'; '.join(found[:_SHOWN])}{more}; "
                "mend the data, or widen the schema if the data is right"
            )
        return output


def describe(anomalies: anomalies_pb2.Anomalies, split: str) -> list[str]:
    """One line for each anomaly: split, feature, what it is, and TFDV's explanation."""
    rows = [
        f"{split} split, column {name!r}: {info.short_description or 'anomaly'} ({_one_line(info.description)})"
        for name, info in sorted(anomalies.anomaly_info.items())
    ]
    if anomalies.HasField("dataset_anomaly_info"):
        rows.append(f"{split} split: {_one_line(anomalies.dataset_anomaly_info.description)}")
    return rows


def _one_line(text: str) -> str:
    return " ".join(text.split()).rstrip(".")


class ExampleValidator(TfxExampleValidator):
    """Checks the statistics of every split against the schema; anomalies fail the step and so stop the run."""

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(self, *, dataset: str, statistics: Any, schema: Any) -> None:
        super().__init__(statistics=statistics, schema=schema)
        self.exec_properties["schema_name"] = dataset

"""Transform, for which many numbers of the examples are one column: a tensor of its own costs each analysis milliseconds.

TFX traces preprocessing_fn with a sparse tensor for each column of the schema, and writes and loads that graph many times:
seconds for each hundred columns. So the numbers of a wide dataset are laid side by side while the examples are read.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import apache_beam as beam
import pyarrow as pa
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_transform.tf_metadata import dataset_metadata
from tfx.components import Transform as TfxTransform
from tfx.components.transform import executor
from tfx.dsl.components.base import executor_spec
from tfx.utils import json_utils
from tfx_bsl.tfxio import tfxio

from components.artifacts import Artifacts
from components.features.packing import pack, packed_schema
from schemas.description import Description
from schemas.encoding import packed


class Executor(executor.Executor):
    """TFX's Transform, with the ``packed`` columns as one."""

    def Do(self, input_dict: Artifacts, output_dict: Artifacts, exec_properties: dict[str, Any]) -> None:
        """Writes the Transform graph. Its raw columns are those of the schema, or MATRIX for the packed ones."""
        description = Description.from_json(json_utils.loads(exec_properties["custom_config"])["description"])
        with _processing(packed(description.features)):
            super().Do(input_dict, output_dict, exec_properties)


@contextmanager
def _processing(columns: tuple[str, ...]) -> Iterator[None]:
    """TFX's executor makes its processor itself; while the context is open it makes ours."""
    original = executor.TransformProcessor
    if columns:
        executor.TransformProcessor = partial(_Processor, columns)
    try:
        yield
    finally:
        executor.TransformProcessor = original


class _Processor(executor.TransformProcessor):
    def __init__(self, columns: tuple[str, ...]) -> None:
        super().__init__()
        self._columns = columns

    def _ReadMetadata(self, data_format: int, schema_path: str) -> dataset_metadata.DatasetMetadata:
        self._schema = super()._ReadMetadata(data_format, schema_path).schema
        return dataset_metadata.DatasetMetadata(packed_schema(self._schema, self._columns))

    def _CreateTFXIO(self, dataset: Any, schema: schema_pb2.Schema) -> tfxio.TFXIO:
        examples = super()._CreateTFXIO(dataset, self._schema)
        return _Packed(examples, super()._CreateTFXIO(dataset, schema), self._columns)


class _Packed(tfxio.TFXIO):
    """Examples as batches of another schema.

    Args:
      examples: reads them with all columns.
      described: knows the schema with MATRIX, and reads nothing.
      columns: that MATRIX is made of.
    """

    def __init__(self, examples: tfxio.TFXIO, described: tfxio.TFXIO, columns: tuple[str, ...]) -> None:
        self._examples = examples
        self._described = described
        self._columns = columns

    def BeamSource(self, batch_size: int | None = None) -> beam.PTransform:
        return self._examples.BeamSource(batch_size) | "Pack" >> beam.Map(pack, self._columns, self.ArrowSchema())

    def ArrowSchema(self) -> pa.Schema:
        return self._described.ArrowSchema()

    def TensorRepresentations(self) -> Any:
        return self._described.TensorRepresentations()

    def RecordBatches(self, options: Any) -> Iterator[pa.RecordBatch]:
        return (pack(batch, self._columns, self.ArrowSchema()) for batch in self._examples.RecordBatches(options))

    def TensorFlowDataset(self, options: Any) -> Any:
        raise NotImplementedError("Transform reads batches of Arrow")

    def _ProjectImpl(self, tensor_names: list[str]) -> tfxio.TFXIO:
        return self  # all columns are read (pipelines.beam.whole_examples)


class Transform(TfxTransform):
    """TFX's component with the executor above."""

    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)

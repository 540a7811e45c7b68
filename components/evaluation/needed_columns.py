"""TFMA reads the columns that it needs: labels and slices. The model is asked with serialized examples, which have the others.

Otherwise it makes a tensor of each column of each batch, which takes longer than the rest where there are a thousand.
"""

from collections.abc import Container, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import apache_beam as beam
import pyarrow as pa
import tensorflow_model_analysis as tfma
from tfx.components.evaluator import executor


def needed(config: tfma.EvalConfig) -> frozenset[str]:
    """The columns of the batches that an evaluation reads: labels, slices, and the serialized examples."""
    labels = {key for spec in config.model_specs for key in (spec.label_key, *spec.label_keys.values()) if key}
    slices = {key for spec in config.slicing_specs for key in (*spec.feature_keys, *spec.feature_values)}
    return frozenset(labels | slices | {tfma.constants.ARROW_INPUT_COLUMN})


@contextmanager
def reading(columns: Container[str]) -> Iterator[None]:
    """While the context is open, TFX's Evaluator reads these columns alone."""
    original = executor.tfxio_utils

    def factory_of(**options: Any) -> Any:
        factory = original.get_tfxio_factory_from_artifact(**options)
        return lambda pattern: _Reader(factory(pattern), columns)

    executor.tfxio_utils = SimpleNamespace(get_tfxio_factory_from_artifact=factory_of)
    try:
        yield
    finally:
        executor.tfxio_utils = original


class _Reader:
    """What TFX's Evaluator asks of a TFXIO."""

    def __init__(self, examples: Any, columns: Container[str]) -> None:
        self._examples = examples
        self._columns = columns

    def BeamSource(self) -> beam.PTransform:
        cut = beam.Map(select, self._columns).with_output_types(pa.RecordBatch)
        return self._examples.BeamSource() | "Select" >> cut


def select(batch: pa.RecordBatch, columns: Container[str]) -> pa.RecordBatch:
    """Those of the columns that a batch has."""
    return batch.select([name for name in batch.schema.names if name in columns])

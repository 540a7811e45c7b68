"""A Transform graph of some features, fitted to given columns by Transform's own analysis on Beam."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import tensorflow as tf
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from tensorflow_transform.tf_metadata import dataset_metadata, schema_utils

from components.features.encoded import Features, encoded
from components.features.preprocessing import preprocessing_fn
from components.features.transform_graph import TransformGraph
from pipelines.beam.memoising import LOCAL_ARGS, speed_up
from schemas.description import Description
from schemas.features import Feature
from schemas.tasks import Regression

_DTYPES = {"number": tf.float32, "string": tf.string, "image": tf.string}
_BLOCKS = 3


class Fitted:
    """The graph.

    Args:
      columns: raw columns, all of the same length; NaN or "" where a value is missing.
    """

    def __init__(self, features: Mapping[str, Feature], columns: Mapping[str, Sequence[Any]], folder: Path) -> None:
        speed_up()
        self.description = Description("all", Regression("y"), dict(features))
        kinds = self.description.raw()
        spec = {name: tf.io.VarLenFeature(_DTYPES[kind]) for name, kind in kinds.items()}
        spec["y"] = tf.io.VarLenFeature(tf.float32)
        metadata = dataset_metadata.DatasetMetadata(schema_utils.schema_from_feature_spec(spec))
        rows = [
            {name: [] if cell == "" or cell != cell else [cell] for name, cell in zip(columns, cells, strict=True)}
            | {"y": [0.0]}
            for cells in zip(*columns.values(), strict=True)
        ]
        config = {"description": self.description.to_json()}
        context = tft_beam.Context(
            temp_dir=tempfile.mkdtemp(dir=folder), desired_batch_size=max(1, len(rows) // _BLOCKS)
        )
        with context, beam.Pipeline(argv=list(LOCAL_ARGS)) as pipeline:
            data = pipeline | beam.Create(rows)
            fn = (data, metadata) | tft_beam.AnalyzeDataset(lambda inputs: preprocessing_fn(inputs, config))
            _ = fn | tft_beam.WriteTransformFn(str(folder))
            raw = f"{folder}/{tft.TFTransformOutput.RAW_METADATA_DIR}"
            _ = metadata | tft_beam.WriteMetadata(raw, pipeline=pipeline)
        self.output = tft.TFTransformOutput(str(folder))
        self._graph = TransformGraph(self.output, "y")

    @property
    def features(self) -> Features:
        """What the model is called with."""
        return encoded(self.description, self.output)

    def __call__(self, **columns: Sequence[Any]) -> dict[str, np.ndarray]:
        """Raw columns, encoded; others are missing."""
        kinds = self.description.raw()
        size = len(next(iter(columns.values())))
        missing = {"number": np.nan, "string": ""}
        whole = {name: columns.get(name, [missing.get(kind, "")] * size) for name, kind in kinds.items()}
        raw = {name: tf.constant(list(cells), _DTYPES[kinds[name]]) for name, cells in whole.items()}
        return {name: value.numpy() for name, value in self._graph(raw).items()}

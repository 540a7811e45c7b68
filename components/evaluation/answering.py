"""A model's answers to every example of a split, written as predictions.parquet (analysis.predictions)."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import tensorflow as tf

from analysis import predictions
from analysis.losses import judged
from analysis.predictions import Info
from components.data import keys
from components.data.examples import artifact_split
from components.evaluation import answered
from prediction.loaded_model import loaded_once
from schemas import codec
from schemas.files import replacing
from schemas.tasks import Task

_BATCH = 512  # examples that the model is called with, and rows of a row group
_PARTS = ".parts"


class AnswerFile(beam.DoFn):
    """The name of a file of examples to a part of predictions.parquet; of a second attempt, to the same one."""

    def __init__(self, examples: str, model: str, info: Info, parts: str) -> None:
        self._examples = examples
        self._model = model
        self._info = info
        self._parts = parts

    def setup(self) -> None:
        """Loads the model, once a worker."""
        self._loaded = loaded_once(Path(self._model))

    def process(self, file: str) -> None:
        """Writes the part of one file, a batch at a time."""
        final = Path(self._parts, f"{file.removesuffix('.gz')}.parquet")
        part = final.with_name(f".{final.name}.{os.getpid()}")
        names = keys.read(self._examples, self._info.split, file)
        path = os.path.join(artifact_split(self._examples, self._info.split), file)
        first = 0
        with pq.ParquetWriter(part, predictions.schema_of(self._info)) as writer:
            for batch in tf.data.TFRecordDataset(path, compression_type="GZIP").batch(_BATCH).as_numpy_iterator():
                writer.write_table(self._answered(batch, names.slice(first, len(batch))))
                first += len(batch)
        part.replace(final)

    def _answered(self, serialized: np.ndarray, names: pa.Table) -> pa.Table:
        task: Task = codec.loads(self._info.task)
        columns = answered.columns(self._info, serialized)
        outputs = self._loaded.raw_outputs(columns)
        return answered.table(self._info, columns, names, judged(task, outputs))


def write(make_pipeline: Callable[[], Any], examples: str, model: str, info: Info, folder: Path) -> Path:
    """Answers a split by Beam, a file of examples at a time, and writes predictions.parquet; memory does not grow with it.

    Args:
      make_pipeline: gives Beam's pipeline.
      examples: the folder of the Examples artifact.
      model: the folder of the SavedModel.
      info: whose examples they are, and which columns are kept.
      folder: where the file is written, whole or not at all.
    """
    parts = folder / _PARTS
    shutil.rmtree(parts, ignore_errors=True)  # of an attempt that was killed
    parts.mkdir(parents=True)
    files = sorted(tf.io.gfile.listdir(artifact_split(examples, info.split)))
    with make_pipeline() as pipeline:
        (
            pipeline
            | "Files" >> beam.Create(files)
            | "Spread" >> beam.Reshuffle()
            | "AnswerFile" >> beam.ParDo(AnswerFile(examples, model, info, str(parts)))
        )
    target = folder / predictions.FILE
    with replacing(target) as whole, pq.ParquetWriter(whole, predictions.schema_of(info)) as writer:
        for file in files:
            with pq.ParquetFile(parts / f"{file.removesuffix('.gz')}.parquet") as part:
                for batch in part.iter_batches(_BATCH * 8):
                    writer.write_batch(batch)
    shutil.rmtree(parts)
    return target

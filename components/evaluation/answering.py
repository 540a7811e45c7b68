"""A model's answers to every example of a split, written as predictions.parquet (analysis.predictions)."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
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
from registry import dossier
from schemas import codec
from schemas.files import replacing
from schemas.tasks import Task
from schemas.tasks.several import own

_BATCH = 512  # examples that the model is called with, and rows of a row group
_PARTS = ".parts"


class AnswerFile(beam.DoFn):
    """The name of a file of examples to a part of predictions.parquet, of several tasks of each one's; of a second attempt, to
    the same one."""

    def __init__(self, examples: str, model: str, infos: Sequence[Info], parts: str) -> None:
        self._examples = examples
        self._model = model
        self._infos = infos
        self._tasks: list[Task] = [codec.loads(info.task) for info in infos]
        self._parts = parts

    def setup(self) -> None:
        """Loads the model, once a worker."""
        self._loaded = loaded_once(Path(self._model))

    def process(self, file: str) -> None:
        """Writes the part of one file, a batch at a time."""
        finals = [_part(Path(self._parts), number, file) for number in range(1, len(self._infos) + 1)]
        parts = [final.with_name(f".{final.name}.{os.getpid()}") for final in finals]
        split = self._infos[0].split
        names = keys.read(self._examples, split, file)
        path = os.path.join(artifact_split(self._examples, split), file)
        first = 0
        with ExitStack() as stack:
            writers = [
                stack.enter_context(pq.ParquetWriter(part, predictions.schema_of(info)))
                for part, info in zip(parts, self._infos, strict=True)
            ]
            for batch in tf.data.TFRecordDataset(path, compression_type="GZIP").batch(_BATCH).as_numpy_iterator():
                tables = self._answered(batch, names.slice(first, len(batch)))
                for writer, table in zip(writers, tables, strict=True):
                    writer.write_table(table)
                first += len(batch)
        for part, final in zip(parts, finals, strict=True):
            part.replace(final)

    def _answered(self, serialized: np.ndarray, names: pa.Table) -> Iterator[pa.Table]:
        columns = answered.columns(self._infos[0], self._tasks, serialized)
        outputs = self._loaded.raw_outputs(columns)
        for info, task in zip(self._infos, self._tasks, strict=True):
            own_outputs = own(task, dict(outputs)) if len(self._tasks) > 1 else outputs
            yield answered.table(info, self._tasks, columns, names, judged(task, own_outputs))


def write(make_pipeline: Callable[[], Any], examples: str, model: str, infos: Sequence[Info], folder: Path) -> None:
    """Answers a split by Beam, a file of examples at a time, and writes predictions.parquet; memory does not grow with it.

    Of several tasks each has a file of its own, where ``registry.dossier.of_task`` says; the model is called once.

    Args:
      make_pipeline: gives Beam's pipeline.
      examples: the folder of the Examples artifact.
      model: the folder of the SavedModel.
      infos: whose examples they are, and which columns are kept; one for each task.
      folder: where the file is written, whole or not at all.
    """
    parts = folder / _PARTS
    shutil.rmtree(parts, ignore_errors=True)  # of an attempt that was killed
    parts.mkdir(parents=True)
    files = sorted(tf.io.gfile.listdir(artifact_split(examples, infos[0].split)))
    with make_pipeline() as pipeline:
        (
            pipeline
            | "Files" >> beam.Create(files)
            | "Spread" >> beam.Reshuffle()
            | "AnswerFile" >> beam.ParDo(AnswerFile(examples, model, infos, str(parts)))
        )
    for number, info in enumerate(infos, start=1):
        target = dossier.of_task(folder, number) / predictions.FILE
        target.parent.mkdir(parents=True, exist_ok=True)
        _join([_part(parts, number, file) for file in files], info, target)
    shutil.rmtree(parts)


def _part(parts: Path, number: int, file: str) -> Path:
    """The answers of one task to one file of examples."""
    return parts / f"{number}-{file.removesuffix('.gz')}.parquet"


def _join(parts: Sequence[Path], info: Info, target: Path) -> None:
    with replacing(target) as whole, pq.ParquetWriter(whole, predictions.schema_of(info)) as writer:
        for path in parts:
            with pq.ParquetFile(path) as part:
                for batch in part.iter_batches(_BATCH * 8):
                    writer.write_batch(batch)

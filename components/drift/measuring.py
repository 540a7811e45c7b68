"""TensorFlow Data Validation's statistics of new rows, chunk by chunk, in the memory of its sketches."""

from typing import Any

import pyarrow as pa
from tensorflow_data_validation.statistics import stats_impl
from tensorflow_metadata.proto.v0 import statistics_pb2

from components.data import statistics
from prediction.files.rows import Chunk, kinds
from schemas import columns
from schemas.model_card import ModelCard


class Measuring:
    """Statistics as the StatisticsGen of a run makes them: the same options, and without Beam's start of seconds.

    Args:
      card: whose inputs are measured; pictures are not, as their bytes say nothing.

    Attributes:
      rows: how many were added.
    """

    def __init__(self, card: ModelCard) -> None:
        self.rows = 0
        self._names = [name for name, kind in kinds(card).items() if kind != "image"]
        self._generators = stats_impl.get_generators(statistics.OPTIONS, in_memory=True)
        self._sums = [generator.create_accumulator() for generator in self._generators]

    def add(self, chunk: Chunk) -> None:
        """Adds the rows of a chunk."""
        self.rows += chunk.shown.num_rows
        if not self._names:
            return
        lists = {name: columns.to_list(chunk.inputs[name]) for name in self._names}
        batch = pa.RecordBatch.from_pydict(lists)
        parts: list[Any] = stats_impl.generate_partial_statistics_in_memory(batch, statistics.OPTIONS, self._generators)
        self._sums = [
            generator.merge_accumulators([total, part])
            for generator, total, part in zip(self._generators, self._sums, parts, strict=True)
        ]

    def statistics(self) -> statistics_pb2.DatasetFeatureStatisticsList:
        """Of all rows that were added."""
        return stats_impl.extract_statistics_output(self._sums, self._generators)

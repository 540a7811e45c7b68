"""Beam's Flink runner, with the files of a folder spread over the workers."""

from typing import Any

import apache_beam as beam
from apache_beam.io.tfrecordio import ReadAllFromTFRecord, ReadFromTFRecord
from apache_beam.pipeline import PTransformOverride
from apache_beam.runners.portability import flink_runner


class _SpreadRead(beam.PTransform):
    """A list of files, a reshuffle, and the reading of each file, where ReadFromTFRecord has no reshuffle."""

    def __init__(self, source: Any) -> None:
        super().__init__()
        self._source = source

    def expand(self, start: Any) -> Any:
        source = self._source
        pattern = source._pattern.get()
        read = ReadAllFromTFRecord(coder=source._coder, compression_type=source._compression_type)
        return start.pipeline | beam.Create([pattern], reshuffle=False) | read


class _SpreadReads(PTransformOverride):
    def matches(self, applied: Any) -> bool:
        return isinstance(applied.transform, ReadFromTFRecord)

    def get_replacement_transform_for_applied_ptransform(self, applied: Any) -> beam.PTransform:
        return _SpreadRead(applied.transform._source)


class FlinkRunner(flink_runner.FlinkRunner):
    """To be named in ``--runner``.

    Flink reads and decodes all files in the one worker that has listed them, as it puts no reshuffle between the parts of a
    splittable DoFn.
    """

    def run_pipeline(self, pipeline: beam.Pipeline, options: Any) -> Any:
        """Beam's own, with the reads of the pipeline spread over the workers."""
        pipeline.replace_all([_SpreadReads()])
        return super().run_pipeline(pipeline, options)

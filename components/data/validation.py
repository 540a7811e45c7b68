"""TFDV's validation of statistics, in blocks of columns: of all at once it takes the square of their number."""

from collections.abc import Container, Iterator

import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

_AT_ONCE = 100  # columns


def validated(
    statistics: statistics_pb2.DatasetFeatureStatisticsList,
    schema: schema_pb2.Schema,
    **others: statistics_pb2.DatasetFeatureStatisticsList,
) -> anomalies_pb2.Anomalies:
    """What ``tfdv.validate_statistics`` finds.

    Args:
      statistics: of one dataset.
      others: ``serving_statistics`` and ``previous_statistics``.
    """
    names = list(dict.fromkeys([*(feature.name for feature in schema.feature), *_names(statistics)]))
    if len(names) <= _AT_ONCE or not _is_of_columns(schema) or not statistics.datasets[0].num_examples:
        return tfdv.validate_statistics(statistics, schema, **others)
    found = anomalies_pb2.Anomalies()
    for start in range(0, len(names), _AT_ONCE):
        some = set(names[start : start + _AT_ONCE])
        cut = schema_pb2.Schema()
        cut.CopyFrom(schema)
        del cut.feature[:]
        cut.feature.extend(feature for feature in schema.feature if feature.name in some)
        parts = {name: _cut(other, some) for name, other in others.items()}
        found.MergeFrom(tfdv.validate_statistics(_cut(statistics, some), cut, **parts))
    found.baseline.CopyFrom(schema)
    return found


def _is_of_columns(schema: schema_pb2.Schema) -> bool:
    """Whether each rule is of one column."""
    nested = any(feature.type == schema_pb2.STRUCT for feature in schema.feature)
    return not (nested or schema.sparse_feature or schema.weighted_feature or schema.HasField("dataset_constraints"))


def _names(statistics: statistics_pb2.DatasetFeatureStatisticsList) -> Iterator[str]:
    return (feature.path.step[0] for feature in statistics.datasets[0].features)


def _cut(
    statistics: statistics_pb2.DatasetFeatureStatisticsList, names: Container[str]
) -> statistics_pb2.DatasetFeatureStatisticsList:
    """The statistics of some columns."""
    (whole,), found = statistics.datasets, statistics_pb2.DatasetFeatureStatisticsList()
    part = found.datasets.add(
        name=whole.name, num_examples=whole.num_examples, weighted_num_examples=whole.weighted_num_examples
    )
    part.features.extend(feature for feature in whole.features if feature.path.step[0] in names)
    return found

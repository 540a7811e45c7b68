"""Statistics validated in blocks of columns: what TFDV finds of all at once."""

import numpy as np
import pyarrow as pa
import pytest
from sklearn.datasets import load_breast_cancer
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2
from tensorflow_metadata.proto.v0.statistics_pb2 import DatasetFeatureStatisticsList as Statistics
from tfx.components.statistics_gen import stats_artifact_utils  # noqa: F401 - which makes TFDV importable

from components.data import validation
from components.data.validation import validated

COLUMNS = 250


def _statistics(shift: float = 0.0, without: str = "", more: str = "") -> Statistics:
    from tensorflow_data_validation import StatsOptions
    from tensorflow_data_validation.statistics import stats_impl

    data = load_breast_cancer().data.astype(np.float32)
    cells = {f"n{place}": data[:, place % 30] + shift * (place % 7 == 0) for place in range(COLUMNS)}
    if more:
        cells[more] = data[:, 0]
    arrays = {name: pa.array([[cell] for cell in column], pa.list_(pa.float32())) for name, column in cells.items()}
    arrays["sex"] = pa.array([[b"male" if row % 3 else b"female"] for row in range(len(data))], pa.list_(pa.binary()))
    arrays.pop(without, None)
    return stats_impl.generate_statistics_in_memory(pa.RecordBatch.from_pydict(arrays), StatsOptions())


@pytest.fixture(scope="module")
def schema() -> schema_pb2.Schema:
    import tensorflow_data_validation as tfdv

    found = tfdv.infer_schema(_statistics(), infer_feature_shape=False)
    for feature in found.feature:
        if feature.name in ("n3", "n140", "n242"):
            feature.float_domain.max = 1.0
        if feature.name in ("n7", "n210"):
            feature.drift_comparator.jensen_shannon_divergence.threshold = 0.1
    domain = next(feature.domain for feature in found.feature if feature.name == "sex")
    assert found.string_domain[0].name == domain
    del found.string_domain[0].value[0]
    return found


def _both(
    monkeypatch: pytest.MonkeyPatch, schema: schema_pb2.Schema, statistics: Statistics, **others: Statistics
) -> tuple[anomalies_pb2.Anomalies, anomalies_pb2.Anomalies]:
    found = validated(statistics, schema, **others)
    monkeypatch.setattr(validation, "_AT_ONCE", 10_000)
    whole = validated(statistics, schema, **others)
    for one in (found, whole):
        one.drift_skew_info.sort(key=lambda info: str(info.path))
    return found, whole


def test_anomalies_and_distances_of_all_blocks_are_found(
    monkeypatch: pytest.MonkeyPatch, schema: schema_pb2.Schema
) -> None:
    statistics = _statistics(without="n120", more="new")
    found, whole = _both(monkeypatch, schema, statistics, previous_statistics=_statistics(shift=300.0))
    assert set(found.anomaly_info) == {"n3", "n140", "n242", "sex", "n120", "new", "n7", "n210"}
    assert [info.path.step[0] for info in found.drift_skew_info] == ["n210", "n7"]
    assert found == whole


def test_a_dataset_without_rows_is_one_anomaly(monkeypatch: pytest.MonkeyPatch, schema: schema_pb2.Schema) -> None:
    statistics = Statistics()
    statistics.datasets.add(num_examples=0)
    found, whole = _both(monkeypatch, schema, statistics)
    assert found == whole and found.data_missing

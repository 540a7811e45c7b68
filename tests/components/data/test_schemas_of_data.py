"""The curated schemas of tables against all columns of the real files."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import tfx.components.example_validator.executor  # noqa: F401  TFDV needs what TFX prepares
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from components.data.example_validator import compare, distances
from schemas import curated

CARS = ["mpg", "cylinders", "displacement", "horsepower", "weight", "acceleration", "model year", "origin", "car name"]
FILES = {
    "titanic": "titanic.csv",
    "house_prices": "train.csv",
    "boston_housing": "BostonHousing.csv",
    "auto_mpg": "auto-mpg.data",
}
ARROW = {schema_pb2.FLOAT: pa.float32(), schema_pb2.INT: pa.int64(), schema_pb2.BYTES: pa.binary()}
CONVERT = {schema_pb2.FLOAT: float, schema_pb2.INT: int, schema_pb2.BYTES: str.encode}


def table(data: Path, name: str, file: str | None = None) -> pd.DataFrame:
    """All cells as strings, NaN where a value is missing."""
    path = data / name / (file or FILES[name])
    if not path.exists():
        pytest.skip(f"{path.name} is not in the folder of datasets")
    missing = {"house_prices": ["NA", ""], "auto_mpg": ["?"]}.get(name, [""])
    spaced = {"sep": r"\s+", "names": CARS} if name == "auto_mpg" else {}
    return pd.read_csv(path, dtype=str, keep_default_na=False, na_values=missing, **spaced)


def schema_of(name: str) -> schema_pb2.Schema:
    return curated.parse(curated.text_of(name), name)


def statistics(rows: pd.DataFrame, schema: schema_pb2.Schema) -> statistics_pb2.DatasetFeatureStatisticsList:
    from tensorflow_data_validation import StatsOptions
    from tensorflow_data_validation.statistics import stats_impl

    columns = {}
    for feature in schema.feature:
        cells = [None if pd.isna(cell) else [CONVERT[feature.type](cell)] for cell in rows[feature.name]]
        columns[feature.name] = pa.array(cells, pa.list_(ARROW[feature.type]))
    return stats_impl.generate_statistics_in_memory(pa.RecordBatch.from_pydict(columns), StatsOptions())


@pytest.mark.parametrize("name", FILES)
def test_a_schema_has_exactly_the_file_s_columns_in_their_order(data: Path, name: str) -> None:
    assert [feature.name for feature in schema_of(name).feature] == list(table(data, name))


@pytest.mark.parametrize("name", FILES)
def test_the_real_data_keeps_its_schema(data: Path, name: str) -> None:
    import tensorflow_data_validation as tfdv

    schema = schema_of(name)
    found = tfdv.validate_statistics(statistics(table(data, name), schema), schema).anomaly_info
    assert not found


def test_house_prices_of_kaggle_s_test_file_keep_the_schema_but_for_a_garage_of_2207(data: Path) -> None:
    import tensorflow_data_validation as tfdv

    whole = schema_of("house_prices")
    rows = table(data, "house_prices", "test.csv")
    schema = curated.cut(whole, tuple(rows), "house_prices")
    found = tfdv.validate_statistics(statistics(rows, schema), schema).anomaly_info
    assert list(found) == ["GarageYrBlt"]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", FILES)
def test_random_splits_are_nearer_than_the_thresholds_of_skew_and_drift(data: Path, name: str, seed: int) -> None:
    schema, rows = schema_of(name), table(data, name)
    share = np.random.default_rng(seed).random(len(rows))
    train, test, before = (statistics(rows[part], schema) for part in (share < 0.7, share > 0.85, share < 0.35))
    anomalies = compare(train, schema, skew=test, drift=before)
    assert anomalies.drift_skew_info
    assert distances(anomalies, "skew") == distances(anomalies, "drift") == []


@pytest.mark.parametrize("name", FILES)
def test_the_rows_in_the_order_of_the_label_are_far_from_one_another(data: Path, name: str) -> None:
    schema, rows = schema_of(name), table(data, name)
    label = {"titanic": "Survived", "house_prices": "SalePrice", "boston_housing": "medv", "auto_mpg": "mpg"}[name]
    rows = rows.iloc[rows[label].astype(float).argsort()]
    half = len(rows) // 2
    low, high = statistics(rows[:half], schema), statistics(rows[half:], schema)
    anomalies = compare(low, schema, skew=high, drift=high)
    for kind in ("skew", "drift"):
        assert any(f"column {label!r}" in line for line in distances(anomalies, kind))

"""A page whose source is a partitioned folder of Parquet files: run, cached, asked with Parquet and tf.Examples."""

from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pytest
import tensorflow as tf
from pyarrow import csv, parquet

from tests.e2e.command import Slipway

PAGE = '''"""Who survived? The Titanic's passengers, a folder for each class."""

from pipelines.spec import BinaryClassification, Category, Number, Parquet, Pipeline, Splits, Tabular, Training

pipeline = Pipeline(
    name="liner",
    source=Parquet("passengers"),
    splits=Splits(key=("PassengerId",)),
    task=BinaryClassification(label="Survived", classes=("died", "survived")),
    features={"Age": Number(missing="mean"), "Sex": Category(), "Pclass": Category(), "ticket.fare": Number(scale="log")},
    model=Tabular(hidden=(16,)),
    training=Training(epochs=5, batch_size=32, learning_rate=1e-2),
    thresholds={"auc": 0.75},
)
'''


@pytest.fixture
def passengers(data: Path) -> pa.Table:
    """The Titanic with types: Survived a boolean, Sex a dictionary, the fare in a struct."""
    table = csv.read_csv(data / "titanic" / "titanic.csv")
    ticket = pa.StructArray.from_arrays(
        [table["Fare"].combine_chunks(), table["Ticket"].combine_chunks()], ["fare", "number"]
    )
    table = table.select(["PassengerId", "Age", "Sex", "Pclass", "Survived"]).append_column("ticket", ticket)
    table = table.set_column(2, "Sex", table["Sex"].dictionary_encode())
    return table.set_column(4, "Survived", table["Survived"].cast(pa.bool_()))


def test_a_folder_of_parquet_files_is_a_model(
    slipway: Slipway, passengers: pa.Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "liner.py").write_text(PAGE)
    monkeypatch.setenv("SLIPWAY_PIPELINES", str(pages))
    folder = slipway.data / "liner" / "passengers"
    ds.write_dataset(passengers, folder, format="parquet", partitioning=["Pclass"], partitioning_flavor="hive")

    assert slipway.json("run", "liner")["blessed"]

    parquet.write_table(passengers, tmp_path / "rows.parquet")
    slipway("predict", "liner", "--file", str(tmp_path / "rows.parquet"), "--out", str(tmp_path / "out.parquet"))
    answers = parquet.read_table(tmp_path / "out.parquet")
    assert answers.num_rows == 891
    survived = [name == "survived" for name in answers["class"].to_pylist()]
    right = sum(a == b for a, b in zip(survived, passengers["Survived"].to_pylist(), strict=True))
    assert right > 0.75 * 891

    with tf.io.TFRecordWriter(str(tmp_path / "rows.tfrecord")) as out:
        for row in passengers.slice(0, 20).to_pylist():
            out.write(_example(row))
    slipway("predict", "liner", "--file", str(tmp_path / "rows.tfrecord"), "--out", str(tmp_path / "records.parquet"))
    assert parquet.read_table(tmp_path / "records.parquet")["class"].to_pylist() == answers["class"].to_pylist()[:20]

    parquet.write_table(passengers.drop_columns(["Sex"]).slice(0, 1), folder / "more.parquet")
    assert "more.parquet has no column 'Sex', which liner needs" in slipway.refused("run", "liner")


def _example(row: dict) -> bytes:
    values = {
        "Sex": row["Sex"].encode(),
        "Pclass": row["Pclass"],
        "ticket.fare": row["ticket"]["fare"],
        "Age": row["Age"],
    }
    features = {}
    for name, value in values.items():
        if isinstance(value, bytes):
            features[name] = tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
        elif isinstance(value, int):
            features[name] = tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))
        elif value is not None:
            features[name] = tf.train.Feature(float_list=tf.train.FloatList(value=[value]))
    return bytes(tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString())

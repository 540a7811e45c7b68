"""The Titanic as a typed table, and ExampleGen without Beam."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import tensorflow as tf
from pyarrow import csv

from components.data import sources
from components.data.example_gen import ReadBlocks
from components.data.plan import Plan
from components.data.writing import WriteBlock
from schemas.columns import Label
from schemas.sources import Source
from schemas.splits import NAMES, Splits

TITANIC = {
    "Age": "number", "Fare": "number", "Sex": "string", "Pclass": "string", "Cabin": "string", "Name": "string",
    "Survived": "label",
}  # fmt: skip

Examples = dict[str, list[dict[str, Any]]]
Generate = Callable[..., Examples]


@pytest.fixture(scope="session")
def titanic(data: Path) -> pa.Table:
    """The 891 passengers with Arrow's types: int64, double, string."""
    null = csv.ConvertOptions(strings_can_be_null=True, null_values=[""])
    return csv.read_csv(data / "titanic" / "titanic.csv", convert_options=null)


@pytest.fixture
def generate(tmp_path: Path) -> Generate:
    """Prepares a source of the dataset ``ships`` in a folder, and gives ExampleGen's examples as Python values, by split."""

    def generate(
        source: Source, columns: dict[str, str] = TITANIC, key: tuple[str, ...] = ("PassengerId",), limit: int = 0
    ) -> Examples:
        located = sources.prepare(source, "ships", tmp_path, (*columns, *key))
        label = next((name for name, kind in columns.items() if kind == "label"), "")
        splits = Splits(key=key)
        plan = Plan(source, located.path, columns, (), (Label(label, ("no", "yes")),), splits, (), limit, located.path)
        return _written(plan, tmp_path / "examples")

    return generate


def _written(plan: Plan, folder: Path) -> Examples:
    for split in NAMES:
        (folder / f"Split-{split}").mkdir(parents=True)
    (folder / ".reports").mkdir()
    for block in ReadBlocks(plan).process(None):
        WriteBlock(plan, str(folder)).process(block)
    reports = [json.loads(file.read_text()) for file in sorted((folder / ".reports").iterdir())]
    for problem in (report["problem"] for report in reports if "problem" in report):
        raise AssertionError(problem)
    return {split: _read(folder / f"Split-{split}") for split in NAMES}


def _read(folder: Path) -> list[dict[str, Any]]:
    files = sorted(str(file) for file in folder.iterdir())
    records = tf.data.TFRecordDataset(files, compression_type="GZIP").as_numpy_iterator()
    return [_values(tf.train.Example.FromString(record)) for record in records]


def _values(example: tf.train.Example) -> dict[str, Any]:
    found = {}
    for name, feature in example.features.feature.items():
        kind = feature.WhichOneof("kind")
        found[name] = list(getattr(feature, kind).value) if kind else []
    return found

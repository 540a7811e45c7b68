"""A column of tens of thousands of names, in a vocabulary and hashed: what a run keeps of it does not grow with the names."""

import re
from pathlib import Path

import numpy as np
from tensorflow_metadata.proto.v0 import statistics_pb2

from registry import dossier
from schemas.home import Home
from schemas.model_card import ModelCard
from tests.e2e.command import Slipway

NAMES, ROWS, KEPT = 50_000, 60_000, 1000
PAGE = '''"""Customers."""

from pipelines.spec import BinaryClassification, Category, Csv, Number, Pipeline, Tabular, Training

pipeline = Pipeline(
    name="customers",
    source=Csv("customers.csv"),
    task=BinaryClassification(label="y", classes=("0", "1")),
    features={"name": Category(), "hashed": Category(hash=5000), "x": Number()},
    model=Tabular(),
    training=Training(epochs=2, batch_size=512),
)
'''


def test_a_run_keeps_no_more_of_fifty_thousand_names_than_of_a_thousand(tmp_path: Path) -> None:
    slipway, home = Slipway(tmp_path / "home", tmp_path / "data"), Home(tmp_path / "home", tmp_path / "data")
    random = np.random.default_rng(0)
    names = random.permutation(np.concatenate([np.arange(NAMES), random.integers(0, 100, ROWS - NAMES)]))
    x = random.normal(size=ROWS)
    lines = (
        f"customer-{name},customer-{name},{number:.3f},{int(number > 0)}\n"
        for name, number in zip(names, x, strict=True)
    )
    (tmp_path / "data" / "customers").mkdir(parents=True)
    (tmp_path / "data" / "customers" / "customers.csv").write_text("name,hashed,x,y\n" + "".join(lines))
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "customers.py").write_text(PAGE)

    found = slipway.json("run", "customers")
    model, kept = Path(found["pushed_to"]), dossier.folder(home.registry("customers"), found["version"], None)
    (vocabulary,) = model.glob("assets/vocabulary_name*")
    words = vocabulary.read_text().split()
    assert len(words) == KEPT
    # The hundred frequent names, which every sketch must keep apart from the others, are the first.
    assert {f"customer-{name}" for name in range(100)} == set(words[:100])
    assert ModelCard.read(model).inputs.keys() == {"name", "hashed", "x"}
    assert (model / "assets.extra" / "model_card.json").stat().st_size < 20_000
    statistics = statistics_pb2.DatasetFeatureStatisticsList.FromString((kept / "statistics" / "train.pb").read_bytes())
    (column,) = [each for each in statistics.datasets[0].features if each.path.step[0] == "name"]
    assert abs(column.string_stats.unique / (0.7 * NAMES) - 1) < 0.05
    top = [value.value for value in column.string_stats.top_values]
    assert len(top) <= 20 and {int(value.removeprefix("customer-")) for value in top} <= set(range(100))
    assert sum(file.stat().st_size for file in kept.rglob("*.json")) < 1_000_000
    assert len(set(re.findall(r"customer-\d+", Path(found["report"]).read_text()))) < KEPT
    answer = slipway.json("predict", "customers", '{"name": "nobody", "hashed": "nobody", "x": 2}')
    assert answer["output"]["class"] == "1"

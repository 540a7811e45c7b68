"""A table with every kind of column that has a form of its own, the page that reads it, and its rows."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

PAGE = '''"""Which rides of a bicycle hire end late? Every kind of column."""

from pipelines.spec import (
    BinaryClassification, Category, Csv, Geo, Number, Pipeline, Set, Tabular, Timestamp, Training, Vector,
)

pipeline = Pipeline(
    name="rides",
    source=Csv("rides.csv", missing=("", "n/a")),
    task=BinaryClassification(label="late", classes=("no", "yes")),
    features={
        "begun": Timestamp(format="%d.%m.%Y %H:%M"),
        "returned": Number(exact=True),
        "rider": Number(exact=True, indicator=True),
        "tags": Set(),
        "signal": Vector(length=4),
        "place": Geo(of=("lat", "lon")),
        "bicycle": Category(hash=100),
    },
    model=Tabular(hidden=(32,), dropout=0.0),
    training=Training(epochs=30, batch_size=32, learning_rate=1e-2),
    slices=("tags",),
    thresholds={"auc": 0.99},
)
'''
ROWS = 1200
FIRST_ID = 2**62


def table() -> pd.DataFrame:
    """The rows as a data frame would hold them: times, lists, whole numbers."""
    chance = np.random.default_rng(1)
    returned = 1_700_000_000 + chance.integers(0, 201, ROWS)
    names = np.array(["rain", "hill", "night", "new"])
    frame = pd.DataFrame(
        {
            "begun": pd.Timestamp("2023-01-01") + pd.to_timedelta(chance.integers(0, 500_000, ROWS), "min"),
            "returned": returned,
            "rider": FIRST_ID + np.arange(ROWS) % 300,
            "tags": [sorted(names[chance.random(4) < 0.4]) for _ in range(ROWS)],
            "signal": [[round(float(x), 3) for x in row] for row in chance.normal(100, 0.01, (ROWS, 4))],
            "lat": np.round(chance.uniform(47, 48, ROWS), 4),
            "lon": np.round(chance.uniform(8, 9, ROWS), 4),
            "bicycle": [f"b{number}" for number in chance.integers(0, 500, ROWS)],
            "late": np.where(returned > 1_700_000_100, "yes", "no"),
        }
    )
    frame.loc[::50, "begun"] = pd.NaT
    return frame


def write(frame: pd.DataFrame, path: Path) -> None:
    """The rows as the CSV file of the page."""
    written = frame.assign(
        begun=frame["begun"].dt.strftime("%d.%m.%Y %H:%M").fillna("n/a"),
        tags=frame["tags"].map("|".join),
        signal=frame["signal"].map(json.dumps),
    )
    written.to_csv(path, index=False)

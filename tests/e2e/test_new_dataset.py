"""Adding a dataset takes one page: the README's wine as it stands there, and a regression; no schema is written."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_wine

from tests.e2e.command import REPOSITORY, Slipway, copy_of_code

DIABETES = '''"""How far will it have gone in a year? 442 patients, scikit-learn's diabetes."""

from pipelines.spec import Category, Csv, Number, Pipeline, Regression, Tabular, Training

pipeline = Pipeline(
    name="diabetes",
    source=Csv("diabetes.csv"),
    task=Regression(label="target"),
    features={
        "age": Number(missing="median", scale="min_max"),
        "sex": Category(),
        "ward": Category(names=("north", "south")),
        "bmi": Number(missing="zero"),
        "1 blood-pressure (mean)": Number(missing=100),
        "class": Number(derived="pipelines.diabetes_features:same", of=("from",)),
        "s5": Number(scale="log"),
    },
    model=Tabular(hidden=(32,), dropout=0.0),
    training=Training(epochs=300, batch_size=32, learning_rate=1e-2, patience=20),
    slices=("sex",),
    thresholds={"rmse": 70},
)
'''

SAME = '''"""A derived feature."""

import tensorflow as tf


def same(value: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.strings.length(value), tf.float32)
'''


@pytest.fixture(scope="module")
def slipway(tmp_path_factory: pytest.TempPathFactory) -> Slipway:
    folder = tmp_path_factory.mktemp("new")
    code = copy_of_code(folder)
    (page,) = re.findall(
        r"`pipelines/wine.py`:\n\n```python\n(.*?)```", (REPOSITORY / "README.md").read_text(), re.DOTALL
    )
    (code / "pipelines" / "wine.py").write_text(page)
    (code / "pipelines" / "diabetes.py").write_text(DIABETES)
    for name in ("wine", "diabetes"):
        (folder / "data" / name).mkdir(parents=True)
    load_wine(as_frame=True).frame.to_csv(folder / "data" / "wine" / "wine.csv", index=False)
    patients = load_diabetes(as_frame=True, scaled=False).frame
    patients.loc[::9, "bmi"] = np.nan
    # Names that are no Python identifiers.
    patients = patients.rename(columns={"bp": "1 blood-pressure (mean)"}).assign(
        **{"from": "here", "ward": ""}
    )  # nobody noted the ward
    (code / "pipelines" / "diabetes_features.py").write_text(SAME)
    patients.to_csv(folder / "data" / "diabetes" / "diabetes.csv", index=False)
    return Slipway(folder / "home", folder / "data", code)


def test_the_wine_of_the_readme(slipway: Slipway) -> None:
    assert "wine" in slipway("list", "--names")[0].split()
    result = slipway.json("run", "wine")
    assert result["blessed"] and result["metrics"]["accuracy"] >= 0.9
    answer = slipway.json("predict", "wine", slipway("predict", "wine", "--example")[0].strip())
    assert answer["output"]["class"] in ("first", "second", "third")


def test_a_regression_with_a_learned_vocabulary_and_missing_values(slipway: Slipway) -> None:
    result: dict[str, Any] = slipway.json("run", "diabetes")
    assert result["blessed"] and result["metrics"]["rmse"] <= 70 < result["naive"]["rmse"]
    assert result["metrics"]["mae"] < result["metrics"]["rmse"]
    thin = slipway.json(
        "predict", "diabetes", '{"age": 50, "bmi": 20, "1 blood-pressure (mean)": 80, "s5": 4.2, "sex": 1}'
    )
    heavy = slipway.json("predict", "diabetes", '{"age": 50, "bmi": 38, "1 blood-pressure (mean)": 110, "s5": 5.4}')
    assert 25 < thin["output"]["value"] < heavy["output"]["value"] < 400  # in the label's own unit
    assert Path(result["pushed_to"]).is_dir()

"""`import slipway`: the notebook of docs/examples is executed, and its home is then looked at from this process."""

import re
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient

import slipway
from pipelines.python_api.model import Model
from pipelines.spec import BinaryClassification, Category, Csv, Number, Pipeline, Tabular

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "docs" / "examples" / "titanic.ipynb"
_DIFFERS = re.compile(r"[\d.]+|\s+|-+")  # from training to training


@pytest.fixture(scope="module")
def executed(home: Path, data: Path) -> Any:
    """The notebook after its cells were run in a home of its own."""
    notebook = nbformat.read(NOTEBOOK, 4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLIPWAY_HOME", str(home))
        patch.setenv("SLIPWAY_DATA", str(data))
        patch.setenv("PYTHONPATH", str(ROOT))
        NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(ROOT)}}).execute()
        yield notebook


@pytest.fixture(scope="module")
def model(executed: Any) -> Model:
    return slipway.load("titanic")


@pytest.fixture(scope="module")
def rows(data: Path) -> pd.DataFrame:
    return pd.read_csv(data / "titanic" / "titanic.csv", index_col="PassengerId")


def outputs(notebook: Any) -> list[list[str]]:
    """What each cell of code shows, without numbers; of a figure its type."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [
        [_DIFFERS.sub("", one.get("text") or one["data"].get("text/plain", "")) for one in cell.outputs]
        for cell in cells
    ]


def test_the_notebook_shows_what_its_cells_give(executed: Any) -> None:
    assert outputs(executed) == outputs(nbformat.read(NOTEBOOK, 4))
    shown = [kind for cell in executed.cells for one in cell.get("outputs", ()) for kind in one.get("data", {})]
    assert not [kind for kind in shown if "script" in kind]  # Beam's, which loads others from a server
    assert any("image/png" in one.get("data", {}) for cell in executed.cells for one in cell.get("outputs", ()))


def test_the_metrics_of_the_test_split_are_those_of_the_run(model: Model) -> None:
    predictions = model.predictions()
    split = predictions.rename(columns={f"input.{name}": name for name in model.card.inputs} | {"label": "Survived"})
    assert model.evaluate(split) == pytest.approx(model.card.metrics, abs=1e-5)
    assert list(model.predict(split)["class"]) == list(predictions["prediction"])


def test_one_input_a_list_and_a_frame_get_the_same_answers(model: Model, rows: pd.DataFrame) -> None:
    some = rows.sample(20, random_state=7)
    frame = model.predict(some, probabilities=True)
    assert list(frame.index) == list(some.index)
    assert list(frame.columns) == ["class", "confidence", "p(died)", "p(survived)"]
    inputs = some[list(model.card.inputs)].to_dict("records")
    assert model.predict(inputs, probabilities=True).to_numpy()[:, 1:].astype(float) == pytest.approx(
        frame.to_numpy()[:, 1:].astype(float), abs=1e-5
    )
    one = model.predict(inputs[0])
    assert (one["class"], one["confidence"]) == (
        frame["class"].iloc[0],
        pytest.approx(frame["confidence"].iloc[0], abs=1e-5),
    )
    assert one["probabilities"].keys() == {"died", "survived"}
    assert "probabilities" not in model.predict(inputs[0], probabilities=False)


def test_whole_numbers_that_pandas_made_floats_are_the_same_names(model: Model, rows: pd.DataFrame) -> None:
    some = rows.head(50)
    assert model.predict(some.astype({"Pclass": float})).equals(model.predict(some))
    assert model.predict(some.astype({"Sex": "category", "Embarked": "string"})).equals(model.predict(some))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows.drop(columns="Sex"), "the DataFrame has no column 'Sex', which titanic 1.0.0 reads"),
        (lambda rows: rows.assign(Age="old"), "column 'Age'"),
        (lambda rows: rows.assign(Sex=[1] + ["x"] * (len(rows) - 1)), "column 'Sex'"),
        (lambda rows: rows[:0], "the DataFrame has no rows"),
    ],
)
def test_a_frame_that_does_not_fit_is_refused_by_column(
    model: Model, rows: pd.DataFrame, change: Any, message: str
) -> None:
    with pytest.raises(slipway.InputError, match=message) as raised:
        model.predict(change(rows))
    assert "/tmp" not in str(raised.value) and "\n" not in str(raised.value)


def test_labels_that_do_not_fit_are_refused(model: Model, rows: pd.DataFrame) -> None:
    with pytest.raises(slipway.InputError, match="the DataFrame has no column 'Survived', the label"):
        model.evaluate(rows.drop(columns="Survived"))
    with pytest.raises(slipway.InputError, match="the DataFrame, row 3, column 'Survived': received '7'"):
        model.evaluate(rows.assign(Survived=[0, 1, 7] + [0] * (len(rows) - 3)))


def test_what_is_no_input_is_refused(model: Model) -> None:
    with pytest.raises(slipway.InputError, match="received 5; a DataFrame, a list of inputs, or one input"):
        model.predict(5)  # type: ignore[call-overload]
    with pytest.raises(slipway.InputError, match=r"no version '9\.9\.9'"):
        slipway.load("titanic", "9.9.9")


def test_versions_are_rows(executed: Any) -> None:
    found = slipway.versions("titanic")
    assert list(found["version"]) == ["1.0.0"] and found["blessed"].all() and found["auc"].iloc[0] > 0.7
    with pytest.raises(slipway.InputError, match=r"nothing has no versions in .*; run: slipway\.run\('nothing'\)"):
        slipway.versions("nothing")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"depth": 3}, "depth=3: titanic has no such setting; its settings are .*epochs"),
        ({"hidden": 5}, "hidden: received 5; whole numbers with commas between is expected"),
        ({"epochs": "many"}, "epochs"),
        ({"dropout": 7.0}, "dropout"),
    ],
)
def test_a_setting_that_does_not_fit_is_refused(executed: Any, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(slipway.InputError, match=message):
        slipway.run("titanic", quiet=True, **settings)


def test_a_pipeline_of_the_callers_own(
    home: Path, rows: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLIPWAY_HOME", str(home))
    monkeypatch.setenv("SLIPWAY_DATA", str(tmp_path))
    (tmp_path / "passengers").mkdir()
    rows.to_csv(tmp_path / "passengers" / "passengers.csv")
    pipeline = Pipeline(
        name="passengers",
        source=Csv("passengers.csv"),
        task=BinaryClassification(label="Survived", classes=("died", "survived")),
        features={"Age": Number(missing="mean"), "Sex": Category()},
        model=Tabular(hidden=(16,)),
    )
    result = slipway.run(pipeline, quiet=True, epochs=4)
    assert result.blessed and result.version == "1.0.0"
    assert slipway.load("passengers").predict({"Sex": "female", "Age": 30})["class"] == "survived"

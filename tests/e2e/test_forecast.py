"""A forecast from the rows to the gateway's answer: four quarterly series of statsmodels, and a series that no model beats."""

import json
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from analysis import predictions
from analysis.folds import CrossValidation
from components.data import keys
from prediction.loaded_model import LoadedModel
from serving.client import GatewayClient, ServingClient
from tests.e2e.command import Slipway, copy_of_code
from tests.e2e.stack import Stack, running, wait_until_served

ECONOMY = '''"""How will unemployment, inflation and interest go on? The United States from 1959 to 2009, by quarter."""

from pipelines.spec import Category, Csv, Forecast, Pipeline, Tabular, Training

pipeline = Pipeline(
    name="economy",
    source=Csv("economy.csv"),
    task=Forecast(label="value", time="quarter", series=("what",), window=12, horizon=4),
    features={"what": Category()},
    model=Tabular(hidden=(16,), dropout=0.0),
    training=Training(epochs=30, learning_rate=3e-3),
    slices=("what",),
)
'''
WALK = '''"""Nobody knows where a random walk goes."""

from pipelines.spec import Csv, Forecast, Pipeline, Tabular, Training

pipeline = Pipeline(
    name="walk",
    source=Csv("walk.csv"),
    task=Forecast(label="y", time="t", window=20, horizon=5),
    features={},
    model=Tabular(hidden=(64, 64), dropout=0.0),
    training=Training(epochs=5, learning_rate=0.05),
)
'''


def economy() -> pd.DataFrame:
    found = sm.datasets.macrodata.load_pandas().data
    found["quarter"] = [
        f"{int(year)}-{3 * int(quarter) - 2:02}" for year, quarter in zip(found.year, found.quarter, strict=True)
    ]
    long = found.melt("quarter", ["unemp", "infl", "tbilrate", "realint"], "what", "value")
    return long.sample(frac=1, random_state=1)  # the order of a file says nothing


@pytest.fixture(scope="module")
def slipway(tmp_path_factory: pytest.TempPathFactory) -> Slipway:
    folder = tmp_path_factory.mktemp("forecast")
    code = copy_of_code(folder)
    walk = pd.DataFrame({"t": range(1500), "y": np.random.default_rng(1).normal(size=1500).cumsum()})
    for name, page, table in (("economy", ECONOMY, economy()), ("walk", WALK, walk)):
        (code / "pipelines" / f"{name}.py").write_text(page)
        (folder / "data" / name).mkdir(parents=True)
        table.to_csv(folder / "data" / name / f"{name}.csv", index=False)
    return Slipway(folder / "home", folder / "data", code)


@pytest.fixture(scope="module")
def result(slipway: Slipway) -> dict[str, Any]:
    return slipway.json("run", "economy")


@pytest.fixture(scope="module")
def model(slipway: Slipway, result: dict[str, Any]) -> LoadedModel:
    return LoadedModel(Path(result["pushed_to"]))


def answers(slipway: Slipway) -> pd.DataFrame:
    (file,) = (slipway.home / "registry" / "economy").glob("**/predictions.parquet")
    return predictions.read(file).table.to_pandas()


def test_the_model_is_judged_on_the_newest_windows_against_both_naive_forecasts(
    slipway: Slipway, result: dict[str, Any], model: LoadedModel
) -> None:
    assert result["blessed"] and result["metrics"]["mase"] < 1 and result["metrics"]["seasonal_mase"] < 1
    assert [check["metric"] for check in result["checks"] if check["kind"] == "naive baseline"] == [
        "mase",
        "seasonal_mase",
    ]
    examples, cuts = model.card.data["examples"], model.card.splits
    times: dict[str, list[int]] = {}
    for split in ("train", "eval", "test"):
        for file in sorted(Path(examples, "keys", f"Split-{split}").iterdir()):
            times.setdefault(split, []).extend(keys.read(examples, split, f"{file.stem}.gz")["time"].to_pylist())
    quarter = 92 * 86_400 * 10**6
    # The values to come of the one end before those of the other begin: three quarters are in neither.
    assert max(times["train"]) + 3 * quarter < min(times["eval"]) + quarter
    assert max(times["eval"]) + 3 * quarter < min(times["test"]) + quarter and cuts["time"] == "quarter"


def test_what_is_kept_is_a_row_for_each_step_ahead_and_is_the_series_own_future(
    slipway: Slipway, result: dict[str, Any]
) -> None:
    found, truth = answers(slipway), economy().set_index(["what", "quarter"])["value"]
    assert len(found) == 4 * result["examples"]
    quarters = pd.Index(sorted(economy()["quarter"].unique()))
    for _, row in found.sample(50, random_state=1).iterrows():
        origin, step = row["key"].split(" +")
        what, quarter = origin.split(", ")
        place = quarters.get_loc(quarter)
        assert row["label"] == pytest.approx(truth[what, quarters[place + int(step)]], rel=1e-6)
        past = [truth[what, quarters[at]] for at in range(place - 11, place + 1)]
        assert [float(number) for number in row["input.history"].split(" ")] == pytest.approx(past, rel=1e-6)
        assert row["slice.step"] == step and row["slice.what"] == what == row["input.what"]
    naive = found.groupby("key").size()
    assert len(naive) == len(found)
    mae = (found["label"] - found["prediction"]).abs().mean()
    assert mae == pytest.approx(result["metrics"]["mae"], rel=1e-5)


def test_a_forecast_moves_and_grows_with_its_window(model: LoadedModel) -> None:
    past = [5.0, 5.2, 5.1, 5.6, 5.9, 6.0, 6.4, 6.1, 5.8, 5.7, 5.5, 5.6]
    plain, moved, grown = model.predict(
        [
            {"history": [scale * value + offset for value in past], "what": "unemp"}
            for scale, offset in ((1, 0), (1, 100), (10, 0))
        ]
    )
    assert np.subtract(moved.values, 100) == pytest.approx(plain.values, abs=1e-2)
    assert np.divide(grown.values, 10) == pytest.approx(plain.values, abs=0.3)  # but for the floor of the scale


def test_everyone_who_is_asked_gives_the_same_forecast(slipway: Slipway, model: LoadedModel, tmp_path: Path) -> None:
    example = json.loads(slipway("predict", "economy", "--example")[0])
    assert len(example["history"]) == 12 and example["what"]
    (expected,) = model.predict([example])
    assert len(expected.values) == 4
    shown = slipway("predict", "economy", json.dumps(example))[0]
    assert f"{expected.values[3]:.6g}" in shown.splitlines()[0]
    _, refused = slipway("predict", "economy", json.dumps(example), "--explain", expect=2)
    assert "economy is a forecast of 4 values; an explanation is of one" in refused
    rows = pd.DataFrame([{"history": json.dumps(example["history"]), "what": example["what"]}] * 3)
    rows.to_csv(tmp_path / "rows.csv", index=False)
    slipway("predict", "economy", "--file", str(tmp_path / "rows.csv"), "--out", str(tmp_path / "out.csv"))
    batch = pd.read_csv(tmp_path / "out.csv")
    assert batch[[f"step {step}" for step in (1, 2, 3, 4)]].to_numpy() == pytest.approx(
        np.array([expected.values] * 3), rel=1e-5
    )
    with running(slipway) as stack:
        wait_until_served(stack, "economy")
        _asked(stack, example, expected.values)


def _asked(stack: Stack, example: dict[str, Any], expected: tuple[float, ...]) -> None:
    url = f"{stack.gateway}/v1/models/economy/predict"
    reply = httpx.post(url, json={"input": example}, timeout=60).json()
    assert reply["output"]["values"] == pytest.approx(expected, rel=1e-5)
    many = httpx.post(url, json={"inputs": [example, example]}, timeout=60).json()
    assert [len(output["values"]) for output in many["outputs"]] == [4, 4]
    for input, reason in (
        ({"history": example["history"][1:]}, "11 numbers; a list of the last 12 values"),
        ({"what": "unemp"}, "no values; a list of the last 12 values"),
    ):
        refused = httpx.post(url, json={"input": input}, timeout=60)
        assert refused.status_code == 422 and reason in refused.text
    assert "no classes" in httpx.post(f"{url}?top=2", json={"input": example}, timeout=60).text
    api = httpx.get(f"{stack.gateway}/openapi.json", timeout=60).json()
    assert '"minItems":4' in json.dumps(api, separators=(",", ":"))
    for client in (
        GatewayClient(stack.gateway, timeout=60),
        ServingClient(stack.grpc, models=stack.models, timeout=60),
    ):
        with client:
            assert client.predict("economy", example).values == pytest.approx(expected, rel=1e-5)


def test_a_model_that_is_no_better_than_the_last_value_is_not_blessed(slipway: Slipway) -> None:
    result = slipway.json("run", "walk", expect=3)
    (failed,) = [check for check in result["checks"] if check["kind"] == "naive baseline" and check["metric"] == "mase"]
    assert not failed["passed"] and failed["bound"] == 1


def test_folds_follow_each_other_and_judge_every_step(slipway: Slipway, model: LoadedModel) -> None:
    found = CrossValidation.from_json(slipway.json("kfold", "economy", "--folds", "2", "--set", "epochs=3"))
    assert found.time == "quarter" and [one.naive["mase"] for one in found.results] == [1.0, 1.0]
    kept = predictions.read(Path(found.predictions))
    assert len(kept) == 4 * sum(one.rows["test"] for one in found.results)
    # Values to come that reach into the next part are in neither.
    assert found.rows < sum(model.card.data["rows"][split] for split in ("train", "eval"))

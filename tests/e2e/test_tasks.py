"""The kinds of task beyond a class or a number, on real tables: trained, judged, and asked in every way."""

import csv
import json
import math
from pathlib import Path

import httpx
import pytest

from serving.client import GatewayClient, ServingClient
from tests.e2e.command import Slipway
from tests.e2e.stack import running, wait_until_served

CARS = '''"""How far does a gallon take the car, and within which limits? UCI's Auto MPG."""

from pipelines.spec import AtLeast, Category, Columns, Number, Pipeline, Regression, Tabular, Training

pipeline = Pipeline(
    name="cars",
    source=Columns(
        "auto-mpg.data",
        names=("mpg", "cylinders", "displacement", "horsepower", "weight", "acceleration", "year", "origin", "car"),
        missing=("?",),
    ),
    task=Regression(label="mpg", log=True, quantiles=(0.05, 0.95)),
    features={
        "cylinders": Category(),
        "horsepower": Number(scale="log", missing="median"),
        "weight": Number(scale="log"),
        "year": Number(),
        "origin": Category(),
    },
    model=Tabular(hidden=(32,), dropout=0.0),
    training=Training(epochs=60, batch_size=32, learning_rate=1e-2, patience=20, ensemble=2),
    thresholds={"mae": 3.5, "coverage": AtLeast(0.75), "width": 14},
)
'''
CAR = {"cylinders": "4", "horsepower": 90, "weight": 2300, "year": 76, "origin": "1"}


DECKS = '''"""Which class did the Titanic's passengers travel in? The first is nearer to the second than to the third."""

from pipelines.spec import Category, Csv, Number, Ordinal, Pipeline, Tabular, Training

pipeline = Pipeline(
    name="decks",
    source=Csv("titanic.csv"),
    task=Ordinal(label="Pclass", classes=("1", "2", "3")),
    features={
        "Fare": Number(scale="log"),
        "Age": Number(indicator=True),
        "SibSp": Number(),
        "Parch": Number(),
        "Sex": Category(),
        "Embarked": Category(),
    },
    model=Tabular(hidden=(32,), dropout=0.0),
    training=Training(epochs=60, batch_size=32, learning_rate=1e-2, patience=15),
    thresholds={"mae": 0.35, "kappa": 0.6},
)
'''


@pytest.fixture(scope="module")
def slipway(home: Path, data: Path) -> Slipway:
    """With links to the real files, and the pages below in ./pipelines."""
    home.parent.mkdir(exist_ok=True)
    pages = (
        ("cars", data / "auto_mpg" / "auto-mpg.data", CARS),
        ("decks", data / "titanic" / "titanic.csv", DECKS),
    )
    for name, file, page in pages:
        if not file.exists():
            pytest.skip(f"{file.name} of {name} is not in SLIPWAY_DATA")
        (home.parent / "data" / name).mkdir(parents=True)
        (home.parent / "data" / name / file.name).symlink_to(file)
        (home.parent / "pipelines").mkdir(exist_ok=True)
        (home.parent / "pipelines" / f"{name}.py").write_text(page)
    return Slipway(home, home.parent / "data")


def test_an_interval_keeps_its_promise_and_is_in_every_answer(slipway: Slipway) -> None:
    result = slipway.json("run", "cars")
    assert result["blessed"], result["checks"]
    coverage = result["intervals"]["coverage"]
    assert coverage["low"] <= 0.9 <= coverage["high"] and result["metrics"]["width"] < 14
    output = slipway.json("predict", "cars", json.dumps(CAR))["output"]
    interval = output["interval"]
    assert 15 < interval["low"] < output["value"] < interval["high"] < 45 and interval["share"] == 0.9
    assert "0.9 of the labels lie in theirs" in slipway("predict", "cars", json.dumps(CAR))[0]
    asked = slipway.home.parent / "asked.csv"
    asked.write_text(",".join(CAR) + "\n" + ",".join(map(str, CAR.values())) + "\n")
    out, _ = slipway("predict", "cars", "--file", str(asked), "--out", "-")
    (row,) = csv.DictReader(out.splitlines())
    batch = [float(row[name]) for name in ("value", "low", "high")]
    assert batch == pytest.approx([output["value"], interval["low"], interval["high"]], rel=1e-4)
    (report,) = (slipway.home / "reports").glob("cars/*/report.html")
    assert "90.0% are promised" in report.read_text()


def test_servers_answer_with_the_interval(slipway: Slipway) -> None:
    slipway.json("run", "cars")
    expected = slipway.json("predict", "cars", json.dumps(CAR))["output"]
    with running(slipway) as stack:
        wait_until_served(stack, "cars")
        document = httpx.post(f"{stack.gateway}/v1/models/cars/predict", json={"input": CAR}).json()["output"]
        assert document["value"] == pytest.approx(expected["value"], rel=1e-4)
        assert document["interval"] == pytest.approx(expected["interval"], rel=1e-4)
        one = httpx.get(f"{stack.gateway}/openapi.json").json()["paths"]["/v1/models/cars/predict"]["post"]
        schema = one["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["output"]
        assert schema["properties"]["interval"]["properties"]["share"] == {"const": 0.9}
        with (
            GatewayClient(stack.gateway) as gateway,
            ServingClient(f"grpc://{stack.grpc}", models=stack.models) as grpc,
        ):
            for client in (gateway, grpc):
                found = client.predict("cars", CAR)
                assert found.interval is not None and found.interval.share == 0.9 and found.value is not None
                assert math.isclose(found.interval.high, expected["interval"]["high"], rel_tol=1e-4)
        out = slipway.json("predict", "cars", json.dumps(CAR), "--url", stack.gateway)
        assert out["output"]["interval"] == pytest.approx(expected["interval"], rel=1e-4)


def test_ordered_classes_are_judged_by_how_far_off_answers_are(slipway: Slipway) -> None:
    result = slipway.json("run", "decks")
    assert result["blessed"], result["checks"]
    assert list(result["metrics"]) == ["mae", "accuracy", "kappa", "loss"]
    assert result["metrics"]["mae"] < result["naive"]["mae"] and result["metrics"]["kappa"] > 0.6
    rich = slipway.json("predict", "decks", '{"Fare": 120, "Age": 45, "Sex": "female", "Embarked": "C"}')["output"]
    poor = slipway.json("predict", "decks", '{"Fare": 7, "Age": 22, "Sex": "male", "Embarked": "S"}')["output"]
    assert (rich["class"], poor["class"]) == ("1", "3")
    assert sum(rich["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    (report,) = (slipway.home / "reports").glob("decks/*/report.html")
    assert "by one rank" in report.read_text()

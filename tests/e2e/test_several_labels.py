"""One model that answers several labels, one of them with any number of classes: trained, judged, and asked in every way."""

import csv
import json
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest

from analysis import predictions
from registry import dossier
from serving.client import GatewayClient, ServingClient
from tests.e2e.command import Slipway
from tests.e2e.stack import running, wait_until_served

PAGE = '''"""Who survived, what did they pay, and what can be said of them? The Titanic's passengers."""

from pipelines.spec import (
    BinaryClassification, Category, Csv, MultiLabel, Number, Pipeline, Regression, Tabular, Training,
)

pipeline = Pipeline(
    name="passengers",
    source=Csv("passengers.csv"),
    tasks=(
        BinaryClassification("Survived", classes=("died", "survived")),
        Regression("Fare", log=True, quantiles=(0.1, 0.9), weight=0.5),
        MultiLabel("the tags", classes=("child", "woman", "alone", "first class"), separator=";"),
    ),
    features={
        "Sex": Category(),
        "Age": Number(indicator=True),
        "SibSp": Number(),
        "Parch": Number(),
        "Pclass": Category(),
        "Embarked": Category(),
    },
    model=Tabular(hidden=(64,), dropout=0.0),
    training=Training(epochs=40, batch_size=32, learning_rate=1e-2, patience=8),
    slices=("Sex", "Survived"),
    thresholds={"Survived.auc": 0.75, "the tags.f1_micro": 0.9},
)
'''
WOMAN = {"Sex": "female", "Age": 30, "SibSp": 0, "Parch": 0, "Pclass": "1", "Embarked": "C"}
BOY = {"Sex": "male", "Age": 4, "SibSp": 4, "Parch": 1, "Pclass": "3", "Embarked": "S"}


def tags(row: Any) -> str:
    """Names divided by a semicolon; a man in the third class who travels with his family has none."""
    found = {
        "child": row.Age < 15,
        "woman": row.Sex == "female",
        "alone": row.SibSp + row.Parch == 0,
        "first class": row.Pclass == 1,
    }
    return ";".join(name for name, there in found.items() if there)


@pytest.fixture(scope="module")
def slipway(home: Path, data: Path) -> Slipway:
    """With the page above, and the real table with one more column."""
    file = data / "titanic" / "titanic.csv"
    if not file.exists():
        pytest.skip("titanic.csv is not in SLIPWAY_DATA")
    (home.parent / "data" / "passengers").mkdir(parents=True)
    table = pd.read_csv(file)
    table["the tags"] = table.apply(tags, axis=1)
    table.to_csv(home.parent / "data" / "passengers" / "passengers.csv", index=False)
    (home.parent / "pipelines").mkdir(exist_ok=True)
    (home.parent / "pipelines" / "passengers.py").write_text(PAGE)
    return Slipway(home, home.parent / "data")


def test_every_label_is_judged_and_answered(slipway: Slipway) -> None:
    result = slipway.json("run", "passengers")
    assert result["blessed"], result["checks"]
    naive = {check["metric"] for check in result["checks"] if check["kind"] == "naive baseline"}
    assert naive == {"Survived.binary_accuracy", "Fare.rmsle", "the tags.f1_micro"}
    assert {"Survived.auc", "Fare.coverage", "the tags.exact_match"} <= result["metrics"].keys()
    woman, boy = (slipway.json("predict", "passengers", json.dumps(row))["output"] for row in (WOMAN, BOY))
    assert list(woman) == ["Survived", "Fare", "the tags"]
    assert woman["Survived"]["class"] == "survived" and woman["Survived"]["confidence"] > 0.8
    assert woman["Fare"]["interval"]["low"] < woman["Fare"]["value"] < woman["Fare"]["interval"]["high"]
    assert woman["Fare"]["value"] > 2 * boy["Fare"]["value"]
    assert woman["the tags"]["classes"] == ["woman", "alone", "first class"] and boy["the tags"]["classes"] == ["child"]


def test_each_label_has_its_predictions_and_its_part_of_the_report(slipway: Slipway) -> None:
    result = slipway.json("run", "passengers")
    folder = slipway.home / "registry" / "passengers" / result["version"]
    found = [predictions.read(dossier.of_task(folder, number)) for number in (1, 2, 3)]
    assert [one.task.label for one in found] == ["Survived", "Fare", "the tags"]
    tagged = found[2]
    assert tagged.right.mean() == pytest.approx(result["metrics"]["the tags.exact_match"])
    assert found[0].right.mean() == pytest.approx(result["metrics"]["Survived.binary_accuracy"])
    assert set(tagged.table["label"].to_pylist()) >= {"[]", '["woman"]', '["alone"]'}
    (report,) = (slipway.home / "reports").glob("passengers/*/report.html")
    assert all(name in report.read_text() for name in ("Survived", "Fare", "the tags", "first class"))


def test_each_label_is_analysed_and_explained(slipway: Slipway) -> None:
    result = slipway.json("run", "passengers")
    folder = slipway.home / "registry" / "passengers" / result["version"]
    found = [
        json.loads((dossier.of_task(folder, number) / dossier.ANALYSIS).read_text(encoding="utf-8"))
        for number in (1, 2, 3)
    ]
    survived, fare, tagged = found
    assert [one["primary"] for one in found] == ["binary_accuracy", "rmsle", "f1_micro"]
    assert fare["regression"]["ends"]["coverage"] == result["intervals"]["Fare.coverage"]
    assert tagged["classification"]["confusion"] == [] and len(tagged["classification"]["per_class"]) == 4
    assert tagged["metrics"]["f1_macro"] == result["intervals"]["the tags.f1_macro"]
    assert survived["fit"]["kind"] and fare["fit"] is None
    assert all(one["attributions"] and one["neighbours"] and one["importance"] for one in found)
    for label, target in (("Survived", "survived"), ("Fare", "Fare"), ("the tags", "alone")):
        row = WOMAN | ({"Sex": "male", "Pclass": "3"} if label == "the tags" else {})
        explained = slipway.json("predict", "passengers", json.dumps(row), "--explain", "--label", label)["explanation"]
        assert (explained["label"], explained["target"]) == (label, target)
        total = sum(part["attribution"] for part in explained["parts"]) + explained["gap"]
        assert total == pytest.approx(explained["score"] - explained["reference_score"], rel=1e-3)


def test_servers_and_files_answer_alike(slipway: Slipway) -> None:
    slipway.json("run", "passengers")
    expected = slipway.json("predict", "passengers", json.dumps(WOMAN))["output"]
    asked = slipway.home.parent / "asked.csv"
    asked.write_text(",".join(WOMAN) + "\n" + ",".join(map(str, WOMAN.values())) + "\n")
    out, _ = slipway("predict", "passengers", "--file", str(asked), "--out", "-")
    (row,) = csv.DictReader(out.splitlines())
    assert (
        row["Survived.class"] == "survived" and json.loads(row["the tags.classes"]) == expected["the tags"]["classes"]
    )
    assert float(row["Fare.value"]) == pytest.approx(expected["Fare"]["value"], rel=1e-4)
    with running(slipway) as stack:
        wait_until_served(stack, "passengers")
        document = httpx.post(f"{stack.gateway}/v1/models/passengers/predict", json={"input": WOMAN}).json()["output"]
        assert document["the tags"]["classes"] == expected["the tags"]["classes"]
        assert document["Fare"]["interval"]["share"] == 0.8
        with (
            GatewayClient(stack.gateway) as gateway,
            ServingClient(f"grpc://{stack.grpc}", models=stack.models) as grpc,
        ):
            for client in (gateway, grpc):
                found = client.predict("passengers", WOMAN)
                assert found.tasks is not None and found.tasks["Survived"].class_ == "survived"
                assert found.tasks["the tags"].classes == tuple(expected["the tags"]["classes"])

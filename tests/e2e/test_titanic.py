"""The Titanic's pipeline on the real file: quality, versions, answers, and what is refused."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from components.training import warmup
from prediction import split_rows
from prediction.loaded_model import LoadedModel
from schemas.model_card import ModelCard
from tests.e2e.command import Slipway, copy_of_code

RUN = ("run", "titanic", "--set", "ensemble=1")  # the page's five models take five times as long
PASSENGER = {"Sex": "female", "Age": 38, "Pclass": 1}


@pytest.fixture(scope="module")
def slipway(home: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Slipway:
    if not (data / "titanic" / "titanic.csv").exists():
        pytest.skip("titanic.csv is not in SLIPWAY_DATA")
    return Slipway(home, data, copy_of_code(tmp_path_factory.mktemp("code")))


@pytest.fixture(scope="module")
def first(slipway: Slipway) -> dict[str, Any]:
    return slipway.json(*RUN)


def test_the_first_model_is_good_enough(first: dict[str, Any]) -> None:
    assert first["version"] == "1.0.0"
    assert first["metrics"]["binary_accuracy"] >= 0.78 and first["metrics"]["auc"] >= 0.84
    assert first["metrics"]["binary_accuracy"] > first["naive"]["binary_accuracy"]


def test_the_rows_of_the_test_split_are_requests_that_give_the_evaluator_s_accuracy(first: dict[str, Any]) -> None:
    model = Path(first["pushed_to"])
    card = ModelCard.read(model)
    rows = list(split_rows.rows(card))
    answers = [answer.as_json() for answer in LoadedModel(model).predict([row.input for row in rows])]
    right = sum(answer["class"] == row.label for answer, row in zip(answers, rows, strict=True))
    assert len(rows) == card.data["rows"]["test"]
    assert right / len(rows) == pytest.approx(first["metrics"]["binary_accuracy"])


def test_the_pushed_model_answers_its_warm_up_requests(first: dict[str, Any]) -> None:
    model = Path(first["pushed_to"])
    signatures = tf.saved_model.load(str(model)).signatures
    records = list(tf.data.TFRecordDataset(str(model / warmup.PATH)).as_numpy_iterator())
    for record in records:
        request = prediction_log_pb2.PredictionLog.FromString(record).predict_log.request
        tensors = {name: tf.constant(tf.make_ndarray(tensor)) for name, tensor in request.inputs.items()}
        answer = signatures[request.model_spec.signature_name](**tensors)
        assert len(answer["class"]) == len(next(iter(tensors.values())))
    assert len(records) == 2 * len(warmup.BATCH_SIZES)


def test_slices_add_up_and_the_worst_is_the_worst(first: dict[str, Any]) -> None:
    by_sex = [entry for entry in first["slices"] if entry["slice"].keys() == {"Sex"}]
    assert sum(entry["examples"] for entry in by_sex) == first["examples"]
    weighted = sum(entry["examples"] * entry["metrics"]["binary_accuracy"] for entry in by_sex) / first["examples"]
    assert weighted == pytest.approx(first["metrics"]["binary_accuracy"])
    judged = [entry["metrics"]["binary_accuracy"] for entry in first["slices"] if entry["examples"] >= 10]
    assert first["worst_slice"]["metrics"]["binary_accuracy"] == min(judged)


def test_the_handpicked_cases_are_asked(first: dict[str, Any], slipway: Slipway) -> None:
    file = slipway.code / "pipelines" / "cases" / "titanic.jsonl"
    cases = [json.loads(line) for line in file.read_text().splitlines()]
    found = first["cases"]
    assert found["count"] == len(cases) == len(found["results"])
    assert found["passed"] == sum(result["passed"] for result in found["results"]) >= 0.7 * len(cases)
    assert [result["why"] for result in found["results"]] == [case["why"] for case in cases]
    for case, result in list(zip(cases, found["results"], strict=True))[:3]:
        answer = slipway.json("predict", "titanic", json.dumps(case["input"]))["output"]
        assert answer["class"] == result["answer"]["class"]
        assert answer["confidence"] == pytest.approx(result["answer"]["confidence"], abs=1e-5)


def test_an_edited_case_is_asked_again_of_the_same_version(first: dict[str, Any], slipway: Slipway) -> None:
    file = slipway.code / "pipelines" / "cases" / "titanic.jsonl"
    text = file.read_text()
    wrong = {"input": {"Sex": "female", "Pclass": 1}, "expect": {"class": "died"}, "why": "A mistake of the picker."}
    try:
        file.write_text(text + json.dumps(wrong) + "\n")
        out, _ = slipway(*RUN)
        (entry,) = slipway.json("versions", "titanic")["versions"]
        assert f"cases: {first['cases']['passed']} of {first['cases']['count'] + 1} as expected" in out
        assert "expected died; the model answers survived" in out and "A mistake of the picker." in out
        assert "blessed as version 1.0.0" in out  # cases do not decide
        assert entry["cases"]["failed"][-1]["why"] == "A mistake of the picker."
        file.write_text(text + json.dumps(wrong | {"input": {"Gender": "female"}}) + "\n")
        line = slipway.refused(*RUN)
        assert f"pipelines/cases/titanic.jsonl, line {first['cases']['count'] + 1}" in line and "'Gender'" in line
    finally:
        file.write_text(text)
    assert slipway.json(*RUN)["cases"] == first["cases"]
    assert slipway.json("versions", "titanic")["versions"][0]["cases"]["count"] == first["cases"]["count"]


def test_predict_answers_a_passenger_with_values_missing(first: dict[str, Any], slipway: Slipway) -> None:
    answer = slipway.json("predict", "titanic", json.dumps(PASSENGER))
    assert answer["output"]["class"] == "survived"
    more = slipway.json("predict", "titanic", json.dumps(PASSENGER | {"Name": "Cumings, Mrs. John", "Cabin": "C85"}))
    assert more["output"]["class"] == "survived"
    assert more["output"]["confidence"] > max(0.8, answer["output"]["confidence"])  # a lady of whom a cabin is known
    assert answer["version"] == "1.0.0"
    assert sum(answer["output"]["probabilities"].values()) == pytest.approx(1)
    third_class_man = slipway.json("predict", "titanic", json.dumps({"Sex": "male", "Age": 40, "Pclass": 3}))
    assert third_class_man["output"]["class"] == "died"


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ('{"Sex": "female", "Age": "old"}', ("'Age'", "'old'", "number")),
        ('{"Gender": "female"}', ("'Gender'", "Sex")),
        ('{"Sex": true}', ("'Sex'", "True", "string")),
        ("female", ("JSON", "Sex")),
    ],
)
def test_predict_refuses_what_does_not_fit(
    first: dict[str, Any], slipway: Slipway, value: str, named: tuple[str, ...]
) -> None:
    line = slipway.refused("predict", "titanic", value)
    assert all(word in line for word in named), line


def test_weights_alone_are_a_patch(first: dict[str, Any], slipway: Slipway) -> None:
    result = slipway.json(*RUN, "--set", "seed=2")
    assert result["version"] == "1.0.1"
    assert result["baseline"]["binary_accuracy"] == pytest.approx(first["metrics"]["binary_accuracy"])


def test_a_hyperparameter_is_a_minor_version(first: dict[str, Any], slipway: Slipway) -> None:
    result = slipway.json(*RUN, "--set", "hidden=48,24")
    assert result["version"] == "1.1.0"
    assert {"ExampleGen", "Transform"} <= set(result["cached"]) and "Trainer" not in result["cached"]


def test_a_column_less_in_the_request_is_a_major_version(first: dict[str, Any], slipway: Slipway) -> None:
    page = slipway.code / "pipelines" / "titanic.py"
    text = page.read_text().replace('        "Embarked": Category(),\n', "")
    page.write_text(text.replace('slices=("Sex",', 'slices=("Sex", "Embarked",'))  # a column that slices alone use
    result = slipway.json(*RUN)
    assert {entry["slice"]["Embarked"] for entry in result["slices"] if "Embarked" in entry["slice"]} == {"C", "Q", "S"}
    assert result["version"] == "2.0.0"
    assert result["baseline"] is not None  # the older model still answers, with Embarked missing


def test_a_bad_model_is_refused_and_the_good_one_stays(first: dict[str, Any], slipway: Slipway) -> None:
    before = sorted(folder.name for folder in (slipway.home / "models" / "titanic").iterdir())
    settings = ("--set", "epochs=1", "--set", "hidden=2", "--set", "learning_rate=1e-6")
    result = slipway.json(*RUN, *settings, expect=3)
    assert not result["blessed"] and result["version"] is None and result["pushed_to"] is None
    assert {check["kind"] for check in result["checks"] if not check["passed"]} >= {"threshold", "last blessed"}
    assert sorted(folder.name for folder in (slipway.home / "models" / "titanic").iterdir()) == before


def test_the_version_map_tells_the_story(first: dict[str, Any], slipway: Slipway) -> None:
    entries = slipway.json("versions", "titanic")["versions"]
    assert [entry["version"] for entry in entries] == ["1.0.0", "1.0.1", "1.1.0", "2.0.0", None]
    serving = [entry["serving_version"] for entry in entries if entry["version"]]
    assert serving == sorted(set(serving))
    assert len({entry["data"]["fingerprint"] for entry in entries}) == 1
    assert "Embarked" in entries[0]["features"] and "Embarked" not in entries[3]["features"]
    assert entries[2]["parameters"]["model"]["hidden"] == [48, 24]
    assert "2.0.0" in slipway("versions", "titanic")[0]


def test_a_pushed_model_outlives_its_home(first: dict[str, Any], slipway: Slipway, tmp_path: Path) -> None:
    """Pushed to a folder, the home taken away, pulled into a new one: it answers as before."""
    before = slipway.json("predict", "titanic", json.dumps(PASSENGER), "--version", "1.0.0")
    remote = str(tmp_path / "remote")
    for version in ("1.0.0", "2.0.0"):
        assert not slipway.json("push", f"titanic@{version}", remote)["already_there"]
    gone = slipway.home.with_name("gone")
    slipway.home.rename(gone)
    try:
        newest = slipway.json("pull", "titanic", remote)
        assert (newest["version"], newest["newest"]) == ("2.0.0", True)
        older = slipway.json("pull", "titanic@1.0.0", remote)
        assert (older["newest"], older["dossier"]) == (False, True)
        assert slipway.json("predict", "titanic", json.dumps(PASSENGER))["version"] == "2.0.0"
        assert slipway.json("predict", "titanic", json.dumps(PASSENGER), "--version", "1.0.0") == before
        entries = slipway.json("versions", "titanic")["versions"]
        assert {entry["version"]: entry["metrics"] for entry in entries}["1.0.0"] == first["metrics"]
        tf.saved_model.load(newest["folder"])
    finally:
        shutil.rmtree(slipway.home, ignore_errors=True)
        gone.rename(slipway.home)

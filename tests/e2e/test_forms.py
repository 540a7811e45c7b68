"""Columns with forms of their own, from a page to an answer: one run, asked in every way."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest

from prediction import split_rows
from schemas import request
from schemas.model_card import ModelCard
from tests.e2e import rides
from tests.e2e.command import Slipway, copy_of_code
from tests.e2e.stack import Stack, running, wait_until_served

ROW = {
    "begun": "24.12.2023 18:30", "returned": 1_700_000_101, "rider": rides.FIRST_ID + 1, "tags": ["rain", "night"],
    "signal": [100, 100.01, 99.99, 100], "lat": 47.4, "lon": 8.5, "bicycle": "b7",
}  # fmt: skip


@pytest.fixture(scope="module")
def slipway(tmp_path_factory: pytest.TempPathFactory) -> Slipway:
    folder = tmp_path_factory.mktemp("forms")
    code = copy_of_code(folder)
    (code / "pipelines" / "rides.py").write_text(rides.PAGE)
    (folder / "data" / "rides").mkdir(parents=True)
    rides.write(rides.table(), folder / "data" / "rides" / "rides.csv")
    return Slipway(folder / "home", folder / "data", code)


@pytest.fixture(scope="module")
def result(slipway: Slipway) -> dict[str, Any]:
    return slipway.json("run", "rides")


@pytest.fixture(scope="module")
def stack(slipway: Slipway, result: dict[str, Any]) -> Iterator[Stack]:
    assert result["blessed"]
    with running(slipway) as stack:
        wait_until_served(stack, "rides")
        yield stack


def test_a_second_decides_though_float32_cannot_tell_it_from_the_next(result: dict[str, Any], slipway: Slipway) -> None:
    assert result["blessed"] and result["metrics"]["auc"] > 0.99
    card = json.loads((Path(result["pushed_to"]) / "assets.extra" / "model_card.json").read_text())
    assert {name: spec.get("form") for name, spec in card["inputs"].items()} == {
        "begun": "timestamp", "returned": "exact", "rider": "exact", "tags": "set", "signal": "vector",
        "lat": "latitude", "lon": "longitude", "bicycle": None,
    }  # fmt: skip
    assert isinstance(card["example"]["signal"], list) and isinstance(card["example"]["returned"], int)
    assert int(card["example"]["rider"]) >= rides.FIRST_ID  # a text: JavaScript would round the number


def ask(stack: Stack, value: Any) -> httpx.Response:
    return httpx.post(f"{stack.gateway}/v1/models/rides/predict?probabilities=true", json={"input": value}, timeout=60)


def test_the_gateway_and_the_command_line_answer_alike(stack: Stack, slipway: Slipway) -> None:
    shares = []
    for seconds in (1_700_000_000, 1_700_000_200):
        row = ROW | {"returned": seconds}
        served = ask(stack, row).json()["output"]
        local = slipway.json("predict", "rides", json.dumps(row))["output"]
        assert served["class"] == local["class"]
        assert served["probabilities"]["yes"] == pytest.approx(local["probabilities"]["yes"], abs=1e-5)
        shares.append(served["probabilities"]["yes"])
    assert shares[0] < 0.1 < 0.9 < shares[1]
    # The same moments, sets and numbers, written otherwise.
    other = ROW | {
        "begun": "2023-12-24T18:30:00", "returned": "1700000101", "rider": str(ROW["rider"]), "tags": "night|rain",
        "signal": "100 100.01 99.99 100",
    }  # fmt: skip
    assert ask(stack, other).json()["output"] == ask(stack, ROW).json()["output"]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("begun", "12/24/2023", "a timestamp in the format '%d.%m.%Y %H:%M' or in ISO 8601 is expected"),
        ("returned", "soon", "a number from -2**63"),
        ("tags", [1.5], "a list of names"),
        ("signal", [1, 2, 3], "received 3 numbers; a list of 4 finite numbers is expected"),
        ("lat", 91, "a latitude from -90 to 90 degrees is expected"),
    ],
)
def test_a_value_without_the_form_is_refused_by_field(stack: Stack, field: str, value: Any, words: str) -> None:
    answer = ask(stack, ROW | {field: value})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == field and words in error["detail"] and error["example"] is not None


def test_every_value_may_be_missing(stack: Stack) -> None:
    assert ask(stack, dict.fromkeys(ROW)).status_code == 200
    assert ask(stack, {}).json()["output"] == ask(stack, dict.fromkeys(ROW, None)).json()["output"]


def test_the_example_is_one_that_the_api_s_description_shows(stack: Stack) -> None:
    api = httpx.get(f"{stack.gateway}/openapi.json", timeout=60).json()
    (path,) = [path for path in api["paths"] if path.endswith("/rides/predict")]
    content = api["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    (example,) = [one["value"] for one in content["examples"].values()]
    assert ask(stack, example["input"]).status_code == 200
    assert "Timestamp" not in json.dumps(content["schema"]) and '"minItems": 4' in json.dumps(content["schema"])


def test_files_of_all_formats_are_answered_alike(slipway: Slipway, stack: Stack, tmp_path: Path) -> None:
    frame = rides.table().head(60).drop(columns="late")
    rides.write(frame.assign(late="no"), tmp_path / "rides.csv")
    frame.to_parquet(tmp_path / "rides.parquet")
    lines = frame.assign(begun=frame["begun"].map(lambda time: None if pd.isna(time) else time.isoformat()))
    (tmp_path / "rides.jsonl").write_text(
        "".join(
            json.dumps({k: None if v is None else v for k, v in row.items()}) + "\n" for row in lines.to_dict("records")
        )
    )
    answers = []
    for kind in ("csv", "parquet", "jsonl"):
        out = tmp_path / f"answers_{kind}.csv"
        slipway.json("predict", "rides", "--file", str(tmp_path / f"rides.{kind}"), "--out", str(out))
        answers.append(pd.read_csv(out)[["class", "confidence"]])
    for other in answers[1:]:
        pd.testing.assert_frame_equal(other, answers[0], atol=1e-5)


def test_a_bad_cell_of_a_file_is_named(slipway: Slipway, result: dict[str, Any], tmp_path: Path) -> None:
    frame = rides.table().head(3)
    frame["lat"] = [47.0, 47.5, 95.0]
    rides.write(frame, tmp_path / "bad.csv")
    said = slipway.refused("predict", "rides", "--file", str(tmp_path / "bad.csv"), "--out", "-")
    assert "bad.csv, row 3, column 'lat': received 95.0; a latitude from -90 to 90 degrees is expected" in said


def test_the_rows_of_the_test_split_can_be_asked_again(result: dict[str, Any]) -> None:
    card = ModelCard.read(Path(result["pushed_to"]))
    rows = list(split_rows.rows(card))
    assert len(rows) > 50
    for row in rows:
        read = request.parse(card, row.json_input())
        assert {name: value for name, value in read.items() if value == value} == {
            name: value or ""
            for name, value in row.input.items()
            if value is not None or card.inputs[name]["type"] != "number"
        }


def test_a_cell_of_the_source_without_the_form_stops_the_run(slipway: Slipway, tmp_path: Path) -> None:
    file = slipway.data / "rides" / "rides.csv"
    good = file.read_text()
    try:
        file.write_text(good.replace("\n", "\n31/12/2023 18:30,1700000000,1,,,47,8,b1,no\n", 1))
        said = slipway.refused("run", "rides")
    finally:
        file.write_text(good)
    assert "rides.csv, row 1, column 'begun': received '31/12/2023 18:30'; a timestamp in the format" in said


def test_seconds_that_float32_would_merge_are_refused_with_the_remedy(slipway: Slipway) -> None:
    page = rides.PAGE.replace('name="rides"', 'name="plain"').replace(
        '"returned": Number(exact=True)', '"returned": Number()'
    )
    (slipway.code / "pipelines" / "plain.py").write_text(page)
    (slipway.data / "plain").mkdir()
    rides.write(rides.table(), slipway.data / "plain" / "rides.csv")
    said = slipway.refused("run", "plain")
    assert "rides.csv, column 'returned': 1700000000 and 1700000001 become one number in float32" in said
    assert "use Number(exact=True), or Timestamp(format='unix')" in said


def test_an_answer_is_explained_by_columns(slipway: Slipway, result: dict[str, Any]) -> None:
    assert result["blessed"]
    found = slipway.json("predict", "rides", json.dumps(ROW | {"returned": 1_700_000_200}), "--explain")["explanation"]
    assert found["method"].startswith("integrated gradients")
    shares = {part["name"]: abs(part["attribution"]) for part in found["parts"]}
    assert shares.keys() == ROW.keys()
    assert max(shares, key=lambda name: shares[name]) == "returned"

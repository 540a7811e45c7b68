"""Two versions of a model understood, compared, carried elsewhere and used there, as a person would type it."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from analysis import overall, predictions
from registry import dossier
from schemas.records import Interval
from tests.e2e.command import Slipway

QUICK = ("run", "titanic", "--set", "ensemble=1")


@pytest.fixture(scope="module")
def slipway(home: Path, data: Path) -> Slipway:
    if not (data / "titanic" / "titanic.csv").exists():
        pytest.skip("titanic.csv is not in SLIPWAY_DATA")
    return Slipway(home, data)


@pytest.fixture(scope="module")
def runs(slipway: Slipway) -> list[dict[str, Any]]:
    """The first version, and one with another parameter, which is blessed by force if its verdict is no."""
    first = slipway.json(*QUICK)
    code, out, err = slipway.ended(*QUICK, "--set", "dropout=0.3", "--json")
    assert code in (0, 3), err
    second = json.loads(out)
    if not second["blessed"]:
        slipway("bless", "titanic", second["run_id"], "--force", "--why", "a test of two versions")
    return [first, second]


def kept(slipway: Slipway, version: str) -> Path:
    return slipway.home / "registry" / "titanic" / version


def test_every_answer_is_in_one_file_that_gives_the_evaluator_s_metrics(
    slipway: Slipway, runs: list[dict[str, Any]]
) -> None:
    first = runs[0]
    found = predictions.read(kept(slipway, first["version"]))
    assert len(found) == first["examples"] and found.info.split == "test"
    for name, interval in overall.metrics(found).items():
        assert interval.value == pytest.approx(first["metrics"][name], abs=1e-3)
        judged = Interval.from_json(first["intervals"][name])
        assert (judged.low, judged.high) == pytest.approx((interval.low, interval.high), abs=2e-3)
    passenger = found.row(0)
    again = slipway.json("predict", "titanic", json.dumps(_input(passenger)), "--version", first["version"])["output"]
    assert again["class"] == passenger["prediction"]
    assert again["confidence"] == pytest.approx(passenger["confidence"], abs=1e-5)


def _input(row: dict[str, Any]) -> dict[str, Any]:
    marked = {name: value for name, value in row.items() if name.startswith(predictions.INPUT)}
    return {name.removeprefix(predictions.INPUT): value for name, value in marked.items()}


def test_keys_name_the_passengers(slipway: Slipway, runs: list[dict[str, Any]]) -> None:
    rows = pq.read_table(kept(slipway, runs[0]["version"]) / predictions.FILE).to_pylist()
    lines = (slipway.data / "titanic" / "titanic.csv").read_text().splitlines()
    for row in rows[:20]:
        line = lines[row["source_row"]]  # below the header
        assert line.startswith(f"{row['key']},") and line.split(",")[1] == str(int(row["label"] == "survived"))


def test_the_dossier_says_where_the_model_came_from(slipway: Slipway, runs: list[dict[str, Any]]) -> None:
    record = dossier.read(kept(slipway, runs[0]["version"]))
    assert record.run_id == runs[0]["run_id"] and record.verdict.blessed and record.previous is None
    steps = {origin.step for origin in record.lineage}
    assert {"ExampleGen", "Transform", "Trainer", "Evaluator", "ErrorAnalyzer", "Pusher"} <= steps
    assert all(Path(origin.uri).exists() for origin in record.lineage)
    assert record.commit is None or re.fullmatch("[0-9a-f]{40}", record.commit.id)
    assert {"tensorflow", "tfx", "python"} <= record.libraries.keys()


def test_the_analysis_explains_the_worst_answers(slipway: Slipway, runs: list[dict[str, Any]]) -> None:
    folder = kept(slipway, runs[0]["version"])
    analysis = json.loads((folder / dossier.ANALYSIS).read_text())
    found = predictions.read(folder)
    matrix = analysis["classification"]["confusion"]
    assert matrix[0][0] + matrix[1][1] == int(found.right.sum()) and sum(map(sum, matrix)) == len(found)
    assert len(analysis["false_positives"]) == min(50, matrix[0][1])
    assert found.loss[analysis["worst"][0]] == found.loss.max()
    assert {one["column"] for one in analysis["importance"]} == set(found.info.inputs)
    assert analysis["fit"]["sentence"] and analysis["fit"]["evidence"]
    assert [one["row"] for one in analysis["attributions"]] == analysis["worst"]
    for one in analysis["attributions"]:
        explained = sum(part["attribution"] for part in one["parts"])
        assert explained + one["gap"] == pytest.approx(one["score"] - one["reference_score"], abs=1e-3)
    labels = found.table["label"].to_pylist()
    for neighbour in analysis["neighbours"]:
        assert neighbour["row"] in analysis["worst"] and neighbour["label"] in set(labels)


def test_each_run_writes_a_report_that_needs_no_other_file(runs: list[dict[str, Any]]) -> None:
    for result in runs:
        page = Path(result["report"])
        text = page.read_text(encoding="utf-8")
        assert page.stat().st_size < 5e6 and result["run_id"] in text
        assert not re.search(r"""(src|href)=["']?(https?:)?//""", text)
        assert list((page.parent / "figures").glob("*.png"))


def test_the_versions_are_compared(slipway: Slipway, runs: list[dict[str, Any]], tmp_path: Path) -> None:
    one, two = [entry["version"] for entry in slipway.json("versions", "titanic")["versions"] if entry["version"]]
    difference = slipway.json("diff", "titanic", one, two)
    assert "dropout" in json.dumps(difference)
    workbook = tmp_path / "compared.xlsx"
    slipway("compare", "titanic", one, two, "--xlsx", str(workbook))
    assert workbook.read_bytes().startswith(b"PK")


def test_a_version_is_pushed_and_pulled_into_an_empty_home(
    slipway: Slipway, runs: list[dict[str, Any]], tmp_path: Path, passenger: str = '{"Sex": "female", "Pclass": 1}'
) -> None:
    newest = slipway.json("predict", "titanic", passenger)
    slipway("push", "titanic", str(tmp_path / "remote"))
    moved = slipway.home.rename(slipway.home.parent / "moved")
    try:
        slipway("pull", "titanic", str(tmp_path / "remote"))
        pulled = slipway.json("predict", "titanic", passenger)
        assert pulled["output"] == newest["output"] and pulled["version"] == newest["version"]
        assert slipway("report", "titanic")[0].strip().endswith("report.html")
    finally:
        shutil.rmtree(slipway.home, ignore_errors=True)
        moved.rename(slipway.home)

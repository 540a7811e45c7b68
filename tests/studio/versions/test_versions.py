"""The versions of real runs: rows, reports, two of them side by side."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from analysis.trials import Search
from registry import version_map
from schemas.home import Home
from tests.studio.running import Running, running


@pytest.fixture(scope="module")
def studio(pushed_models: Home) -> Iterator[Running]:
    with running(pushed_models) as found:
        yield found


def rows(studio: Running, name: str) -> list[dict]:
    return studio.get(f"/api/datasets/{name}/versions").json()["rows"]


def refused(studio: Running) -> str:
    return next(row["id"] for row in rows(studio, "digits") if not row["blessed"])


def test_rows_are_the_version_map_newest_first(studio: Running) -> None:
    found = studio.get("/api/datasets/titanic/versions").json()
    assert (found["primary_metric"], found["higher_is_better"]) == ("binary_accuracy", True)
    assert [row["id"] for row in found["rows"]] == ["1.1.0", "1.0.0"]
    first = found["rows"][0]
    low, high = first["intervals"]["binary_accuracy"]
    assert low < first["metrics"]["binary_accuracy"] < high
    assert first["parameters"]["model.hidden"] == "32" and first["parameters"]["model"] == "Tabular"
    assert len(first["sparkline"]) > 3 and first["sparkline"][0] > min(first["sparkline"])
    assert first["blessed"] and not first["removed"] and first["has_report"] and not first["drawn"]


def test_a_refused_model_stands_among_them(studio: Running) -> None:
    newest, oldest = rows(studio, "digits")
    assert (newest["version"], newest["blessed"], newest["removed"]) == (None, False, False)
    assert newest["id"] == newest["run_id"] and oldest["id"] == "1.0.0"


def test_a_dataset_that_was_never_run_has_none(studio: Running) -> None:
    assert rows(studio, "imdb") == []
    assert studio.get("/api/datasets/%2e%2e/versions").status_code == 404


def test_a_report_is_written_where_it_is_missing(studio: Running) -> None:
    shutil.rmtree(studio.studio.home.reports("titanic"))
    answer = studio.get("/api/datasets/titanic/versions/1.0.0/report")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "sandbox allow-scripts" in policy and "allow-same-origin" not in policy
    file = studio.studio.home.reports("titanic") / "1.0.0" / "report.html"
    assert file.read_bytes() == answer.content and b"titanic" in answer.content
    of_refused = studio.get(f"/api/datasets/digits/versions/{refused(studio)}/report")
    assert of_refused.status_code == 200 and b"refused" in of_refused.content
    assert studio.get("/api/datasets/titanic/versions/3.0.0/report").status_code == 404


def test_two_versions_side_by_side(studio: Running) -> None:
    found = studio.get("/api/datasets/titanic/compare", left="1.0.0", right="1.1.0").json()
    assert (found["left"]["id"], found["right"]["id"]) == ("1.0.0", "1.1.0")
    assert found["settings"] == {"model.hidden": ["32, 16", "32"]}
    metrics = {metric["metric"]: metric for metric in found["metrics"]}
    loss = metrics["loss"]
    assert loss["better"] == ("right" if loss["right"] < loss["left"] else "left")
    assert loss["left_interval"][0] < loss["left"] < loss["left_interval"][1]
    assert any("test examples that both answered" in note for note in found["notes"])


def test_the_graphs_of_both_and_what_is_different(studio: Running) -> None:
    """1.0.0 has hidden layers of 32 and 16 units, 1.1.0 one of 32."""
    found = studio.get("/api/datasets/titanic/compare", left="1.0.0", right="1.1.0").json()
    left, right = ({node["id"]: node for node in found[side]["nodes"]} for side in ("left_graph", "right_graph"))
    gone = [left[pair["left"]] for pair in found["difference"]["pairs"] if pair["state"] == "removed"]
    assert [node["config"]["units"] for node in gone if node["layer"] == "Dense"] == [16]
    same = [right[pair["right"]] for pair in found["difference"]["pairs"] if pair["state"] == "same"]
    assert "Sex" in " ".join(node["name"] for node in same if node["layer"] == "InputLayer")
    assert studio.get("/api/datasets/titanic/versions/1.1.0/graph").json() == found["right_graph"]
    assert all(row["has_graph"] for row in rows(studio, "titanic"))
    file = studio.studio.home.registry("titanic") / "1.0.0" / "graph.json"
    text = file.read_text()
    try:
        file.write_text("{}")
        problem = studio.get("/api/datasets/titanic/versions/1.0.0/graph")
        assert problem.status_code == 422 and "no Keras model" in problem.json()["detail"]
        found = studio.get("/api/datasets/titanic/compare", left="1.0.0", right="1.1.0").json()
        assert found["left_graph"] is None and found["difference"] is None and found["right_graph"] is not None
        assert any("the graph of 1.0.0 is not shown" in note for note in found["notes"])
        file.unlink()
        assert "has no graph" in studio.get("/api/datasets/titanic/versions/1.0.0/graph").json()["detail"]
    finally:
        file.write_text(text)


def test_a_model_that_learned_too_little_is_significantly_worse(studio: Running) -> None:
    found = studio.get("/api/datasets/digits/compare", left="1.0.0", right=refused(studio)).json()
    accuracy = next(metric for metric in found["metrics"] if metric["metric"] == "accuracy")
    assert accuracy["better"] == "left" and accuracy["significant"] is True
    assert found["settings"] == {"training.epochs": ["30", "3"]}


def test_without_dossiers_each_has_its_own_metrics(studio: Running, tmp_path: Path) -> None:
    home = studio.studio.home
    shutil.copytree(home.registry("titanic"), tmp_path / "registry" / "titanic")
    shutil.rmtree(tmp_path / "registry" / "titanic" / "1.0.0")
    with running(Home(tmp_path, tmp_path)) as other:
        found = other.get("/api/datasets/titanic/compare", left="1.0.0", right="1.1.0").json()
        assert {metric["significant"] for metric in found["metrics"]} == {None}
        assert found["settings"] == {"model.hidden": ["32, 16", "32"]}
        assert any("the dossier of 1.0.0 was not kept" in note for note in found["notes"])
        by_id = {row["id"]: row for row in rows(other, "titanic")}
        assert by_id["1.0.0"]["removed"] and not by_id["1.0.0"]["has_report"]
        problem = other.get("/api/datasets/titanic/versions/1.0.0/report")
        assert problem.status_code == 404 and "has no report" in problem.json()["detail"]


def test_both_are_asked_in_turn(studio: Running) -> None:
    found = studio.post("/api/datasets/titanic/compare/latency", left="1.0.0", right="1.1.0", requests=20)
    assert found.status_code == 200, found.text
    for side, version in (("left", "1.0.0"), ("right", "1.1.0")):
        latency = found.json()[side]
        assert (latency["version"], latency["requests"]) == (version, 20)
        assert 0 < latency["median"] <= latency["p95"]
    of_refused = studio.post("/api/datasets/digits/compare/latency", left="1.0.0", right=refused(studio))
    assert of_refused.status_code == 409 and "refused" in of_refused.json()["detail"]
    assert studio.post("/api/datasets/titanic/compare/latency", left="1", right="2", requests=10_000).status_code == 422


def test_a_version_that_was_returned_to_has_an_id_of_its_own(studio: Running, tmp_path: Path) -> None:
    shutil.copytree(studio.studio.home.registry("titanic"), tmp_path / "registry" / "titanic")
    home = Home(tmp_path, tmp_path)
    first = version_map.entries(home.registry("titanic"))[0]
    number = (first.serving_version or 0) + 10_000
    version_map.record(home.registry("titanic"), type(first)(**(vars(first) | {"serving_version": number})))
    with running(home) as other:
        ids = [row["id"] for row in rows(other, "titanic")]
        assert ids == ["1.0.0", "1.1.0", str(first.serving_version)]
        for id in ids:
            assert other.get("/api/datasets/titanic/compare", left=id, right="1.1.0").status_code == 200


def test_the_last_workflow(studio: Running, tmp_path: Path) -> None:
    assert studio.get("/api/datasets/titanic/workflow").json() == {"result": None}
    search = Search(
        dataset="titanic", kind="workflow", run_id="r", primary="binary_accuracy", trials=(), best=0, settings=("a=1",),
        test={}, naive={}, examples={}, base=(), limit=0, notes=(), seconds={}, figure="", log="",
    )  # fmt: skip
    file = tmp_path / "reports" / "titanic" / "workflow" / "result.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(search.to_json()))
    with running(Home(tmp_path, tmp_path)) as other:
        assert other.get("/api/datasets/titanic/workflow").json()["result"]["settings"] == ["a=1"]

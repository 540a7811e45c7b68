"""Datasets, graphs to begin with, and a drawn graph that trains: all by a real studio and real commands."""

import os
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pipelines.page import catalog
from tests.studio.process import RunningStudio, eventually

PAGE = '''"""Flowers by their petals."""
from schemas.features import Number
from schemas.models import Tabular
from schemas.sources import Csv
from schemas.tasks import BinaryClassification
from pipelines.spec import Pipeline

pipeline = Pipeline(
    name="flowers",
    source=Csv("flowers.csv"),
    task=BinaryClassification(label="kind", classes=("rose", "lily")),
    features={"petal": Number()},
    model=Tabular(hidden=(8,)),
)
'''


def over(studio: RunningStudio, job: dict[str, Any]) -> dict[str, Any]:
    path = f"/api/jobs/{job['id']}"
    return eventually(lambda: (found := studio.http.get(path).json())["ended"] and found, 400)


@pytest.fixture(scope="module")
def ready(studio: RunningStudio) -> RunningStudio:
    """With Keras loaded."""
    eventually(lambda: studio.http.get("/api/state").json()["keras"]["state"] == "ready", 300)
    return studio


def drawn(studio: RunningStudio, between: list[dict[str, Any]]) -> dict[str, Any]:
    """A graph for the digits: the input, layers one after the other, the output."""
    graph = studio.http.get("/api/datasets/digits/graph").json()["graph"]
    first, last = graph["nodes"]
    nodes = [first, *({"id": f"n{at}", "name": f"n{at}"} | node for at, node in enumerate(between)), last]
    edges = [
        {"id": f"e{at}", "source": one["id"], "target": two["id"]} for at, (one, two) in enumerate(pairwise(nodes))
    ]
    return graph | {"nodes": nodes, "edges": edges}


def test_every_dataset_is_there_with_what_a_drawing_needs(studio: RunningStudio) -> None:
    found = {one["name"]: one for one in studio.http.get("/api/datasets").json()}
    assert set(found) == {row.name for row in catalog.rows()}
    digits = found["digits"]
    assert [one["shape"] for one in digits["inputs"]] == [[8, 8, 1]]
    assert digits["task"]["output"]["config"]["units"] == 10
    assert digits["problem"] is None
    assert {"epochs", "filters", "test"} <= {form["name"] for form in digits["settings"]}
    assert studio.http.get("/api/datasets/digits").json() == digits


def test_a_graph_to_begin_with_lacks_nothing_but_what_is_between(ready: RunningStudio) -> None:
    for dataset in ready.http.get("/api/datasets").json():
        graph = ready.http.get(f"/api/datasets/{dataset['name']}/graph").json()["graph"]
        assert [node["name"] for node in graph["nodes"][:-1]] == [one["input_name"] for one in dataset["inputs"]]
        assert all(node["locked"] for node in graph["nodes"])
        places = {(node["position"]["x"], node["position"]["y"]) for node in graph["nodes"]}
        assert len(places) == len(graph["nodes"])
        report = ready.http.post("/api/graphs/check", json={"graph": graph}).json()
        assert {problem["kind"] for problem in report["problems"]} <= {"missing_input", "orphan"}, report["problems"]


def test_a_drawn_graph_trains(ready: RunningStudio) -> None:
    graph = drawn(ready, [{"layer": "Flatten"}, {"layer": "Dense", "config": {"units": 64, "activation": "relu"}}])
    job = {"dataset": "digits", "graph": graph, "settings": {"epochs": "30"}}
    queued = ready.http.post("/api/jobs", json=job)
    assert queued.status_code == 201, queued.text
    done = over(ready, queued.json())
    assert done["state"] in ("blessed", "not_blessed"), done["error"]
    assert done["result"]["metrics"]["accuracy"] > 0.9
    assert "--graph" in done["command"] and Path(done["command"].split()[4]).is_file()


def test_a_graph_that_cannot_be_trained_is_not_queued(ready: RunningStudio) -> None:
    before = ready.http.get("/api/jobs").json()

    def refused(graph: dict[str, Any], **changes: Any) -> dict[str, Any]:
        answer = ready.http.post("/api/jobs", json={"dataset": "digits", "graph": graph} | changes)
        assert answer.status_code == 422, answer.text
        return answer.json()

    broken = refused(drawn(ready, [{"layer": "Dense", "config": {"units": -1}}]))
    assert broken["problems"] and broken["problems"][0]["nodes"]
    assert broken["problems"][0]["message"] in broken["detail"]
    assert "the graph: " in refused(drawn(ready, []))["detail"]  # pictures are no probabilities
    dense = {"layer": "Dense", "config": {"units": 100_000}}
    assert "parameters" in refused(drawn(ready, [{"layer": "Flatten"}, dense, dense]))["detail"]
    wide = [{"layer": "Flatten"}, {"layer": "Dense", "config": {"units": 1_000_000}}]
    assert "estimated to take" in refused(drawn(ready, wide), memory_mb=2000)["detail"]
    small = drawn(ready, [{"layer": "Flatten"}])
    assert "with a drawn graph" in refused(small, settings={"filters": "8"})["detail"]
    assert refused(small, dataset="titanic")["problems"]
    assert ready.http.get("/api/jobs").json() == before


def test_the_model_of_a_page_is_there_once_it_is_prepared(ready: RunningStudio, data: Path) -> None:
    path = "/api/datasets/titanic/graph"
    answer = ready.http.get(path, params={"of": "page"})
    assert answer.status_code == 409 and "prepare the dataset first" in answer.json()["detail"]
    job = ready.http.post("/api/jobs", json={"kind": "prepare", "dataset": "titanic"}).json()
    done = over(ready, job)
    assert done["state"] == "done", done["error"]
    graph = ready.http.get(path, params={"of": "page"}).json()["graph"]
    inputs = [one["input_name"] for one in ready.http.get("/api/datasets/titanic").json()["inputs"]]
    assert [node["name"] for node in graph["nodes"] if node["locked"]] == [*inputs, "probability"]
    assert graph["dataset"] == "titanic"
    report = ready.http.post("/api/graphs/check", json={"graph": graph}).json()
    assert report["can_train"], report["problems"]
    # As if the page were edited now: what was made of it before is no longer its model.
    made = ready.home / "studio" / "graphs" / "titanic.json"
    os.utime(made, (0, 0))
    assert ready.http.get(path, params={"of": "page"}).status_code == 409


def test_a_page_that_is_written_changed_and_removed_is_seen_at_once(studio: RunningStudio) -> None:
    page = studio.home.parent / "pipelines" / "flowers.py"
    page.parent.mkdir()
    page.write_text(PAGE)
    flowers = studio.http.get("/api/datasets/flowers").json()
    assert flowers["outside"] and flowers["problem"] is None and flowers["model"] == "Tabular"
    time.sleep(0.01)
    page.write_text(PAGE.replace("hidden=(8,)", "hidden=(-8,)"))
    flowers = studio.http.get("/api/datasets/flowers").json()
    assert "hidden" in flowers["problem"] and flowers["inputs"] == []
    answer = studio.http.get("/api/datasets/flowers/graph")
    assert answer.status_code == 422 and "hidden" in answer.json()["detail"]
    answer = studio.http.post("/api/jobs", json={"dataset": "flowers"})
    assert answer.status_code == 422 and "hidden" in answer.json()["detail"]
    page.unlink()
    assert studio.http.get("/api/datasets/flowers").status_code == 404

"""The routes of graphs, with a real worker."""

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import keras
import pytest

from schemas.home import Home
from tests.studio.running import Running, running

_LINE = {"id": "e", "source": "in", "target": "d"}


def _graph(shape: list[int], units: int = 3, **more: object) -> dict[str, object]:
    layer = {"id": "d", "layer": "Dense", "name": "d", "config": {"units": units}}
    start = {"id": "in", "layer": "InputLayer", "name": "in", "config": {"batch_shape": [None, *shape]}}
    return {"name": "a model", "nodes": [start, layer], "edges": [_LINE], **more}


@pytest.fixture(scope="module")
def studio(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(Home(tmp_path_factory.mktemp("graphs") / "home", data)) as found:
        first = found.get("/api/palette")
        assert first.status_code == 503  # the page is up before Keras is
        assert first.headers["content-type"] == "application/problem+json"
        assert "loading" in first.json()["detail"]
        assert found.get("/api/state").json()["keras"]["state"] == "loading"
        until = time.monotonic() + 300
        while found.get("/api/state").json()["keras"]["state"] != "ready" and time.monotonic() < until:
            time.sleep(0.2)
        yield found


def _answer(found: httpx.Response, status: int = 200) -> dict:
    assert found.status_code == status, found.text
    return found.json()


def test_the_palette(studio):
    palette = _answer(studio.get("/api/palette"))
    assert palette["keras"] == keras.__version__
    assert {"Dense", "Conv2D", "LSTM"} <= {layer["name"] for layer in palette["layers"]}
    assert "Lambda" in palette["excluded"]


def test_a_check_names_the_shape_and_the_fix(studio):
    report = _answer(studio.post("/api/graphs/check", {"graph": _graph([])}))
    (problem,) = report["problems"]
    assert problem["message"] == "Dense needs at least 2 dimensions, got (None,)"
    assert problem["fix"]["action"] == "insert"
    assert not report["can_train"]
    report = _answer(studio.post("/api/graphs/check", {"graph": _graph([4]), "batch_size": 2}))
    assert report["can_train"]
    assert report["parameters"] == 15
    assert report["nodes"][1]["outputs"] == [{"shape": [None, 3], "dtype": "float32"}]


def test_a_check_looks_at_the_dataset(studio):
    report = _answer(studio.post("/api/graphs/check", {"graph": _graph([4], dataset="digits")}))
    messages = " ".join(one["message"] for one in report["problems"] if one["kind"] == "dataset")
    assert "digits has no input 'in'" in messages
    assert "digits needs (None, 10)" in messages
    report = _answer(studio.post("/api/graphs/check", {"graph": _graph([4], dataset="nothing")}))
    assert "there is no dataset 'nothing'" in report["problems"][0]["message"]


def test_a_graph_is_too_large_by_its_parameters(studio):
    report = _answer(studio.post("/api/graphs/check", {"graph": _graph([100_000], 1_000_000)}))
    assert [one["kind"] for one in report["problems"]] == ["limit"]
    assert report["parameters"] == 100_001_000_000


def test_what_is_exported_is_a_keras_model_and_is_imported_again(studio):
    exported = _answer(studio.post("/api/graphs/export", {"graph": _graph([4]), "form": "json"}))
    assert exported["file"] == "a_model.json"
    model = keras.models.model_from_json(exported["text"])
    assert model.count_params() == 15
    file = {"file": ("model.json", exported["text"].encode())}
    imported = _answer(studio.http.post("/api/graphs/import", files=file))
    assert [node["layer"] for node in imported["graph"]["nodes"]] == ["InputLayer", "Dense"]
    assert imported["notes"] == []


def test_a_layer_that_leads_nowhere_is_exported_and_imported_too(studio):
    graph = _graph([4])
    for id in ("x", "y"):
        graph["nodes"].append({"id": id, "layer": "Dense", "name": id, "config": {"units": 2}})
    graph["edges"] = [_LINE, {"id": "f", "source": "in", "target": "x"}, {"id": "g", "source": "x", "target": "y"}]
    graph["nodes"][1]["outputs"] = [0]
    report = _answer(studio.post("/api/graphs/check", {"graph": graph}))
    assert report["can_train"]
    assert [one["kind"] for one in report["problems"]] == ["orphan"]
    exported = _answer(studio.post("/api/graphs/export", {"graph": graph, "form": "json"}))
    assert keras.models.model_from_json(exported["text"]).count_params() == 15
    file = {"file": ("model.json", exported["text"].encode())}
    imported = _answer(studio.http.post("/api/graphs/import", files=file))
    assert {node["name"] for node in imported["graph"]["nodes"]} == {"in", "d", "x", "y"}
    exported = _answer(studio.post("/api/graphs/export", {"graph": graph, "form": "python"}))
    assert "'x'" not in exported["text"].replace('"', "'")


def test_what_is_exported_as_python_runs_as_it_is(studio):
    exported = _answer(studio.post("/api/graphs/export", {"graph": _graph([4]), "form": "python"}))
    assert exported["file"] == "a_model.py"
    found: dict[str, object] = {"__name__": "exported"}
    exec(exported["text"], found)
    assert found["build"]().count_params() == 15


def test_an_archive_is_imported_without_its_weights(studio, tmp_path):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="d")])
    model.save(tmp_path / "model.keras")
    file = {"file": ("model.keras", (tmp_path / "model.keras").read_bytes())}
    imported = _answer(studio.http.post("/api/graphs/import", files=file))
    assert imported["graph"]["nodes"][-1]["name"] == "d"
    assert "weights were left out" in imported["notes"][0]


def test_no_code_of_a_file_is_run(studio):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Lambda(lambda x: x)])
    for data in (model.to_json().encode(), b"no json", json.dumps([1]).encode(), io.BytesIO(b"PK\x03\x04").getvalue()):
        answer = studio.http.post("/api/graphs/import", files={"file": ("model.json", data)})
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert "\n" not in answer.json()["detail"]


def test_an_unfinished_graph_is_not_exported(studio):
    for form in ("json", "python"):
        answer = studio.post("/api/graphs/export", {"graph": {"nodes": [], "edges": []}, "form": form})
        assert answer.status_code == 422, form


def test_two_graphs_layer_by_layer(studio):
    difference = _answer(studio.post("/api/graphs/difference", {"left": _graph([4]), "right": _graph([4], units=5)}))
    assert {pair["left"]: pair["state"] for pair in difference["pairs"]} == {"in": "same", "d": "changed"}

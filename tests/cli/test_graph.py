"""`slipway describe`, and `--graph` with files that it does not take: found before anything is read or trained."""

import json

import pytest
from typer.testing import CliRunner

from cli.app import app
from components.training.graphs import writing
from schemas import graphs
from schemas.errors import InputError


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SLIPWAY_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def invoke(*arguments: str):
    return CliRunner().invoke(app, arguments)


def graph_of(units: int) -> str:
    nodes = [
        {"id": "i", "layer": "InputLayer", "name": "input_0_image", "config": {"shape": [8, 8, 1]}},
        {"id": "f", "layer": "Flatten", "name": "flatten"},
        {"id": "o", "layer": "Dense", "name": "out", "config": {"units": units, "activation": "softmax"}},
    ]
    edges = [{"id": "a", "source": "i", "target": "f"}, {"id": "b", "source": "f", "target": "o"}]
    return graphs.dumps(writing.file({"nodes": nodes, "edges": edges}))


def test_datasets_are_described_for_people_and_for_programs():
    shown = invoke("describe", "digits", "titanic").stdout
    assert "input_0_image" in shown and "Dense(units=10, activation='softmax', dtype='float32'), cross-entropy" in shown
    found = json.loads(invoke("describe", "titanic", "--json").stdout)["datasets"]
    assert [one["name"] for one in found] == ["titanic"] and found[0]["inputs"][4]["input_name"] == "input_4_Sex"
    assert len(json.loads(invoke("describe", "--json").stdout)["datasets"]) >= 9
    assert "did you mean digits" in str(invoke("describe", "digitz").exception)


@pytest.mark.parametrize("command", ["run", "kfold", "learning-curve", "tune"])
@pytest.mark.parametrize(
    ("text", "more", "message"),
    [
        (None, (), "cannot be read"),
        ("{", (), "is not JSON"),
        ("{}", (), "is no Keras model"),
        (graph_of(9), (), "graph: its output 'out' has shape [N, 9]; Dense(10, activation='softmax') is expected"),
        (graph_of(10), ("--set", "dropout=0.5"), "--set 'dropout=0.5': KEY=VALUE is expected, KEY one of balanced,"),
    ],
)
def test_a_graph_that_cannot_be_trained_is_found_before_anything_is_done(command, text, more, message, tmp_path, home):
    file = tmp_path / "graph.json"
    if text is not None:
        file.write_text(text)
    error = invoke(command, "digits", "--graph", str(file), *more).exception
    assert isinstance(error, InputError) and message in str(error) and "\n" not in str(error)
    assert not home.exists()


def test_a_graph_to_stdout_leaves_no_room_for_events():
    assert "name a file with --out" in str(invoke("graph", "digits", "--events").exception)


def test_of_a_version_that_is_not_there_the_ones_that_are_are_named():
    assert "digits has no version '9.9.9'" in str(invoke("graph", "digits", "--version", "9.9.9").exception)

"""A drawn graph through the whole pipeline: trained as the page's own model is, and versioned by what is drawn."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.training.graphs import drawing, python, reading, writing
from pipelines.execution import run as pipeline_run
from pipelines.execution.session import Request
from pipelines.experiments import graphs as page_graphs
from pipelines.page import catalog
from pipelines.page.drawn import with_graph
from pipelines.spec import Custom, Pipeline, Training
from registry import dossier
from schemas import graphs
from schemas.home import Home
from schemas.model_card import ModelCard


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("graphs")
    return Home(folder, folder / "no-data")


@pytest.fixture(scope="module")
def page() -> Pipeline:
    digits = catalog.load("digits")
    model = dataclasses.replace(digits.model, filters=(8,), hidden=16)
    training = Training(epochs=6, learning_rate=5e-3)
    return dataclasses.replace(
        digits, model=model, training=training, thresholds={"accuracy": 0.6}, contracts=(), tolerance=1.0
    )


@pytest.fixture(scope="module")
def file(home: Home, page: Pipeline) -> Path:
    """The graph of the page's own model."""
    keras.backend.clear_session()  # as in a process of its own: layers are numbered by how many there were
    path = home.root / "graph.json"
    path.write_text(graphs.dumps(page_graphs.of_page(Request(page, home))))
    return path


def run(page: Pipeline, home: Home) -> dict[str, Any]:
    result = pipeline_run.run(Request(page, home)).to_json()
    assert result["blessed"], result["checks"]
    return result


def answers(result: dict[str, Any]) -> np.ndarray:
    pictures = np.random.default_rng(1).integers(0, 255, (20, 8, 8, 1)).astype("uint8")
    predict = tf.saved_model.load(result["pushed_to"]).signatures["predict"]
    return predict(image=tf.stack([tf.io.encode_png(one) for one in pictures]))["probabilities"].numpy()


def changed(file: Path, change: Any) -> Path:
    drawn = reading.graph(graphs.read(file))
    change(drawn)
    path = file.with_name("changed.json")
    path.write_text(graphs.dumps(writing.file(drawn)))
    return path


def test_a_graph_is_trained_as_the_page_s_own_model_and_versions_follow_from_it(home, page, file, monkeypatch):
    plain = run(page, home)
    assert plain["version"] == "1.0.0"
    drawn = run(with_graph(page, file), home)
    assert drawn["version"] == "1.1.0"
    np.testing.assert_array_equal(answers(drawn), answers(plain))  # the same first weights, the same training

    # The version can be drawn again, and its card has a line for each layer.
    kept = (dossier.folder(home.registry("digits"), "1.1.0", None) / dossier.GRAPH).read_text()
    assert (Path(drawn["pushed_to"]) / graphs.PATH).read_text() == kept
    again = drawing.of_json(kept, page.description)
    assert writing.canonical(again) == with_graph(page, file).model.graph
    card = ModelCard.read(Path(drawn["pushed_to"])).configuration["model"]
    assert card["layers"]["conv2d"] == "Conv2D(filters=8, kernel_size=[3, 3], padding='same')"
    assert len(json.dumps(card)) < 2000

    # Nothing is trained anew for a node that was moved.
    moved = changed(file, lambda graph: graph["nodes"][1].update(position={"x": 999.0, "y": -3.0}))
    assert json.loads(moved.read_text())["studio"]["positions"] != json.loads(file.read_text())["studio"]["positions"]
    result = pipeline_run.run(Request(with_graph(page, moved), home))
    assert result.repeated and result.version == "1.1.0"

    def narrower(graph: Any) -> None:
        (dense,) = (node for node in graph["nodes"] if node["name"] == "dense")
        dense["config"]["units"] = 12

    other = run(with_graph(page, changed(file, narrower)), home)
    assert other["version"] == "1.2.0"

    # Pasted into a page, the Python trains the same model.
    module = home.root / "drawn_for_a_page.py"
    module.write_text(python.source(reading.graph(graphs.read(file))))
    monkeypatch.syspath_prepend(home.root)
    custom = run(dataclasses.replace(page, model=Custom("drawn_for_a_page:build")), home)
    np.testing.assert_array_equal(answers(custom), answers(drawn))


def test_a_graph_in_mixed_precision_and_as_an_ensemble_can_be_drawn_again(home, page, file):
    training = dataclasses.replace(page.training, epochs=3, ensemble=2, precision="mixed_bfloat16")
    result = run(dataclasses.replace(with_graph(page, file), training=training), home)
    # Its members are the same layers; how many there are is a setting of the training.
    drawn = reading.graph(page_graphs.of_version(home, page, result["version"]))
    assert writing.canonical(drawn) == with_graph(page, file).model.graph

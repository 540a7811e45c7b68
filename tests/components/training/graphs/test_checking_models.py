"""What the check says without building anything is what the built model has."""

import json
from collections import Counter
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.features import derived
from components.features.encoded import Features
from components.training.graphs import drawing, order, python, reading, writing
from components.training.graphs.checking import check
from pipelines.page import catalog, describing
from pipelines.page.resolution import with_domains
from schemas import encoding, graphs
from schemas.home import Home
from studio.messages.graphs import Graph, GraphReport
from tests.components.training.graphs.random_drawings import drawings

_EDITOR = Path(__file__).parents[4] / "studio" / "web" / "src" / "editor"


def _report(drawn, **options) -> GraphReport:
    return GraphReport.model_validate(check(Graph.model_validate(drawn).model_dump(), **options))


def _size(weights) -> int:
    return sum(int(keras.ops.size(one)) for one in weights)


def _same(report: GraphReport, model: keras.Model, drawn) -> None:
    """Node by node: the shapes and dtypes of every call, and the weights of every layer."""
    assert [one.message for one in report.problems if one.severity == "error"] == []
    assert report.can_train
    assert report.parameters == _size(model.weights)
    assert report.trainable == _size(model.trainable_weights)
    calls: dict[str, int] = {}
    totals = Counter(node["name"] for node in drawn["nodes"])
    reports = {one.id: one for one in report.nodes}
    for node in order.in_order(drawn):
        layer = model.get_layer(node["name"]) if not node["layer"].startswith("ops.") else None
        number = calls[node["name"]] = calls.get(node["name"], -1) + 1
        if layer is None:
            continue
        # A nested model may have a call of its own, from its inputs to its outputs, before all others.
        made = layer._inbound_nodes[number - totals[node["name"]]].output_tensors
        found = [(tuple(one.shape), one.dtype) for one in reports[node["id"]].outputs]
        assert found == [(one.shape, one.dtype) for one in made], node["name"]
        assert reports[node["id"]].parameters == (0 if node.get("shares") else _size(layer.weights)), node["name"]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawings())
def test_of_random_drawings(drawn):
    _same(_report(drawn), writing.model(writing.config(drawn)), drawn)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawings(), st.randoms(use_true_random=False))
def test_what_can_be_trained_can_be_written(drawn, random):
    """Also with layers that lead nowhere, and with edges that are gone."""
    for _ in range(2):
        if drawn["edges"] and random.random() < 0.5:
            drawn["edges"].remove(random.choice(drawn["edges"]))
    drawn["nodes"].append({"id": "new", "layer": "Dense", "name": "new", "config": {"units": 3}})
    drawn["edges"].append({"id": "new", "source": drawn["nodes"][0]["id"], "target": "new"})
    whole = Graph.model_validate(drawn).model_dump()
    if _report(whole).can_train:
        read = reading.graph(graphs.parse(graphs.dumps(writing.file(whole)), "the file"))
        assert writing.canonical(read) == writing.canonical(whole)
        compile(python.source(whole), "drawn.py", "exec")


@pytest.mark.parametrize("row", catalog.rows(), ids=lambda row: row.name)
def test_of_every_pipelines_model(row, tmp_path):
    page = with_domains(catalog.load(row.name))
    features = Features(page.name, page.task, encoding.encoded(page.description, lambda _: 20))
    drawn = drawing.of_model(derived.load(page.model.builder)(page.model, features), page.description)
    dataset = describing.described(row, Home(tmp_path / "home", tmp_path))
    _same(_report(drawn, dataset=dataset), writing.model(writing.config(drawn)), drawn)


def test_what_the_editor_groups_is_the_same_model():
    """Of a file that the editor's own tests compare with what it makes: a shared layer, two inputs and two outputs."""
    example = json.loads((_EDITOR / "changes" / "grouping.example.json").read_text())
    drawn, grouped = (Graph.model_validate(example[key]).model_dump() for key in ("drawn", "grouped"))
    plain, nested = _report(drawn), _report(grouped)
    assert [one.message for one in nested.problems] == []
    assert (nested.can_train, nested.parameters) == (True, plain.parameters)
    _same(nested, made := writing.model(writing.config(grouped)), grouped)
    other = writing.model(writing.config(drawn))
    for one in other.layers + made.layers:
        for weight in one.weights:
            weight.assign(np.linspace(-1, 1, _size([weight])).reshape(weight.shape))
    data = [keras.random.normal((3, 4), seed=seed) for seed in (1, 2)]
    for expected, found in zip(other(data), made(data), strict=True):
        assert keras.ops.convert_to_numpy(found) == pytest.approx(keras.ops.convert_to_numpy(expected), abs=1e-5)
    read = reading.graph(graphs.parse(graphs.dumps(writing.file(grouped)), "the file"))
    assert writing.canonical(read) == writing.canonical(grouped)
    compile(python.source(grouped), "drawn.py", "exec")

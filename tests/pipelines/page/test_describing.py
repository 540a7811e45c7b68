"""What forms and drawings are given of a page is what the builders of models see of it."""

import json

import keras
import pytest

from components.features.encoded import Features
from components.training.models.heads import output_layer
from pipelines.page import catalog, describing
from pipelines.page.resolution import with_domains
from schemas import encoding
from schemas.home import Home
from studio.messages.datasets import Dataset

PACKAGE = [row.name for row in catalog.rows() if not row.is_outside]


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path, tmp_path)


def row(name):
    return next(row for row in catalog.rows() if row.name == name)


@pytest.mark.parametrize("name", PACKAGE)
def test_every_page_is_a_message_of_the_studio(name, home):
    found = Dataset.model_validate(json.loads(json.dumps(describing.described(row(name), home))))
    assert found.problem is None and found.inputs and found.task.output.config["units"] >= 1
    assert {form.part for form in found.settings} == {"model", "training", "splits"}


@pytest.mark.parametrize("name", PACKAGE)
def test_inputs_and_output_are_those_that_a_builder_is_given(name, home):
    page = with_domains(catalog.load(name))
    # A vocabulary of 3: what it holds plays no part here.
    tensors = encoding.encoded(page.description, lambda _: 3)
    inputs = Features(name, page.task, tensors).inputs()
    found = describing.described(row(name), home)
    assert [(one["input_name"], tuple(one["shape"]), one["dtype"]) for one in found["inputs"]] == [
        (tensor.name, tensor.shape[1:], tensor.dtype) for tensor in inputs.values()
    ]
    ids = {one["name"]: one["ids"] for one in found["inputs"]}
    known = {
        key: one.ids for key, one in tensors.items() if not encoding.is_learned(one.feature) or one.dtype != "int64"
    }
    assert {key: ids[key] for key in known} == known
    assert all(value is None for key, value in ids.items() if key not in known)
    drawn = found["task"]["output"]
    layer = getattr(keras.layers, drawn["layer"])(name=drawn["name"], **drawn["config"])
    assert layer.get_config() == output_layer(page.task).get_config()


def test_a_former_run_tells_how_many_ids_there_are(home):
    assets = home.pipeline("auto_mpg") / "Transform" / "transform_graph" / "12" / "transform_fn" / "assets"
    assets.mkdir(parents=True)
    page = with_domains(catalog.load("auto_mpg"))
    learned = [name for name, feature in page.features.items() if encoding.is_learned(feature)]
    assert learned
    assert describing.described(row("auto_mpg"), home)["prepared"] is False
    for name in learned:
        (assets / encoding.vocabulary_name(name)).write_text("a\nb\nc\n")
    found = describing.described(row("auto_mpg"), home)
    assert found["prepared"] is True
    assert {one["ids"] for one in found["inputs"] if one["name"] in learned} == {4}


def test_a_page_with_a_mistake_is_shown_with_its_problem(home, tmp_path, monkeypatch):
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "broken_page.py").write_text(
        "from pipelines.spec import Pipeline\npipeline = Pipeline(name='broken_page', source=3)\n"
    )
    monkeypatch.setenv("SLIPWAY_PIPELINES", str(folder))
    found = describing.described(row("broken_page"), home)
    assert "broken_page.py" in found["problem"] and found["inputs"] == [] and found["task"] is None
    Dataset.model_validate(found)

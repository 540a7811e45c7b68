"""The user's own model in place of ours, through the whole pipeline: Sequential, functional and subclassed."""

import dataclasses
import re
import sys
import types
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.features.encoded import Encoded, Features
from pipelines.execution import run as pipeline_run
from pipelines.execution.session import Request
from pipelines.page import catalog
from pipelines.spec import Custom, Training
from schemas.home import Home
from schemas.model_card import ModelCard
from tests.e2e.command import REPOSITORY


def sequential(features: Features) -> keras.Model:
    return keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(16, activation="relu"), features.output()])


def functional(features: Features) -> keras.Model:
    inputs = features.inputs()
    hidden = keras.layers.Conv2D(8, 3, activation="relu")(inputs["image"])
    return keras.Model(inputs, features.output()(keras.layers.GlobalMaxPooling2D()(hidden)))


class Subclassed(keras.Model):
    def __init__(self, features: Features) -> None:
        super().__init__()
        self.hidden = keras.layers.Dense(16, activation="relu")
        self.last = features.output()

    def call(self, inputs: dict[str, Any], training: bool = False) -> Any:
        return self.last(self.hidden(keras.layers.Flatten()(inputs["image"])))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """One home: what comes before the model is done once."""
    folder = tmp_path_factory.mktemp("custom")
    return Home(folder, folder / "no-data")


@pytest.mark.parametrize(("build", "ensemble"), [("sequential", 1), ("functional", 1), ("Subclassed", 2)])
def test_a_model_of_ones_own_is_trained_judged_and_exported(build: str, ensemble: int, home: Home) -> None:
    page = dataclasses.replace(
        catalog.load("digits"),
        model=Custom(f"tests.e2e.test_custom_models:{build}"),
        training=Training(epochs=25, learning_rate=5e-3, ensemble=ensemble),
        thresholds={"accuracy": 0.6},
        contracts=(),
        tolerance=1.0,  # the three have nothing to do with one another
    )
    result = pipeline_run.run(Request(page, home)).to_json()
    assert result["blessed"], result["checks"]
    model = Path(result["pushed_to"])
    card = ModelCard.read(model)
    assert card.configuration["model"] == {"@type": "Custom", "build": f"tests.e2e.test_custom_models:{build}"}
    picture = tf.io.encode_png(np.zeros((20, 20, 1), np.uint8))
    answer = tf.saved_model.load(str(model)).signatures["predict"](image=tf.stack([picture]))
    assert answer["class"].numpy()[0].decode() in page.task.classes
    assert float(tf.reduce_sum(answer["probabilities"])) == pytest.approx(1, abs=1e-5)


def test_the_model_of_the_docs_is_a_model_of_the_digits(monkeypatch: pytest.MonkeyPatch, home: Home) -> None:
    (code,) = re.findall(r"```python\n(import keras.*?)```", (REPOSITORY / "docs/pages.md").read_text(), re.DOTALL)
    module = types.ModuleType("model_of_the_docs")
    exec(code, vars(module))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    features = Features("digits", catalog.load("digits").task, {})

    features["image"] = Encoded(catalog.load("digits").features["image"], (8, 8, 1))
    model = module.build(features)
    assert model(np.zeros((2, 8, 8, 1), np.float32)).shape == (2, 10)

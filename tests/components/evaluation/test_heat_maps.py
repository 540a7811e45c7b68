"""Heat maps of a convolutional network that reads scikit-learn's handwritten digits."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tensorflow as tf
from PIL import Image as Picture
from sklearn.datasets import load_digits

from analysis import predictions
from analysis.predictions import Info
from components.evaluation.explaining import explain
from components.features.encoded import Encoded, Features
from components.features.label_scale import LabelScale
from components.features.preprocessing import preprocessing_fn
from components.training.export import export
from components.training.models import convolutional
from components.training.models.heads import compile_for
from prediction.loaded_model import LoadedModel
from schemas import codec, model_card
from schemas.description import Description
from schemas.features import Image
from schemas.models import Convolutional
from schemas.tasks import MulticlassClassification
from schemas.training import Training

TASK = MulticlassClassification("digit", tuple("0123456789"))
DIGITS = Description("digits", TASK, {"picture": Image(height=8, width=8)})
ROWS = [3, 4, 90]


class Decoded(tf.Module):
    """The real encoding of pictures, which learns nothing from the data."""

    def __call__(self, columns: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        label = tf.zeros_like(columns["picture"], tf.int64)
        config = {"description": DIGITS.to_json()}
        encoded = preprocessing_fn({"picture": columns["picture"], "digit": label}, config)
        return {"picture": encoded["picture"]}


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Picture.fromarray(pixels.astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> tuple[LoadedModel, Path, np.ndarray]:
    """A trained model, its answers to the last 100 digits, and these digits float32[100, 8, 8]."""
    folder = tmp_path_factory.mktemp("digits")
    found = load_digits()
    pixels = np.round(found.images * 255 / 16)
    features = Features("digits", TASK, {"picture": Encoded(DIGITS.features["picture"], (8, 8, 1))})
    model = convolutional.build(Convolutional(filters=(8,), hidden=16), features)
    compile_for(model, TASK, Training(learning_rate=1e-2), 50)
    model.fit({"picture": pixels[:-100, ..., np.newaxis] / 255}, found.target[:-100], epochs=3, verbose=0)
    transform: Any = Decoded()
    outputs = export(model, DIGITS, transform, LabelScale(), str(folder))
    model_card.of_description(DIGITS, outputs, {}, "c0de", {}).write(folder)
    loaded = LoadedModel(folder)
    pictures = [png(one) for one in pixels[-100:]]
    answers = loaded.predict_columns({"picture": pictures})["probabilities"]
    filled = {
        "key": [str(row) for row in range(100)],
        "source_row": range(100),
        **predictions.answered(TASK, found.target[-100:], answers),
        "input.picture": pictures,
    }
    schema = predictions.schema_of(Info("digits", codec.dumps(TASK), "test", DIGITS.raw()))
    table = pa.table([pa.array(filled[field.name], field.type) for field in schema], schema=schema)
    pq.write_table(table, folder / predictions.FILE)
    return loaded, folder / predictions.FILE, pixels[-100:]


def test_a_heat_map_has_the_picture_s_size_and_sums_to_the_difference(digits: Any) -> None:
    loaded, answers, pixels = digits
    explanation = explain(loaded, DIGITS, answers, ROWS)
    assert explanation.reference == "a black picture"
    for row, each in zip(ROWS, explanation.attributions, strict=True):
        heat = np.array(each.heat)
        assert heat.shape == (8, 8) and each.parts == ()
        assert heat.sum() + each.gap == pytest.approx(each.score - each.reference_score, abs=2e-3)
        assert abs(each.gap) <= max(0.02 * abs(each.score - each.reference_score), 0.002)
        assert (heat[pixels[row] == 0] == 0).all() and (heat != 0).any()


def test_the_pixels_with_the_highest_attributions_carry_the_answer(digits: Any) -> None:
    """Without its ten best pixels a digit loses more of its probability than without any other ten of its ink."""
    loaded, answers, pixels = digits
    confident = np.argsort(predictions.read(answers).loss)[:10].tolist()
    random, best, any_ten = np.random.default_rng(0), [], []
    for row, each in zip(confident, explain(loaded, DIGITS, answers, confident).attributions, strict=True):
        heat, ink = np.array(each.heat).reshape(-1), np.flatnonzero(pixels[row])
        for chosen, losses in ((np.argsort(-heat)[:10], best), (random.choice(ink, 10, replace=False), any_ten)):
            changed = pixels[row].copy().reshape(-1)
            changed[chosen] = 0
            outputs = loaded.predict_columns({"picture": [png(changed.reshape(8, 8))]})
            losses.append(each.score - outputs["probabilities"][0, int(each.target)])
    assert np.mean(best) > np.mean(any_ten) + 0.1

"""Warm-up requests, replayed on a small exported model in both of TensorFlow's ways."""

import math
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

from components.features.label_scale import LabelScale
from components.training import warmup
from components.training.export import export
from schemas.description import Description
from schemas.features import Category, Image, Number
from schemas.tasks import BinaryClassification

TASK = BinaryClassification("sank", ("no", "yes"))
SHIPS = Description("ships", TASK, {"gross tons": Number(), "port": Category()})
ROWS = [(120.0, "Cork"), (None, "Cobh"), (46000.0, None)]


class Encoded(tf.Module):
    """Stands where Transform's graph does."""

    def __call__(self, columns: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        tons = columns["gross tons"]
        known = tf.strings.length(columns["port"])
        return {"both": tf.stack([tf.where(tf.math.is_nan(tons), 0.0, tons), tf.cast(known, tf.float32)], axis=1)}


def example(tons: float | None, port: str | None) -> bytes:
    made = tf.train.Example()
    if tons is not None:
        made.features.feature["gross tons"].float_list.value.append(tons)
    if port is not None:
        made.features.feature["port"].bytes_list.value.append(port.encode())
    return made.SerializeToString()


@pytest.fixture(scope="module")
def eval_files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("Split-eval")
    with tf.io.TFRecordWriter(str(folder / "examples-00000.gz"), "GZIP") as out:
        for row in ROWS:
            out.write(example(*row))
    return [str(folder / "*")]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, eval_files: list[str]) -> Path:
    folder = tmp_path_factory.mktemp("ships") / "1"
    both = keras.Input((2,), name="both")
    scores = keras.layers.Dense(1, activation="sigmoid")(both)
    transform: Any = Encoded()
    export(keras.Model({"both": both}, scores), SHIPS, transform, LabelScale(), str(folder))
    warmup.write(folder, eval_files, SHIPS)
    return folder


def requests_of(model: Path) -> list[predict_pb2.PredictRequest]:
    records = tf.data.TFRecordDataset(str(model / "assets.extra/tf_serving_warmup_requests")).as_numpy_iterator()
    return [prediction_log_pb2.PredictionLog.FromString(record).predict_log.request for record in records]


def inputs_of(request: predict_pb2.PredictRequest) -> dict[str, np.ndarray]:
    return {name: tf.make_ndarray(tensor) for name, tensor in request.inputs.items()}


def test_both_signatures_are_asked_at_each_size(model: Path) -> None:
    found = [
        (request.model_spec.name, request.model_spec.signature_name, {len(v) for v in inputs_of(request).values()})
        for request in requests_of(model)
    ]
    signatures = ("predict", "serving_default")
    assert found == [("ships", s, {size}) for size in warmup.BATCH_SIZES for s in signatures]


def test_rows_are_those_of_the_split_with_what_is_missing(model: Path) -> None:
    named, serialized = (inputs_of(request) for request in requests_of(model)[2:4])
    tons, ports = named["gross_tons"].tolist(), named["port"].tolist()
    assert tons[0] == 120.0 and math.isnan(tons[1]) and tons[2:4] == [46000.0, 120.0]
    assert ports[:4] == [b"Cork", b"Cobh", b"", b"Cork"]
    assert serialized["examples"].tolist()[:3] == [example(*row) for row in ROWS]


def test_the_model_answers_them(model: Path) -> None:
    signatures = tf.saved_model.load(str(model)).signatures
    for request in requests_of(model):
        tensors = {name: tf.constant(value) for name, value in inputs_of(request).items()}
        answer = signatures[request.model_spec.signature_name](**tensors)
        assert np.isfinite(answer["confidence"]).all() and len(answer["class"]) == len(next(iter(tensors.values())))


def test_a_session_as_tensorflow_serving_s_answers_them(model: Path) -> None:
    requests = requests_of(model)
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        loaded = tf.compat.v1.saved_model.load(session, ["serve"], str(model))
        for request in requests:
            signature = loaded.signature_def[request.model_spec.signature_name]
            feeds = {signature.inputs[name].name: value for name, value in inputs_of(request).items()}
            assert np.isfinite(session.run(signature.outputs["confidence"].name, feeds)).all()


def test_the_same_rows_give_the_same_file(model: Path, eval_files: list[str], tmp_path: Path) -> None:
    warmup.write(tmp_path, eval_files, SHIPS)
    assert (tmp_path / warmup.PATH).read_bytes() == (model / warmup.PATH).read_bytes()
    assert [path.name for path in (tmp_path / "assets.extra").iterdir()] == [warmup.PATH.name]


def test_large_rows_warm_a_batch_of_one_alone() -> None:
    photographs = Description("photographs", TASK, {"image": Image(height=8, width=8)})
    made = tf.train.Example()
    made.features.feature["image"].bytes_list.value.append(bytes(1 << 18))
    found = [log.predict_log.request for log in warmup.logs([made.SerializeToString()], photographs)]
    assert [len(tf.make_ndarray(request.inputs["image"])) for request in found[::2]] == [1]

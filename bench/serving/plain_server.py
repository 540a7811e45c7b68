"""What people write first: FastAPI, a sync endpoint, `model.predict` of Keras on one row.

Our SavedModel holds no Keras model, so one is put around its ``predict`` signature. (keras.layers.TFSMLayer does that for
signatures of one tensor alone.)

usage: python plain_server.py MODEL PORT
"""

import json
import sys
import threading
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import uvicorn
from fastapi import FastAPI

MODEL = Path(sys.argv[1])
CARD = json.loads((MODEL / "assets.extra" / "model_card.json").read_text(encoding="utf-8"))
DTYPES = {"number": "float32", "string": "string"}


class Signature(keras.layers.Layer):
    """The SavedModel's ``predict``."""

    def __init__(self) -> None:
        super().__init__()
        self._loaded = tf.saved_model.load(str(MODEL))
        self._predict = self._loaded.signatures["predict"]

    def call(self, inputs: dict[str, Any]) -> dict[str, Any]:
        return self._predict(**inputs)


def keras_model() -> keras.Model:
    inputs = {
        column["tensor"]: keras.Input((), name=column["tensor"], dtype=DTYPES[column["type"]])
        for column in CARD["inputs"].values()
    }
    return keras.Model(inputs, Signature()(inputs))


model = keras_model()
app = FastAPI()
# FastAPI runs a sync endpoint in threads. Keras's `predict` is not made for that: without this, TensorFlow crashed under load.
ONE_AT_A_TIME = threading.Lock()


@app.post("/predict")
def predict(row: dict[str, Any]) -> dict[str, Any]:
    columns = {}
    for name, column in CARD["inputs"].items():
        value = row.get(name)
        if column["type"] == "number":
            columns[column["tensor"]] = np.array([np.nan if value is None else value], np.float32)
        else:
            columns[column["tensor"]] = np.array(["" if value is None else value], object)
    with ONE_AT_A_TIME:
        outputs = model.predict(columns, verbose=0)
    return {"class": outputs["class"][0].decode(), "confidence": float(outputs["confidence"][0])}


if __name__ == "__main__":
    predict(CARD["example"])  # traced before it is asked
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning")

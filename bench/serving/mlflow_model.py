"""Saves a pushed model for `mlflow models serve`; runs in the benchmark's own environment, which has MLflow and TensorFlow.

The SavedModel itself is the artifact, and its ``predict`` signature is called on the columns of the DataFrame: no Keras model
stands between, so MLflow is measured at its best.

usage: python mlflow_model.py MODEL TARGET
"""

import json
import sys
from pathlib import Path
from typing import Any

import mlflow.pyfunc


class Served(mlflow.pyfunc.PythonModel):
    """The SavedModel over a DataFrame of raw columns."""

    def load_context(self, context: Any) -> None:
        import tensorflow as tf

        folder = Path(context.artifacts["model"])
        card = json.loads((folder / "assets.extra" / "model_card.json").read_text(encoding="utf-8"))
        self._inputs, self._classes = card["inputs"], card["classes"]
        self._loaded = tf.saved_model.load(str(folder))
        self._predict = self._loaded.signatures["predict"]

    def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
        import pandas as pd
        import tensorflow as tf

        tensors = {}
        for name, column in self._inputs.items():
            values = model_input[name]
            if column["type"] == "number":
                tensors[column["tensor"]] = tf.constant(values.to_numpy("float32"))
            else:
                tensors[column["tensor"]] = tf.constant(values.fillna("").to_numpy(str))
        outputs = self._predict(**tensors)
        # The same answer as our server's: all three outputs.
        answer = pd.DataFrame(outputs["probabilities"].numpy(), columns=self._classes)
        answer["class"] = outputs["class"].numpy().astype(str)
        answer["confidence"] = outputs["confidence"].numpy()
        return answer


if __name__ == "__main__":
    mlflow.pyfunc.save_model(sys.argv[2], python_model=Served(), artifacts={"model": sys.argv[1]}, pip_requirements=[])

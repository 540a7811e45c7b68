"""The SavedModel: three signatures, and outputs that need no label map.

- ``serving_default(examples: string[N])``: serialized tf.Examples, what TFX and TFMA send.
- ``predict(<one tensor [N] per raw column>)``: for people and REST; a missing value is NaN or "". The model card says
  which tensor is which column, where a column's name is not a Python identifier.
- ``transform_features(examples: string[N])``: the encoded features.

Outputs of the first two: ``class`` string[N], ``confidence`` float32[N], ``probabilities`` float32[N, classes]; or
``value`` float32[N] for a regression.
"""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from components.features.label_scale import LabelScale
from components.features.raw import DTYPES, dense_spec
from components.features.transform_graph import TransformGraph
from schemas.description import Description
from schemas.tasks import BinaryClassification, Task


class ServingModel(tf.Module):
    """The Transform graph and the Keras model as one SavedModel."""

    def __init__(
        self, model: keras.Model, description: Description, transform: TransformGraph, scale: LabelScale
    ) -> None:
        super().__init__()
        # TensorFlow Serving restores the variables that the module tracks. Of a tracked Keras variable the export makes a copy
        # and restores that, not the one that the signatures read; so the variables inside are tracked, and the model, in a
        # closure, is not.
        self._weights = [variable.value for variable in model.variables]
        self._scores: Callable[[Any], tf.Tensor] = lambda encoded: model(encoded, training=False)
        self.transform = transform
        self._description = description
        self._scale = scale

    def encode(self, columns: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Raw columns [N] to the encoded features, the label not among them."""
        return self.transform(columns)

    def answer(self, columns: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Raw columns [N] to the named outputs."""
        return named_outputs(self._scores(self.encode(columns)), self._description.task, self._scale)

    def signatures(self) -> dict[str, Any]:
        """``serving_default``, ``predict`` and ``transform_features``, as concrete functions by name."""
        spec = dense_spec(self._description)
        examples = tf.TensorSpec([None], tf.string, name="examples")
        kinds, tensors = self._description.raw(), self._description.tensors()
        columns = {tensor: tf.TensorSpec([None], DTYPES[kinds[name]], name=tensor) for name, tensor in tensors.items()}

        def serving_default(examples: tf.Tensor) -> dict[str, tf.Tensor]:
            return self.answer(tf.io.parse_example(examples, spec))

        def predict(**columns: tf.Tensor) -> dict[str, tf.Tensor]:
            return self.answer({name: columns[tensor] for name, tensor in tensors.items()})

        def transform_features(examples: tf.Tensor) -> dict[str, tf.Tensor]:
            return self.encode(tf.io.parse_example(examples, spec))

        # Without AutoGraph: nothing here branches on a tensor, and converting the layers' code takes longer than tracing.
        return {
            "serving_default": tf.function(serving_default, autograph=False).get_concrete_function(examples),
            "predict": tf.function(predict, autograph=False).get_concrete_function(**columns),
            "transform_features": tf.function(transform_features, autograph=False).get_concrete_function(examples),
        }


def named_outputs(scores: tf.Tensor, task: Task, scale: LabelScale) -> dict[str, tf.Tensor]:
    """What the model's last layer says, with names: see the module's docstring.

    Args:
      scores: float32[N, 1] (binary: of the second class; regression: on the model's scale) or float32[N, classes].
      scale: what the label's scale was made by; it is undone here.
    """
    if task.classes_or_none is None:
        return {"value": tf.reshape(scale.value(scores), [-1])}
    if isinstance(task, BinaryClassification):
        scores = tf.concat([1.0 - scores, scores], axis=1)
    best = tf.argmax(scores, axis=1)
    return {
        "class": tf.gather(tf.constant(task.classes_or_none), best),
        "confidence": tf.gather(scores, best, batch_dims=1),
        "probabilities": scores,
    }


def export(
    model: keras.Model, description: Description, transform: TransformGraph, scale: LabelScale, path: str
) -> list[str]:
    """Writes the SavedModel to ``path``; returns the names of its answers' fields."""
    module = ServingModel(model, description, transform, scale)
    signatures = module.signatures()
    tf.saved_model.save(module, path, signatures=signatures)
    return sorted(signatures["predict"].structured_outputs)

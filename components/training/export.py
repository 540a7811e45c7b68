"""The SavedModel: three signatures, and outputs that need no label map.

- ``serving_default(examples: string[N])``: serialized tf.Examples, what TFX and TFMA send.
- ``predict(<one tensor [N] per raw column>)``: for people and REST; a missing value is NaN or "". The model card says
  which tensor is which column, where a column's name is not a Python identifier.
- ``transform_features(examples: string[N])``: the encoded features.

Outputs of the first two: ``class`` string[N], ``confidence`` float32[N], ``probabilities`` float32[N, classes]; or
``value`` float32[N] for a regression, with ``low`` and ``high`` float32[N] where it has an interval; or ``values`` float32[N,
horizon] for a forecast. Where an answer has any number of classes, ``classes`` string[N] is a JSON array of their names, and
``probabilities`` float32[N, classes]. Of several tasks each one's outputs have its label and a point in front.

The signatures are made of two functions, traced once each, that the loaded SavedModel has as attributes: ``encode`` takes a
dict of raw columns [N] to the encoded features, and ``answer`` takes those to the outputs. By the second one a model can be
explained (components.evaluation.id_lookups): the signatures begin with strings, of which there is no gradient.
"""

import json
from typing import Any

import keras
import tensorflow as tf

from components.features.label_scale import LabelScale
from components.features.raw import DTYPES, dense_spec, parsed
from components.features.scales import Scale, SeveralScale
from components.features.transform_graph import TransformGraph
from components.features.window_scale import WindowScale
from components.training.models.endings import placed
from schemas.description import Description
from schemas.encoding import LEVEL
from schemas.tasks import BinaryClassification, MultiLabel, Task
from schemas.tasks.several import named


class ServingModel(tf.Module):
    """The Transform graph and the Keras model as one SavedModel."""

    def __init__(self, model: keras.Model, description: Description, transform: TransformGraph, scale: Scale) -> None:
        super().__init__()
        # TensorFlow Serving restores the variables that the module tracks. Of a tracked Keras variable the export makes a copy
        # and restores that, not the one that the signatures read; so the variables inside are tracked, and the model, in a
        # closure, is not.
        self._weights = [variable.value for variable in model.variables]
        self.transform = transform
        self._description = description

        def encode(columns: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
            return transform(columns)

        def answer(encoded: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
            own = dict(encoded)
            levels = own.pop(LEVEL, None)
            at = scale if levels is None else scale.at(levels)
            return named_outputs(model(own, training=False), description.task, at)

        # Without AutoGraph: nothing here branches on a tensor, and converting the layers' code takes longer than tracing.
        self.encode = tf.function(encode, [column_specs(description)], autograph=False)
        found = self.encode.get_concrete_function().structured_outputs
        encoded = {
            name: tf.TensorSpec(found[name].shape, found[name].dtype, f"encoded_{number}")
            for number, name in enumerate(sorted(found))
        }
        self.answer = tf.function(answer, [encoded], autograph=False)

    def signatures(self) -> dict[str, Any]:
        """``serving_default``, ``predict`` and ``transform_features``, as concrete functions by name."""
        spec, raw = dense_spec(self._description), column_specs(self._description)
        examples = tf.TensorSpec([None], tf.string, name="examples")
        columns = {spec.name: spec for spec in raw.values()}

        def serving_default(examples: tf.Tensor) -> dict[str, tf.Tensor]:
            return self.answer(transform_features(examples))

        def predict(**columns: tf.Tensor) -> dict[str, tf.Tensor]:
            return self.answer(self.encode({name: columns[column.name] for name, column in raw.items()}))

        def transform_features(examples: tf.Tensor) -> dict[str, tf.Tensor]:
            return self.encode(parsed(examples, spec))

        return {
            "serving_default": tf.function(serving_default, autograph=False).get_concrete_function(examples),
            "predict": tf.function(predict, autograph=False).get_concrete_function(**columns),
            "transform_features": tf.function(transform_features, autograph=False).get_concrete_function(examples),
        }


def column_specs(description: Description) -> dict[str, tf.TensorSpec]:
    """A tensor [N] for each raw column, with the name that ``predict`` has for it."""
    kinds, tensors = description.raw(), description.tensors()
    return {name: tf.TensorSpec([None], DTYPES[kind], tensors[name]) for name, kind in kinds.items()}


def named_outputs(scores: tf.Tensor, task: Task, scale: Scale) -> dict[str, tf.Tensor]:
    """What the model's last layer says, with names: see the module's docstring.

    Args:
      scores: float32[N, 1] (binary: of the second class; regression: on the model's scale), float32[N, 3] (of a regression
        with an interval, on the model's scale) or float32[N, classes]; of several tasks theirs side by side.
      scale: what the label's scale was made by; it is undone here.
    """
    if isinstance(scale, SeveralScale):
        found: dict[str, tf.Tensor] = {}
        for (place, part), own in zip(placed(task), scale.parts, strict=True):
            outputs = named_outputs(scores[:, place.answer], part, own)
            found |= {named(part, name): output for name, output in outputs.items()}
        return found
    if isinstance(task, MultiLabel):
        return {"classes": _names(scores >= task.threshold, task.classes), "probabilities": scores}
    if isinstance(scale, WindowScale):
        return {"values": scale.value(scores)}
    if isinstance(scale, LabelScale) and task.classes_or_none is None:
        return dict(zip(task.judged, tf.unstack(scale.value(scores), len(task.judged), axis=1), strict=True))
    if isinstance(task, BinaryClassification):
        scores = tf.concat([1.0 - scores, scores], axis=1)
    best = tf.argmax(scores, axis=1)
    return {
        "class": tf.gather(tf.constant(task.classes_or_none), best),
        "confidence": tf.gather(scores, best, batch_dims=1),
        "probabilities": scores,
    }


def _names(chosen: tf.Tensor, classes: tuple[str, ...]) -> tf.Tensor:
    """bool[N, classes] to string[N]: the names of the chosen ones as a JSON array, written as Python's json does."""
    quoted = [json.dumps(name, ensure_ascii=False) for name in classes]
    before = tf.cumsum(tf.cast(chosen, tf.int32), axis=1, exclusive=True) > 0
    behind = tf.where(before, tf.constant([f", {name}" for name in quoted]), tf.constant(quoted))
    return tf.strings.join(["[", tf.strings.reduce_join(tf.where(chosen, behind, ""), axis=1), "]"])


def export(
    model: keras.Model, description: Description, transform: TransformGraph, scale: Scale, path: str
) -> list[str]:
    """Writes the SavedModel to ``path``; returns the names of its answers' fields."""
    module = ServingModel(model, description, transform, scale)
    signatures = module.signatures()
    tf.saved_model.save(module, path, signatures=signatures)
    return sorted(signatures["predict"].structured_outputs)

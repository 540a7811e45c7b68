"""Dense layers over the concatenation of all encoded features."""

import keras
import tensorflow_transform as tft

from components.models.heads import output_layer
from components.models.pooling import MaskedMean
from components.preprocessing import category_ids, vocabulary_name
from schemas.description import Description
from schemas.features import Category, Feature, Text
from schemas.models import Tabular


def build(spec: Tabular, description: Description, transform_output: tft.TFTransformOutput) -> keras.Model:
    """A functional model with one input per feature, named as the feature.

    Inputs are float32[N] (Number), int64[N] (Category) or int64[N, length] (Text); the output is that of the task.
    """
    inputs, parts = {}, []
    for name, feature in description.features.items():
        shape = (feature.length,) if isinstance(feature, Text) else ()
        dtype = "int64" if isinstance(feature, Category | Text) else "float32"
        inputs[name] = keras.Input(shape, name=name, dtype=dtype)
        parts.append(_part(inputs[name], name, feature, spec, transform_output))
    hidden = keras.layers.Concatenate()(parts) if len(parts) > 1 else parts[0]
    for width in spec.hidden:
        penalty = keras.regularizers.L2(spec.l2) if spec.l2 else None
        hidden = keras.layers.Dense(width, activation="relu", kernel_regularizer=penalty)(hidden)
        hidden = keras.layers.Dropout(spec.dropout)(hidden)
    return keras.Model(inputs, output_layer(description.task)(hidden), name=description.name)


def _part(
    tensor: keras.KerasTensor, name: str, feature: Feature, spec: Tabular, transform_output: tft.TFTransformOutput
) -> keras.KerasTensor:
    """One feature as float32[N, width]."""
    if isinstance(feature, Text):
        ids = transform_output.vocabulary_size_by_name(vocabulary_name(name)) + 2  # padding, unknown
        words = keras.layers.Embedding(ids, _width(ids), mask_zero=True, name=f"{name}_embedding")(tensor)
        return MaskedMean()(words)
    if isinstance(feature, Category):
        ids = category_ids(name, feature, transform_output)
        if ids <= spec.embed_above:
            return keras.ops.one_hot(tensor, ids)
        return keras.layers.Embedding(ids, _width(ids), name=f"{name}_embedding")(tensor)
    return keras.layers.Reshape((1,))(tensor)


def _width(ids: int) -> int:
    """Embedding width: twice the fourth root of the ids (TensorFlow's "Introducing Feature Columns", 2017, has it once)."""
    return max(2, round(2 * ids**0.25))

"""What Transform makes of the features, as the model's builder sees it."""

import re
from dataclasses import dataclass

import keras
import tensorflow_transform as tft

from components.training.models.heads import output_layer
from schemas.description import Description
from schemas.features import Category, Feature, Image, Number, Text
from schemas.tasks import Task


@dataclass(frozen=True)
class Encoded:
    """One tensor of a batch.

    Attributes:
      feature: how its feature is declared.
      shape: without the batch dimension.
      dtype: ``float32`` or ``int64``.
      ids: how many ids there are, 0 to ids - 1, where the tensor holds ids; else 0.
    """

    feature: Feature
    shape: tuple[int, ...]
    dtype: str = "float32"
    ids: int = 0


class Features(dict[str, Encoded]):
    """The tensors that a model is called with, by name: a feature's own name, and ``weights_name`` for TF-IDF weights.

    Attributes:
      name: the dataset.
      task: what is predicted.
    """

    def __init__(self, name: str, task: Task, encoded: dict[str, Encoded]) -> None:
        super().__init__(encoded)
        self.name = name
        self.task = task

    def inputs(self) -> dict[str, keras.KerasTensor]:
        """A Keras input for each, for a functional model. Keras takes neither every name nor that of another layer."""
        return {
            name: keras.Input(one.shape, name=f"input_{number}_{re.sub('[^0-9A-Za-z]', '_', name)}", dtype=one.dtype)
            for number, (name, one) in enumerate(self.items())
        }

    def output(self) -> keras.layers.Layer:
        """The last layer that the task asks for: probabilities, or the label's z-score."""
        return output_layer(self.task)


def weights_name(feature: str) -> str:
    """The tensor with the TF-IDF weights of a text's n-grams."""
    return f"{feature} (weights)"


def vocabulary_name(feature: str) -> str:
    """The name of a feature's vocabulary file; letters and digits, as TFT asks."""
    return "vocabulary_" + "".join(c if c.isalnum() else f"_{ord(c)}_" for c in feature)


def encoded(description: Description, transform_output: tft.TFTransformOutput) -> Features:
    """The tensors of a dataset. Vocabularies have the size that Transform found."""
    found: dict[str, Encoded] = {}
    for name, feature in description.features.items():
        found[name] = _encoded(name, feature, transform_output)
        if isinstance(feature, Text) and feature.encoding == "tf_idf":
            found[weights_name(name)] = Encoded(feature, (feature.length,))
    return Features(description.name, description.task, found)


def _encoded(name: str, feature: Feature, transform_output: tft.TFTransformOutput) -> Encoded:
    match feature:
        case Number(buckets=0):
            return Encoded(feature, (2,) if feature.indicator else ())
        case Number():
            return Encoded(feature, (), "int64", feature.buckets + 1)  # one for a missing value
        case Category():
            known = len(feature.names) + 1 if feature.names else _size(name, transform_output)
            return Encoded(feature, (), "int64", known + 1)  # one out of vocabulary
        case Text():
            special = 2 if feature.encoding == "ids" else 1  # padding, and the unknown word
            return Encoded(feature, (feature.length,), "int64", _size(name, transform_output) + special)
        case Image():
            return Encoded(feature, (feature.height, feature.width, feature.channels))
    raise TypeError(f"no encoding for {feature!r}")


def _size(name: str, transform_output: tft.TFTransformOutput) -> int:
    return transform_output.vocabulary_size_by_name(vocabulary_name(name))

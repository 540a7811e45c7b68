"""What Transform makes of the features, as the model's builder sees it."""

import keras
import tensorflow_transform as tft

from components.training.models.heads import output_layer
from schemas import encoding
from schemas.description import Description
from schemas.encoding import Encoded, vocabulary_name
from schemas.tasks import Task

__all__ = ["Encoded", "Features", "encoded"]


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
        """A Keras input for each, for a functional model."""
        return {
            name: keras.Input(one.shape, name=encoding.input_name(number, name), dtype=one.dtype)
            for number, (name, one) in enumerate(self.items())
        }

    def output(self) -> keras.layers.Layer:
        """The last layer that the task asks for: probabilities, or the label's z-score."""
        return output_layer(self.task)


def encoded(description: Description, transform_output: tft.TFTransformOutput) -> Features:
    """The tensors of a dataset. Vocabularies have the size that Transform found."""

    def size(feature: str) -> int:
        return transform_output.vocabulary_size_by_name(vocabulary_name(feature))

    return Features(description.name, description.task, encoding.encoded(description, size))

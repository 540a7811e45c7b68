"""What Transform makes of the features, as the model's builder sees it."""

from collections.abc import Mapping

import keras
import numpy as np
import tensorflow_transform as tft

from components.features import word_vectors
from components.training.models.heads import output_layer
from schemas import encoding, events
from schemas.description import Description
from schemas.encoding import SPECIAL_WORDS, Encoded, vocabulary_name
from schemas.errors import InputError
from schemas.features import Text
from schemas.home import Home
from schemas.tasks import Task

__all__ = ["Encoded", "Features", "encoded"]


class Features(dict[str, Encoded]):
    """The tensors that a model is called with, by name: a feature's own name, and ``weights_name`` for TF-IDF weights.

    Attributes:
      name: the dataset.
      task: what is predicted.
      vectors: what pretrained word vectors start from, float32[ids, width] by feature.
    """

    def __init__(
        self,
        name: str,
        task: Task,
        encoded: dict[str, Encoded],
        vectors: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        super().__init__(encoded)
        self.name = name
        self.task = task
        self.vectors = dict(vectors or {})

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

    found = encoding.encoded(description, size)
    vectors = {
        name: _pretrained(description.name, name, feature, transform_output)
        for name, feature in description.features.items()
        if isinstance(feature, Text) and feature.pretrained
    }
    return Features(description.name, description.task, found, vectors)


def _pretrained(dataset: str, name: str, feature: Text, transform_output: tft.TFTransformOutput) -> np.ndarray:
    """The vectors that a text's words start from, float32[ids, width]; a note says how many the file has.

    Raises InputError: the file cannot be read, is another one than when the run began, or has none of the words.
    """
    file = feature.pretrained_file(Home.from_environment().data / dataset)
    words = [word.decode() for word in transform_output.vocabulary_by_name(vocabulary_name(name))]
    found = word_vectors.read(file, words)
    if not found:
        raise InputError(f"{file}: it has none of the {len(words)} words of {name}; name a file in the texts' language")
    share = len(found) / len(words)
    events.publish(events.Note(f"{name}: {file.name} has {len(found)} of {len(words)} words ({share:.0%})"))
    return word_vectors.matrix(found, words, SPECIAL_WORDS)

"""Reads a text word by word: embeddings, then convolutions over neighbouring words or a recurrent layer."""

import keras

from components.features.encoded import Features
from components.training.models.layers import dense
from components.training.models.reading import convolved, recurrent, vectors
from schemas.models import Sequence


def build(spec: Sequence, features: Features) -> keras.Model:
    """A functional model; the input is int64[N, length], 0 for padding."""
    inputs = features.inputs()
    ((name, words),) = inputs.items()
    found = vectors(words, features, name, spec.embedding, masked=spec.reader == "gru")
    found = keras.layers.SpatialDropout1D(spec.dropout)(found)
    if spec.reader == "conv":
        read = convolved(words, found, spec.width, spec.kernel, spec)
    else:
        read = recurrent(found, spec.width, spec)
    return keras.Model(inputs, features.output()(dense(read, spec.hidden, spec)), name=features.name)

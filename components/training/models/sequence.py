"""Reads a text word by word: embeddings, then convolutions over neighbouring words or a recurrent layer."""

import keras

from components.features.encoded import Features
from components.training.models.layers import MaskedMean, activated, dense, penalty
from schemas.models import Sequence


def build(spec: Sequence, features: Features) -> keras.Model:
    """A functional model; the input is int64[N, length], 0 for padding."""
    inputs = features.inputs()
    ((name, words),) = inputs.items()
    ids = features[name].ids
    vectors = keras.layers.Embedding(ids, spec.embedding, mask_zero=spec.reader == "gru")(words)
    vectors = keras.layers.SpatialDropout1D(spec.dropout)(vectors)
    read = _convolved(words, vectors, spec) if spec.reader == "conv" else _recurrent(vectors, spec)
    return keras.Model(inputs, features.output()(dense(read, spec.hidden, spec)), name=features.name)


def _convolved(words: keras.KerasTensor, vectors: keras.KerasTensor, spec: Sequence) -> keras.KerasTensor:
    """Each filter's strongest answer anywhere in the text, and its mean answer, padding left out: float32[N, 2 width]."""
    convolution = keras.layers.Conv1D(
        spec.width, spec.kernel, padding="same", use_bias=not spec.batch_norm, kernel_regularizer=penalty(spec)
    )
    is_word = keras.ops.not_equal(words, 0)
    found = activated(convolution(vectors), spec) * keras.ops.cast(is_word, vectors.dtype)[..., None]
    strongest = keras.layers.GlobalMaxPooling1D()(found)  # no answer is below 0, so padding is never the strongest
    return keras.layers.Concatenate()([strongest, MaskedMean()(found, mask=is_word)])


def _recurrent(vectors: keras.KerasTensor, spec: Sequence) -> keras.KerasTensor:
    """The last states of a GRU from the front and of one from the back, padding left out: float32[N, 2 width]."""
    return keras.layers.Bidirectional(keras.layers.GRU(spec.width, kernel_regularizer=penalty(spec)))(vectors)

"""How a text is read whose words are ids in their order: vectors of words, then a mean, convolutions or a recurrent layer."""

import keras

from components.features.encoded import Features
from components.training.models.layers import MaskedMean, activated, penalty
from schemas.models import Regularised


def vectors(words: keras.KerasTensor, features: Features, name: str, width: int, *, masked: bool) -> keras.KerasTensor:
    """Ids int64[N, length] to vectors float32[N, length, width]; the width of a pretrained file's where the text has one.

    Args:
      name: the text's.
      masked: whether padding, id 0, is masked.
    """
    one, given = features[name], features.vectors.get(name)
    if given is None:
        return keras.layers.Embedding(one.ids, width, mask_zero=masked)(words)
    layer = keras.layers.Embedding(
        one.ids, given.shape[1], mask_zero=masked, trainable=getattr(one.feature, "trainable", True)
    )
    found = layer(words)
    layer.embeddings.assign(given)  # not by an initializer, which would write all of them into Keras' JSON
    return found


def convolved(
    words: keras.KerasTensor, read: keras.KerasTensor, width: int, kernel: int, spec: Regularised
) -> keras.KerasTensor:
    """Each filter's strongest answer anywhere in the text, and its mean answer, padding left out: float32[N, 2 width].

    Args:
      words: ids, int64[N, length].
      read: their vectors.
    """
    convolution = keras.layers.Conv1D(
        width, kernel, padding="same", use_bias=not spec.batch_norm, kernel_regularizer=penalty(spec)
    )
    is_word = keras.ops.not_equal(words, 0)
    found = activated(convolution(read), spec) * keras.ops.cast(is_word, read.dtype)[..., None]
    strongest = keras.layers.GlobalMaxPooling1D()(found)  # no answer is below 0, so padding is never the strongest
    return keras.layers.Concatenate()([strongest, MaskedMean()(found, mask=is_word)])


def recurrent(read: keras.KerasTensor, width: int, spec: Regularised) -> keras.KerasTensor:
    """The last states of a GRU from the front and of one from the back, padding (masked) left out: float32[N, 2 width]."""
    return keras.layers.Bidirectional(keras.layers.GRU(width, kernel_regularizer=penalty(spec)))(read)

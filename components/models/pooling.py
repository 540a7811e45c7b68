"""Sequences of vectors to one vector."""

import keras


@keras.saving.register_keras_serializable(package="slipway")
class MaskedMean(keras.layers.Layer):
    """The mean of the vectors that the mask keeps; zeros where it keeps none.

    GlobalAveragePooling1D divides by their number, so that an empty text becomes NaN.
    """

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.supports_masking = True

    def call(self, vectors: keras.KerasTensor, mask: keras.KerasTensor | None = None) -> keras.KerasTensor:
        """vectors float32[N, length, width], mask bool[N, length] (Keras passes it on); returns float32[N, width]."""
        if mask is None:
            return keras.ops.mean(vectors, axis=1)
        weights = keras.ops.expand_dims(keras.ops.cast(mask, vectors.dtype), -1)
        total = keras.ops.sum(vectors * weights, axis=1)
        return total / keras.ops.maximum(keras.ops.sum(weights, axis=1), 1)

    def compute_mask(self, *_: object, **__: object) -> None:
        """None: the output has no sequence that a mask could be of."""

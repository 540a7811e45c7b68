"""What the models share: a regularised dense layer, a bag of weighted ids, and a mean that knows the padding."""

import keras

from schemas.models import Regularised


def penalty(spec: Regularised) -> keras.regularizers.Regularizer | None:
    """The L1 and L2 penalty of a kernel, None where both are 0."""
    return keras.regularizers.L1L2(spec.l1, spec.l2) if spec.l1 or spec.l2 else None


def activated(hidden: keras.KerasTensor, spec: Regularised) -> keras.KerasTensor:
    """A layer's linear outputs, normalised over the batch where asked for, then ReLU."""
    if spec.batch_norm:
        hidden = keras.layers.BatchNormalization()(hidden)
    return keras.layers.ReLU()(hidden)


def dense(hidden: keras.KerasTensor, width: int, spec: Regularised) -> keras.KerasTensor:
    """One hidden layer: float32[N, any] to float32[N, width]."""
    linear = keras.layers.Dense(width, use_bias=not spec.batch_norm, kernel_regularizer=penalty(spec))
    return keras.layers.Dropout(spec.dropout)(activated(linear(hidden), spec))


@keras.saving.register_keras_serializable(package="slipway")
class BagOfIds(keras.layers.Layer):
    """A dense layer without activation over multi-hot (or weighted) vectors that are given as the ids of their non-zeros.

    The product of such a vector and a kernel [ids, width] is the weighted sum of the kernel's rows at the ids. Looking these
    up costs as much as the text is long, and not as the vocabulary is. Id 0 is padding.
    """

    def __init__(
        self,
        ids: int,
        width: int,
        drop: float = 0.0,
        kernel_regularizer: keras.regularizers.Regularizer | None = None,
        **options: object,
    ) -> None:
        """``drop``: the share of the ids that is not seen in training."""
        super().__init__(**options)
        self.ids = ids
        self.width = width
        self.drop = drop
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self._dropout = keras.layers.Dropout(drop)

    def build(self, *_: object) -> None:
        """Makes the kernel, float32[ids, width], and the bias, float32[width]."""
        # A text has some hundred ids: as if the kernel had that many inputs, not the vocabulary's size.
        start = keras.initializers.RandomNormal(stddev=0.05)
        self.kernel = self.add_weight((self.ids, self.width), start, name="kernel", regularizer=self.kernel_regularizer)
        self.bias = self.add_weight((self.width,), "zeros", name="bias")

    def call(
        self, ids: keras.KerasTensor, weights: keras.KerasTensor | None = None, training: bool = False
    ) -> keras.KerasTensor:
        """ids int64[N, length], weights float32[N, length] or None for ones; returns float32[N, width]."""
        kept = keras.ops.cast(keras.ops.not_equal(ids, 0), self.compute_dtype)
        if weights is not None:
            kept = kept * weights
        kept = self._dropout(kept, training=training)
        rows = keras.ops.take(self.kernel, ids, axis=0)
        return keras.ops.einsum("nl,nlw->nw", kept, rows) + self.bias

    def get_config(self) -> dict[str, object]:
        """Keras's form of the layer."""
        penalty = keras.regularizers.serialize(self.kernel_regularizer)
        return super().get_config() | {
            "ids": self.ids,
            "width": self.width,
            "drop": self.drop,
            "kernel_regularizer": penalty,
        }


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
        # In float32: half-precision numbers cannot count to the length of a text.
        weights = keras.ops.expand_dims(keras.ops.cast(mask, "float32"), -1)
        total = keras.ops.sum(keras.ops.cast(vectors, "float32") * weights, axis=1)
        mean = total / keras.ops.maximum(keras.ops.sum(weights, axis=1), 1)
        return keras.ops.cast(mean, self.compute_dtype)

    def compute_mask(self, *_: object, **__: object) -> None:
        """None: the output has no sequence that a mask could be of."""

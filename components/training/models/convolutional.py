"""A small convolutional network for one picture."""

import keras

from components.features.encoded import Features
from components.training.models.augmentation import augmented
from components.training.models.layers import activated, dense, penalty
from schemas.models import Convolutional


def build(spec: Convolutional, features: Features) -> keras.Model:
    """A functional model; the input is float32[N, height, width, channels] in 0..1."""
    inputs = features.inputs()
    (picture,) = inputs.values()
    hidden = augmented(picture, spec)
    for filters in spec.filters:
        for _ in range(2):
            convolution = keras.layers.Conv2D(
                filters, 3, padding="same", use_bias=not spec.batch_norm, kernel_regularizer=penalty(spec)
            )
            hidden = activated(convolution(hidden), spec)
        hidden = keras.layers.MaxPooling2D(2, padding="same")(hidden)
        hidden = keras.layers.Dropout(spec.dropout)(hidden)
    hidden = dense(keras.layers.Flatten()(hidden), spec.hidden, spec)
    return keras.Model(inputs, features.output()(hidden), name=features.name)

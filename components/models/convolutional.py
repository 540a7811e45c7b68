"""A small convolutional network for one picture."""

import keras

from components.encoded import Features
from components.models.layers import activated, dense, penalty
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


def augmented(picture: keras.KerasTensor, spec: Convolutional) -> keras.KerasTensor:
    """The picture changed at random as the spec says, in training alone: these layers pass it on otherwise.

    What comes into view at the edge is black.
    """
    edge = {"fill_mode": "constant", "fill_value": 0.0}
    if spec.flip:
        picture = keras.layers.RandomFlip("horizontal")(picture)
    if spec.shift:
        picture = keras.layers.RandomTranslation(spec.shift, spec.shift, **edge)(picture)
    if spec.rotate:
        picture = keras.layers.RandomRotation(spec.rotate, **edge)(picture)
    if spec.zoom:
        picture = keras.layers.RandomZoom(spec.zoom, **edge)(picture)
    return picture

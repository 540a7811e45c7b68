"""A small convolutional network for one picture."""

import keras

from components.features.encoded import Features
from components.training.models.augmentation import augmented
from components.training.models.layers import dense
from components.training.models.seeing import seen
from schemas.models import Convolutional


def build(spec: Convolutional, features: Features) -> keras.Model:
    """A functional model; the input is float32[N, height, width, channels] in 0..1."""
    inputs = features.inputs()
    (picture,) = inputs.values()
    hidden = dense(seen(augmented(picture, spec), spec.filters, spec), spec.hidden, spec)
    return keras.Model(inputs, features.output()(hidden), name=features.name)

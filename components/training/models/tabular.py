"""Dense layers over all encoded features side by side, with or without a linear model beside them."""

import keras

from components.features.encoded import Features
from components.training.models.layers import dense, penalty
from components.training.models.parts import flat, numbers
from components.training.models.periodic import Periodic
from schemas.models import Tabular


def build(spec: Tabular, features: Features) -> keras.Model:
    """A functional model with one input per tensor; the output is that of the task."""
    inputs = features.inputs()
    everything = flat(inputs, features, spec)
    if spec.periodic and (found := numbers(inputs, features, spec)) is not None:
        # In float32 whatever the others compute in: half precision has no angle of several turns.
        everything = keras.layers.Concatenate()([everything, Periodic(spec.periodic, dtype="float32")(found)])
    hidden = everything
    for width in spec.hidden:
        hidden = dense(hidden, width, spec)
    if spec.wide:
        # Side by side before the last layer, which is linear in both: the sum of a deep and a linear model.
        hidden = keras.layers.Concatenate()([hidden, everything])
    output = features.output()
    output.kernel_regularizer = penalty(spec)
    return keras.Model(inputs, output(hidden), name=features.name)

"""The user's own Keras model."""

import keras

from components import derived
from components.encoded import Features
from components.models.parts import flat
from schemas.errors import SpecError
from schemas.models import Custom

_EMBED_ABOVE = 16


def build(spec: Custom, features: Features) -> keras.Model:
    """Calls the user's ``build(features)``, and connects what it gives to the inputs.

    A functional or subclassed model is called with a dict of tensors, as ``features.inputs()`` has them. A Sequential one
    takes one tensor: that of the only feature, or all of them side by side (components.models.parts).

    Raises:
      SpecError: what the function returns is no Keras model, or its answer has not the width that the task asks for.
    """
    made = derived.load(spec.build)(features)
    if not isinstance(made, keras.Model):
        raise SpecError(f"{spec.build}: received {type(made).__name__}; a keras.Model is expected")
    inputs = features.inputs()
    alone = next(iter(inputs.values())) if len(inputs) == 1 else None
    if isinstance(made, keras.Sequential):
        answer = made(flat(inputs, features, _EMBED_ABOVE) if alone is None else alone)
    else:
        answer = made(inputs)
    width = features.output().units
    if tuple(answer.shape) != (None, width):
        raise SpecError(
            f"{spec.build}: the model answers with shape {tuple(answer.shape)}; (None, {width}) is expected, "
            "such as features.output() gives as the last layer"
        )
    return keras.Model(inputs, answer, name=features.name)

"""The user's own Keras model."""

import keras

from components.features import derived
from components.features.encoded import Features
from components.training.models.parts import flat
from schemas.errors import SpecError
from schemas.models import Custom, Tabular

_SIDE_BY_SIDE = Tabular(filters=())


def build(spec: Custom, features: Features) -> keras.Model:
    """Calls the user's ``build(features)``, and connects what it gives to the inputs.

    A functional or subclassed model is called with a dict of tensors, as ``features.inputs()`` has them. A Sequential one
    takes one tensor: that of the only feature, or all of them side by side (components.training.models.parts).

    Raises:
      SpecError: what the function raises; what it returns is no Keras model, or answers not as the task asks for.
    """
    inputs = features.inputs()
    try:
        made = derived.load(spec.build)(features)
        if not isinstance(made, keras.Model):
            raise SpecError(f"{spec.build}: received {type(made).__name__}; a keras.Model is expected")
        answer = made(_one_tensor(inputs, features) if isinstance(made, keras.Sequential) else inputs)
    except SpecError:
        raise
    except Exception as error:  # the user's code may raise anything
        raise SpecError(f"{spec.build}: {type(error).__name__}: {error}; correct the model") from error
    shape, width = tuple(getattr(answer, "shape", ())), features.output().units
    if shape != (None, width):
        received = f"with shape {shape}" if shape else f"with a {type(answer).__name__}"
        raise SpecError(
            f"{spec.build}: the model answers {received}; one tensor of shape (None, {width}) is expected, "
            "such as features.output() gives as the last layer"
        )
    if answer.dtype != "float32":  # the user's own last layer, in half precision
        answer = keras.layers.Activation("linear", dtype="float32")(answer)
    return keras.Model(inputs, answer, name=features.name)


def _one_tensor(inputs: dict[str, keras.KerasTensor], features: Features) -> keras.KerasTensor:
    """What a Sequential model gets: a picture or a text as it is, else all features side by side."""
    ((name, one), *others) = features.items()
    return flat(inputs, features, _SIDE_BY_SIDE) if others or not one.shape else inputs[name]

"""A small convolutional network for one picture."""

import keras
import tensorflow_transform as tft

from components.models.heads import output_layer
from schemas.description import Description
from schemas.features import Image
from schemas.models import Convolutional


def build(spec: Convolutional, description: Description, transform_output: tft.TFTransformOutput) -> keras.Model:
    """A functional model; the input is float32[N, height, width, channels] in 0..1, named as the feature."""
    ((name, feature),) = description.features.items()
    assert isinstance(feature, Image)
    picture = keras.Input((feature.height, feature.width, feature.channels), name=name)
    hidden = picture
    for filters in spec.filters:
        for _ in range(2):
            hidden = keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(hidden)
        hidden = keras.layers.MaxPooling2D(2, padding="same")(hidden)
        hidden = keras.layers.Dropout(spec.dropout)(hidden)
    hidden = keras.layers.Dense(spec.hidden, activation="relu")(keras.layers.Flatten()(hidden))
    hidden = keras.layers.Dropout(spec.dropout)(hidden)
    return keras.Model({name: picture}, output_layer(description.task)(hidden), name=description.name)

"""How a picture is seen: blocks of convolutions, each halving its size."""

import keras

from components.training.models.layers import activated, penalty
from schemas.models import Regularised


def seen(picture: keras.KerasTensor, filters: tuple[int, ...], spec: Regularised) -> keras.KerasTensor:
    """float32[N, height, width, channels] to float32[N, any]: two 3 x 3 convolutions and a pooling for each of ``filters``."""
    hidden = picture
    for channels in filters:
        for _ in range(2):
            convolution = keras.layers.Conv2D(
                channels, 3, padding="same", use_bias=not spec.batch_norm, kernel_regularizer=penalty(spec)
            )
            hidden = activated(convolution(hidden), spec)
        hidden = keras.layers.MaxPooling2D(2, padding="same")(hidden)
        hidden = keras.layers.Dropout(spec.dropout)(hidden)
    return keras.layers.Flatten()(hidden)

"""Pictures changed at random in training."""

from typing import Any

import keras

from schemas.models import Convolutional


@keras.saving.register_keras_serializable(package="slipway")
class InTraining(keras.layers.Layer):
    """Layers that are called in training alone; otherwise the input is passed on.

    Keras's random layers do nothing outside of training either, but leave the state of their random numbers in the graph,
    with which it cannot be exported.
    """

    def __init__(self, layers: list[keras.layers.Layer], **options: Any) -> None:
        super().__init__(**options)
        self.layers = [
            keras.saving.deserialize_keras_object(layer) if isinstance(layer, dict) else layer for layer in layers
        ]

    def call(self, pictures: keras.KerasTensor, training: bool = False) -> keras.KerasTensor:
        """float32[N, height, width, channels] to the same."""
        for layer in self.layers if training else ():
            pictures = layer(pictures, training=True)
        return pictures

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """That of the input: pictures keep their size."""
        return shape

    def get_config(self) -> dict[str, Any]:
        """Keras's form of the layer, with the layers inside of it."""
        return super().get_config() | {"layers": [keras.saving.serialize_keras_object(layer) for layer in self.layers]}


def augmented(picture: keras.KerasTensor, spec: Convolutional) -> keras.KerasTensor:
    """The picture changed at random as the spec says, in training alone. What comes into view at the edge is black."""
    edge = {"fill_mode": "constant", "fill_value": 0.0}
    layers: list[keras.layers.Layer] = [keras.layers.RandomFlip("horizontal")] if spec.flip else []
    if spec.shift:
        layers.append(keras.layers.RandomTranslation(spec.shift, spec.shift, **edge))
    if spec.rotate:
        layers.append(keras.layers.RandomRotation(spec.rotate, **edge))
    if spec.zoom:
        layers.append(keras.layers.RandomZoom(spec.zoom, **edge))
    return InTraining(layers)(picture) if layers else picture

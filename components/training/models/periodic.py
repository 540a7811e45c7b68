"""Numbers seen through sines and cosines, so that a small network can follow what is neither smooth nor monotone."""

import math

import keras


@keras.saving.register_keras_serializable(package="slipway")
class Periodic(keras.layers.Layer):
    """Each number by itself to ``width`` numbers: a dense layer with ReLU over sines and cosines of learned frequencies.

    Gorishniy, Rubachev and Babenko, "On Embeddings for Numerical Features in Tabular Deep Learning", 2022 (PLR). The
    frequencies begin as samples of the standard normal distribution.
    """

    def __init__(self, frequencies: int, width: int = 8, **options: object) -> None:
        """``frequencies`` of each number, and ``width``, what it becomes."""
        super().__init__(**options)
        self.frequencies = frequencies
        self.width = width

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Makes the weights of float32[N, numbers]."""
        numbers = shape[-1]
        normal = keras.initializers.RandomNormal(stddev=1.0)
        self.frequency = self.add_weight((numbers, self.frequencies), normal, name="frequency")
        self.kernel = self.add_weight((numbers, 2 * self.frequencies, self.width), "glorot_uniform", name="kernel")
        self.bias = self.add_weight((numbers, self.width), "zeros", name="bias")

    def call(self, numbers: keras.KerasTensor) -> keras.KerasTensor:
        """float32[N, numbers] to float32[N, numbers * width]."""
        angles = 2 * math.pi * numbers[..., None] * self.frequency
        waves = keras.ops.concatenate([keras.ops.sin(angles), keras.ops.cos(angles)], axis=-1)
        found = keras.ops.relu(keras.ops.einsum("nfk,fkw->nfw", waves, self.kernel) + self.bias)
        return keras.ops.reshape(found, (-1, numbers.shape[-1] * self.width))

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Of ``call``."""
        return (shape[0], (shape[-1] or 0) * self.width)

    def get_config(self) -> dict[str, object]:
        """What the constructor takes."""
        return {**super().get_config(), "frequencies": self.frequencies, "width": self.width}

"""What follows a model's last dense layer, where a task's answer is no plain vector of numbers or shares.

A drawn, a custom and a built-in model all end with the dense layer of ``Task.output``; the ending is put behind it, so that
none of them needs to know it.
"""

import itertools
import math

import keras

from schemas.tasks import Ordinal, Regression, Task


def ended(model: keras.Model, task: Task) -> keras.Model:
    """The model with the task's ending; the model itself where the task has none."""
    ending = ending_of(task)
    return model if ending is None else keras.Model(model.input, ending(model.output), name=model.name)


def ending_of(task: Task) -> keras.layers.Layer | None:
    """The layer that follows the last dense one, or None. In float32 as that one, whatever the other layers compute in."""
    if isinstance(task, Ordinal):
        return CumulativeLink(len(task.classes), name="classes", dtype="float32")
    return Ends(name="ends", dtype="float32") if isinstance(task, Regression) and task.quantiles is not None else None


def unended(model: keras.Model) -> keras.Model:
    """The inverse of ``ended``: what a person draws, and goes on from."""
    last = model.layers[-1]
    return keras.Model(model.input, last.input, name=model.name) if isinstance(last, Ends | CumulativeLink) else model


@keras.saving.register_keras_serializable(package="slipway")
class Ends(keras.layers.Layer):
    """A value and how far its interval reaches, to the value and the interval's two ends, which never cross it.

    The reach is a softplus, so that it is above 0. The value learns by its own loss alone: the ends do not move it.
    """

    def call(self, scores: keras.KerasTensor) -> keras.KerasTensor:
        """float32[N, 3] to float32[N, 3]: value, low, high."""
        value = scores[:, :1]
        fixed = keras.ops.stop_gradient(value)
        below, above = keras.ops.softplus(scores[:, 1:2]), keras.ops.softplus(scores[:, 2:])
        return keras.ops.concatenate([value, fixed - below, fixed + above], axis=1)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """That of the input."""
        return shape


@keras.saving.register_keras_serializable(package="slipway")
class CumulativeLink(keras.layers.Layer):
    """A score to the probabilities of ordered classes: the proportional-odds model (McCullagh, 1980).

    P(class <= k) = sigmoid(t_k - score), with thresholds t that rise: the first is free, each other one a softplus above it.
    They begin where a score of 0 gives every class the same probability.

    Args:
      classes: how many, at least 2.
    """

    def __init__(self, classes: int, **options: object) -> None:
        super().__init__(**options)
        self.classes = classes

    def build(self, *_: object) -> None:
        """Makes the first threshold, and by how much each is above the one before: float32[1], float32[classes - 2]."""
        shares = [(index + 1) / self.classes for index in range(self.classes - 1)]
        equal = [math.log(share / (1 - share)) for share in shares]
        steps = [math.log(math.expm1(high - low)) for low, high in itertools.pairwise(equal)]  # the inverse of softplus
        self.first = self.add_weight((1,), keras.initializers.Constant(equal[0]), name="first")
        start = keras.initializers.Constant(steps) if steps else "zeros"
        self.steps = self.add_weight((len(steps),), start, name="steps")

    def call(self, scores: keras.KerasTensor) -> keras.KerasTensor:
        """float32[N, 1] to float32[N, classes]."""
        rising = keras.ops.concatenate([self.first, keras.ops.softplus(self.steps)])
        thresholds = keras.ops.cumsum(rising) - scores
        below, above = thresholds[:, :-1], thresholds[:, 1:]
        # sigmoid(above) - sigmoid(below) without the difference of two numbers near 1.
        between = keras.ops.sigmoid(above) * keras.ops.sigmoid(-below) * -keras.ops.expm1(below - above)
        first, last = keras.ops.sigmoid(thresholds[:, :1]), keras.ops.sigmoid(-thresholds[:, -1:])
        return keras.ops.concatenate([first, between, last], axis=1)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """A probability for each class."""
        return (*shape[:-1], self.classes)

    def get_config(self) -> dict[str, object]:
        """Keras's form of the layer."""
        return super().get_config() | {"classes": self.classes}


@keras.saving.register_keras_serializable(package="slipway")
class Widened(keras.layers.Layer):
    """Intervals with both ends moved outwards by a margin, or inwards by a negative one, though not beyond the value.

    Args:
      margin: on the model's scale.
    """

    def __init__(self, margin: float, **options: object) -> None:
        super().__init__(**options)
        self.margin = margin

    def call(self, ends: keras.KerasTensor) -> keras.KerasTensor:
        """float32[N, 3] to float32[N, 3]: value, low, high."""
        value, low, high = ends[:, :1], ends[:, 1:2], ends[:, 2:]
        low = keras.ops.minimum(low - self.margin, value)
        high = keras.ops.maximum(high + self.margin, value)
        return keras.ops.concatenate([value, low, high], axis=1)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """That of the input."""
        return shape

    def get_config(self) -> dict[str, object]:
        """Keras's form of the layer."""
        return super().get_config() | {"margin": self.margin}

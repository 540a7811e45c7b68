"""What follows a model's last dense layer, where a task's answer is no plain vector of numbers or shares.

A drawn, a custom and a built-in model all end with the dense layer of ``Task.output``; the ending is put behind it, so that
none of them needs to know it.
"""

import itertools
import math
from dataclasses import dataclass

import keras

from schemas import codec
from schemas.tasks import CLASS, CLASSES, BinaryClassification, Ordinal, Regression, Several, Task


@dataclass(frozen=True)
class Place:
    """Where one of several tasks stands.

    Attributes:
      label: its columns in the matrix of labels (components.features.scales.SeveralScale).
      answer: its columns in the model's answer.
    """

    label: slice
    answer: slice


def placed(task: Task) -> list[tuple[Place, Task]]:
    """The tasks of one label each, with their places; a single task's are the first columns."""
    found, label, answer = [], 0, 0
    for part in task.parts:
        of_label = len(part.classes_or_none or ()) if part.kind == CLASSES else 1
        found.append((Place(slice(label, label + of_label), slice(answer, answer + answer_width(part))), part))
        label, answer = label + of_label, answer + answer_width(part)
    return found


def answer_width(task: Task) -> int:
    """How many columns a model's answer to a task of one label has."""
    if task.kind == CLASS and not isinstance(task, BinaryClassification):
        return len(task.classes_or_none or ())
    width: int = task.output["units"]
    return width


def ended(model: keras.Model, task: Task) -> keras.Model:
    """The model with the task's ending; the model itself where the task has none."""
    ending = ending_of(task)
    return model if ending is None else keras.Model(model.input, ending(model.output), name=model.name)


def ending_of(task: Task) -> keras.layers.Layer | None:
    """The layer that follows the last dense one, or None. In float32 as that one, whatever the other layers compute in."""
    if isinstance(task, Several):
        return Heads(codec.dumps(task), name="answers", dtype="float32")
    if isinstance(task, Ordinal):
        return CumulativeLink(len(task.classes), name="classes", dtype="float32")
    return Ends(name="ends", dtype="float32") if isinstance(task, Regression) and task.quantiles is not None else None


def unended(model: keras.Model) -> keras.Model:
    """The inverse of ``ended``: what a person draws, and goes on from."""
    last = model.layers[-1]
    return (
        keras.Model(model.input, last.input, name=model.name)
        if isinstance(last, Ends | CumulativeLink | Heads)
        else model
    )


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
      first: the column of the value, behind which low and high stand; other columns stay as they are.
    """

    def __init__(self, margin: float, first: int = 0, **options: object) -> None:
        super().__init__(**options)
        self.margin = margin
        self.first = first

    def call(self, ends: keras.KerasTensor) -> keras.KerasTensor:
        """float32[N, columns] to the same shape."""
        at = self.first
        value, low, high = ends[:, at : at + 1], ends[:, at + 1 : at + 2], ends[:, at + 2 : at + 3]
        low = keras.ops.minimum(low - self.margin, value)
        high = keras.ops.maximum(high + self.margin, value)
        return keras.ops.concatenate([ends[:, : at + 1], low, high, ends[:, at + 3 :]], axis=1)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """That of the input."""
        return shape

    def get_config(self) -> dict[str, object]:
        """Keras's form of the layer."""
        return super().get_config() | {"margin": self.margin, "first": self.first}


@keras.saving.register_keras_serializable(package="slipway")
class Heads(keras.layers.Layer):
    """The dense layers of several tasks, side by side, to their answers: each one's activation, and its own ending.

    Args:
      task: the tasks as JSON (schemas.codec).
    """

    def __init__(self, task: str, **options: object) -> None:
        super().__init__(**options)
        self.task = task
        parts = codec.loads(task).parts
        self._widths = [part.output["units"] for part in parts]
        self._activations = [keras.activations.get(part.output.get("activation")) for part in parts]
        self._endings = [ending_of(part) or keras.layers.Identity(dtype="float32") for part in parts]
        self._answers = sum(map(answer_width, parts))

    def build(self, *_: object) -> None:
        """Makes the weights of the endings that have some."""
        for width, ending in zip(self._widths, self._endings, strict=True):
            ending.build((None, width))

    def call(self, scores: keras.KerasTensor) -> keras.KerasTensor:
        """float32[N, units of all heads] to float32[N, columns of all answers]."""
        cuts = list(itertools.accumulate(self._widths))[:-1]
        heads = zip(keras.ops.split(scores, cuts, axis=1), self._activations, self._endings, strict=True)
        return keras.ops.concatenate([ending(activate(head)) for head, activate, ending in heads], axis=1)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """A column for each number of all answers."""
        return (*shape[:-1], self._answers)

    def get_config(self) -> dict[str, object]:
        """Keras's form of the layer."""
        return super().get_config() | {"task": self.task}

"""The last layer of a model, its loss, its metric and its optimizer: they follow from the task and the training."""

from collections.abc import Callable
from typing import Any

import keras

from components.training.models.endings import placed
from schemas.tasks import BinaryClassification, Classification, Forecast, MultiLabel, Regression, Several, Task
from schemas.training import Training

# Steps that run in one call from Python: small steps take less time than the call does.
_STEPS_PER_EXECUTION = 16
_WARM_UP = 0.1  # share of all steps
_OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "nadam": keras.optimizers.Nadam,
    "rmsprop": keras.optimizers.RMSprop,
    "sgd": keras.optimizers.SGD,
    "lion": keras.optimizers.Lion,
}
Loss = Callable[[Any, Any], Any]
_REGRESSION_LOSSES: dict[str, Loss] = {
    "squared": keras.losses.mean_squared_error,
    "absolute": keras.losses.mean_absolute_error,
    "huber": keras.losses.huber,
}


def output_layer(task: Task) -> keras.layers.Dense:
    """The last layer that the task asks for (schemas.tasks.Task.output)."""
    return keras.layers.Dense(**task.output)


def loss_of(task: Task, training: Training) -> Loss:
    """The loss that the weights are learned by, as Keras calls one: labels and answers to a loss for each row, float32[N].

    Labels are int64[N] class indices (float32[N] for a regression); of a binary classification or a regression they may stand
    in a column of their own, [N, 1]. Of any number of classes they are float32[N, classes] of 0 and 1; of several tasks those
    of each, side by side.
    """
    if isinstance(task, Several):
        return _weighted_sum(task, training)
    name = training.loss_of(task)
    if isinstance(task, BinaryClassification | MultiLabel):
        return _binary_loss(name, training)
    if isinstance(task, Classification):
        return _multiclass_loss(name, len(task.classes), training)
    if isinstance(task, Forecast):
        return _of_values_to_come(_REGRESSION_LOSSES[name], task.horizon)
    plain = _REGRESSION_LOSSES[name]
    return _with_ends(plain, task.quantiles) if isinstance(task, Regression) and task.quantiles else plain


def _weighted_sum(task: Several, training: Training) -> Loss:
    parts = [(place, part.weight, loss_of(part, training)) for place, part in placed(task)]

    def loss(label: Any, answer: Any) -> Any:
        return sum(weight * own(label[:, place.label], answer[:, place.answer]) for place, weight, own in parts)

    return loss


def _with_ends(plain: Loss, quantiles: tuple[float, float]) -> Loss:
    """The loss of the value, and the pinball losses of the two ends (Koenker and Bassett, 1978)."""

    def loss(label: Any, answer: Any) -> Any:
        truth = keras.ops.cast(keras.ops.reshape(label, [-1, 1]), answer.dtype)
        errors = truth - answer[:, 1:]
        shares = keras.ops.convert_to_tensor(quantiles, answer.dtype)
        ends = keras.ops.maximum(shares * errors, (shares - 1) * errors)
        return plain(truth, answer[:, :1]) + keras.ops.sum(ends, axis=1)

    return loss


def _of_values_to_come(plain: Loss, horizon: int) -> Loss:
    """The mean over the steps; the label of a forecast has more than what came (schemas.tasks.Forecast.label_width)."""
    return lambda label, answer: plain(label[:, :horizon], answer)


def _binary_loss(name: str, training: Training) -> Loss:
    smoothing = training.label_smoothing
    if name == "focal":
        return lambda label, answer: keras.losses.binary_focal_crossentropy(
            label, answer, gamma=training.focal_gamma, label_smoothing=smoothing
        )
    if smoothing:
        return lambda label, answer: keras.losses.binary_crossentropy(label, answer, label_smoothing=smoothing)
    return keras.losses.binary_crossentropy


def _multiclass_loss(name: str, classes: int, training: Training) -> Loss:
    smoothing = training.label_smoothing
    if name == "cross_entropy" and not smoothing:
        return keras.losses.sparse_categorical_crossentropy

    def loss(label: Any, answer: Any) -> Any:
        # Keras's sparse losses neither smooth labels nor know a focal form.
        one_hot = keras.ops.one_hot(keras.ops.reshape(label, [-1]), classes, dtype=answer.dtype)
        if name == "focal":  # alpha, a constant factor, is 1, so that gamma 0 is the cross-entropy
            return keras.losses.categorical_focal_crossentropy(
                one_hot, answer, alpha=1.0, gamma=training.focal_gamma, label_smoothing=smoothing
            )
        return keras.losses.categorical_crossentropy(one_hot, answer, label_smoothing=smoothing)

    return loss


def accuracy_of(task: Task) -> Callable[[Any, Any], Any] | None:
    """Whether each answer is right: 1 or 0 by row (of any number of classes the share that is), from labels and answers; None
    for a number, and for several tasks."""
    if isinstance(task, BinaryClassification | MultiLabel):
        return keras.metrics.binary_accuracy
    return keras.metrics.sparse_categorical_accuracy if isinstance(task, Classification) else None


def compile_for(model: keras.Model, task: Task, training: Training, steps: int) -> None:
    """Compiles with the optimizer and loss asked for; the metric shown by epoch is the task's primary one where Keras has it.

    A model of half-precision layers gets a loss that is scaled up, so that small gradients are not rounded to 0.

    Args:
      steps: how many steps an epoch has.
    """
    metrics: list[keras.metrics.Metric] = []
    if isinstance(task, BinaryClassification | MultiLabel):
        metrics = [keras.metrics.BinaryAccuracy(name="accuracy")]
    elif isinstance(task, Classification):
        metrics = [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]
    optimizer = optimizer_for(training, training.epochs * steps)
    if training.precision == "mixed_float16":
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    model.compile(
        optimizer,
        loss_of(task, training),
        metrics=metrics,
        steps_per_execution=_steps_per_execution(training, steps),
        jit_compile=training.xla,
        auto_scale_loss=False,  # Keras looks at the whole model's policy, which is not that of its layers
    )


def _steps_per_execution(training: Training, steps: int) -> int:
    """Where an epoch ends before the data does, Keras runs the last call's steps to their end, beyond the epoch's."""
    if steps < training.steps_per_epoch:
        return _STEPS_PER_EXECUTION
    return max(few for few in range(1, _STEPS_PER_EXECUTION + 1) if steps % few == 0)


def optimizer_for(training: Training, steps: int) -> keras.optimizers.Optimizer:
    """The optimizer that is asked for; ``steps`` are those of all epochs, for the schedule."""
    rate: float | keras.optimizers.schedules.LearningRateSchedule = training.learning_rate
    if training.schedule == "cosine":
        warm_up = max(1, int(steps * _WARM_UP))
        rate = keras.optimizers.schedules.CosineDecay(
            0.0, max(1, steps - warm_up), warmup_target=training.learning_rate, warmup_steps=warm_up
        )
    own = {"momentum": training.momentum, "nesterov": True} if training.optimizer == "sgd" else {}
    name, decay = training.optimizer, training.weight_decay or None
    if name in ("adam", "adamw"):  # Keras's AdamW takes no None
        name = "adamw" if decay else "adam"
    return _OPTIMIZERS[name](rate, weight_decay=decay, **own)

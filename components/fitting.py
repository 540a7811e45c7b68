"""Keras's fit with early stopping, progress and TensorBoard, for one model or an ensemble of them."""

import dataclasses
import math
import os
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from components import progress
from components.datasets import Held
from components.encoded import Features
from components.models.heads import compile_for
from schemas.tasks import Classification, Task
from schemas.training import Training

_EVAL_BATCH = 512
_SEEDS = 2**31


@dataclasses.dataclass(frozen=True)
class Data:
    """What a model is fitted to.

    Attributes:
      train, evaluation: the encoded examples.
      summary: ExampleGen's summary of the train split.
    """

    train: Held
    evaluation: Held
    summary: dict[str, Any]


def fit_ensemble(
    make: Callable[[], keras.Model],
    features: Features,
    data: Data,
    training: Training,
    strategy: tf.distribute.Strategy,
    logs: str,
) -> keras.Model:
    """Fits ``training.ensemble`` models, each with a seed of its own; returns the one, or the mean of their answers."""
    steps = steps_of(data.train.rows, training)
    keras.utils.set_random_seed(_seed(training, 0))
    with strategy.scope():
        fitter = make()
        compile_for(fitter, features.task, training, steps)
    if training.ensemble == 1:
        fit(fitter, data, features.task, training, logs)
        return fitter
    # One model is fitted again and again from other weights: a new one's functions would have to be traced anew, which takes
    # longer than a small model's training.
    fitter.optimizer.build(fitter.trainable_variables)
    at_first = [variable.numpy() for variable in fitter.optimizer.variables]
    fitted = []
    for member in range(training.ensemble):
        own = dataclasses.replace(training, seed=_seed(training, member))
        keras.utils.set_random_seed(own.seed)
        with strategy.scope():
            model = make()
        model.name = f"{model.name}_{member + 1}"
        # Weights, dropout's seeds, Adam's moments.
        begin = [*(variable.numpy() for variable in model.variables), *at_first]
        for variable, value in zip([*fitter.variables, *fitter.optimizer.variables], begin, strict=True):
            variable.assign(value)
        named = f" of model {member + 1}/{training.ensemble}"
        fit(fitter, data, features.task, own, os.path.join(logs, f"model_{member + 1}"), named)
        model.set_weights(fitter.get_weights())
        fitted.append(model)
    inputs = features.inputs()
    return keras.Model(inputs, keras.layers.Average()([model(inputs) for model in fitted]))


def _seed(training: Training, member: int) -> int:
    """Another one for each member of each ensemble; that of the page for a single model."""
    return (training.seed * training.ensemble + member) % _SEEDS


def steps_of(rows: int, training: Training) -> int:
    """The steps of an epoch."""
    return min(math.ceil(rows / training.batch_size), training.steps_per_epoch)


def fit(
    model: keras.Model, data: Data, task: Task, training: Training, logs: str, named: str = ""
) -> keras.callbacks.History:
    """Trains until the eval loss has not fallen for ``patience`` epochs; the model keeps its best weights.

    Args:
      logs: the folder for TensorBoard.
      named: which model it is, for the progress reports.
    """
    long = data.train.rows > training.steps_per_epoch * training.batch_size
    return model.fit(
        data.train.shuffled(training.batch_size, training.seed, endless=long),
        steps_per_epoch=training.steps_per_epoch if long else None,
        validation_data=data.evaluation.in_order(_EVAL_BATCH),
        epochs=training.epochs,
        verbose=0,
        class_weight=class_weights(task, data.summary) if training.balanced else None,
        callbacks=[
            keras.callbacks.EarlyStopping(
                "val_loss", mode="min", patience=training.patience, restore_best_weights=True
            ),
            keras.callbacks.TensorBoard(logs, write_graph=False),
            EpochReport(training.epochs, named),
        ],
    )


def class_weights(task: Task, summary: dict[str, Any]) -> dict[int, float] | None:
    """For each class n / (classes x its examples), as scikit-learn's "balanced"; None for a regression."""
    if not isinstance(task, Classification):
        return None
    counts = {int(index): count for index, count in summary["label"]["counts"].items()}
    return {index: summary["rows"] / (len(counts) * count) for index, count in counts.items()}


class EpochReport(keras.callbacks.Callback):
    """Tells the progress listeners about each epoch."""

    def __init__(self, epochs: int, named: str = "") -> None:
        super().__init__()
        self._epochs = epochs
        self._named = named

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        values = {name.replace("val_", "eval "): value for name, value in sorted((logs or {}).items(), reverse=True)}
        shown = ", ".join(f"{name} {value:.4g}" for name, value in values.items())
        progress.report(f"epoch {epoch + 1}/{self._epochs}{self._named}: {shown}")

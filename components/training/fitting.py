"""Fitting with early stopping, progress and TensorBoard, for one model or an ensemble of them, on any devices."""

import dataclasses
import math
import os
from collections.abc import Callable
from typing import Any

import keras

from components.data.summary import SplitSummary, class_counts
from components.features.encoded import Features
from components.training import precision
from components.training.checkpoints import Checkpoints, Progress, restore
from components.training.datasets import EVAL_BATCH, Examples
from components.training.devices import Devices
from components.training.distributed import Distributed
from components.training.models.heads import compile_for
from schemas import events
from schemas.tasks import Classification, Task
from schemas.training import Training

_SEEDS = 2**31
_EVAL = "val_"  # begins Keras's names of what is measured on the eval split


@dataclasses.dataclass(frozen=True)
class Data:
    """What a model is fitted to.

    Attributes:
      train, evaluation: the encoded examples.
      summary: ExampleGen's summary of the train split.
    """

    train: Examples
    evaluation: Examples
    summary: SplitSummary


@dataclasses.dataclass(frozen=True)
class Fitted:
    """What a training made.

    Attributes:
      model: computes in float32 on one device, however it was trained. With several workers each has the same one.
      curves: every epoch, one model of the ensemble after the other; whole on the chief alone.
    """

    model: keras.Model
    curves: list[events.EpochEnded]


def fit_ensemble(
    make: Callable[[], keras.Model],
    features: Features,
    data: Data,
    training: Training,
    devices: Devices,
    logs: str | None = None,
    checkpoints: Checkpoints | None = None,
) -> Fitted:
    """Fits ``training.ensemble`` models, each with a seed of its own; gives the one, or the mean of their answers.

    Args:
      make: builds the model, with other weights each time.
      logs: the folder for TensorBoard; None for no logs.
      checkpoints: where workers save each epoch, and what they go on from; None for nowhere.
    """
    # Before the model is made: its first weights come of this seed.
    keras.utils.set_random_seed(_seed(training, 0))
    with devices.strategy.scope(), precision.policy(training.precision):
        model = make()
        compile_for(model, features.task, training, steps_of(data.train.rows, training))
    fitter = Fitter(model, data, features.task, training, devices, checkpoints)
    if fitter.needs_no_copy and training.ensemble == 1:
        fitter.fit(training, logs)
        return Fitted(model, fitter.curves)
    fitted = _members(make, fitter, training, logs)
    if training.ensemble == 1:
        return Fitted(fitted[0], fitter.curves)
    inputs = features.inputs()
    mean = keras.layers.Average()([member(inputs) for member in fitted])
    return Fitted(keras.Model(inputs, mean), fitter.curves)


def _members(
    make: Callable[[], keras.Model], fitter: "Fitter", training: Training, logs: str | None
) -> list[keras.Model]:
    """The fitted models, but those that a checkpoint has ready.

    One model is fitted again and again from other weights: a new one's functions would have to be traced anew, which takes
    longer than a small model's training.
    """
    # Keras makes the optimizer's variables at the first step; they are needed before, to be set back for each member.
    fitter.model.optimizer.build(fitter.model.trainable_variables)
    optimizer_at_first = [variable.numpy() for variable in fitter.model.optimizer.variables]
    done, fitted = fitter.checkpoint(), []
    for number in range(training.ensemble):
        own = dataclasses.replace(training, seed=_seed(training, number))
        keras.utils.set_random_seed(own.seed)
        model = make()
        if number >= len(done.members):
            # Weights, dropout's seeds, Adam's moments.
            fitter.restore([*(variable.numpy() for variable in model.variables), *optimizer_at_first])
            alone = training.ensemble == 1
            folder = logs if alone or logs is None else os.path.join(logs, f"model_{number + 1}")
            fitter.fit(own, folder, None if alone else number + 1, done)
            done = Progress(members=[*done.members, fitter.model.get_weights()])
        if training.ensemble > 1:
            # Keras refuses two layers of one name, which the members become in the mean.
            model.name = f"{model.name}_{number + 1}"
        model.set_weights(done.members[number])
        fitted.append(model)
    return fitted


class Fitter:
    """A compiled model, and how it is fitted: by Keras on one device, by ``Distributed`` on several."""

    def __init__(
        self,
        model: keras.Model,
        data: Data,
        task: Task,
        training: Training,
        devices: Devices,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        several = devices.strategy.num_replicas_in_sync > 1
        self.model = model
        self._distributed = Distributed(model, task, training, devices.strategy) if several else None
        self._data = data
        self._class_weights = class_weights(task, data.summary) if training.balanced else None
        self._is_chief = devices.is_chief
        self._checkpoints = checkpoints
        self.curves: list[events.EpochEnded] = []  # of all that is fitted, those of a checkpoint first
        # The exported model computes in float32 on one device: weights that were fitted otherwise are copied into such a one.
        self.needs_no_copy = not several and training.precision == "float32"

    def checkpoint(self) -> Progress:
        """What to go on from; the same on all workers, or RuntimeError."""
        if self._checkpoints is None or self._distributed is None:
            return Progress()
        done = self._checkpoints.load()
        self._distributed.check_equal("the checkpoint that they go on from", *done.weights)
        self.curves = done.curves
        if done.epoch or done.members:
            text = f"going on after epoch {done.epoch} of model {len(done.members) + 1}, as a checkpoint has it"
            events.publish(events.Note(text))
        return done

    def restore(self, state: list[Any]) -> None:
        """Gives the model and its optimizer other values (components.training.checkpoints.state_of)."""
        restore(self.model, state)

    def fit(
        self, training: Training, logs: str | None, member: int | None = None, done: Progress | None = None
    ) -> keras.callbacks.History:
        """Trains until the eval loss has not fallen for ``patience`` epochs; the model keeps its best weights.

        Args:
          training: with the seed of this very model.
          logs: the folder for TensorBoard; None for no logs.
          member: which model of the ensemble it is, from 1; None for the only one.
          done: the checkpoint to go on from.
        """
        # An epoch of a large split ends before its rows do; the next one goes on behind it.
        long = self._data.train.rows > training.steps_per_epoch * training.batch_size
        batches = self._data.train.shuffled(training.batch_size, training.seed, endless=long)
        done = dataclasses.replace(done or Progress(), curves=self.curves)
        callbacks: list[keras.callbacks.Callback] = [
            keras.callbacks.EarlyStopping("val_loss", mode="min", patience=training.patience, restore_best_weights=True)
        ]
        if self._is_chief and logs is not None:
            callbacks.append(keras.callbacks.TensorBoard(logs, write_graph=False))
        if self._is_chief:
            callbacks.append(EpochReport(training, member, self.curves))
        if self._distributed is None:
            return self.model.fit(
                batches,
                steps_per_epoch=training.steps_per_epoch if long else None,
                validation_data=self._data.evaluation.in_order(EVAL_BATCH),
                epochs=training.epochs,
                verbose=0,
                class_weight=self._class_weights,
                callbacks=callbacks,
            )
        history = self._distributed.fit(
            batches if long else batches.repeat(),
            self._data.evaluation,
            training,
            steps_of(self._data.train.rows, training),
            callbacks,
            self._class_weights,
            self._checkpoints,
            done,
        )
        self._distributed.check_equal("the weights that they learned", *self.model.get_weights())
        return history


def _seed(training: Training, member: int) -> int:
    """Another one for each member of each ensemble; that of the page for a single model."""
    return (training.seed * training.ensemble + member) % _SEEDS


def steps_of(rows: int, training: Training) -> int:
    """The steps of an epoch."""
    return min(math.ceil(rows / training.batch_size), training.steps_per_epoch)


def class_weights(task: Task, summary: SplitSummary) -> dict[int, float] | None:
    """For each class n / (classes x its examples), as scikit-learn's "balanced"; None for a regression."""
    if not isinstance(task, Classification):
        return None
    counts = {int(index): count for index, count in class_counts(summary["labels"][task.label]).items()}
    return {index: summary["rows"] / (len(counts) * count) for index, count in counts.items()}


class EpochReport(keras.callbacks.Callback):
    """Publishes the end of each epoch, and keeps it."""

    def __init__(self, training: Training, member: int | None, curves: list[events.EpochEnded]) -> None:
        """
        Args:
          training: says how many epochs and models there are.
          member: which model of the ensemble is trained, from 1; None for the only one.
          curves: gets each epoch.
        """
        super().__init__()
        self._training = training
        self._member = member
        self._curves = curves

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        values = {name: float(value) for name, value in (logs or {}).items()}
        train = {name: value for name, value in values.items() if not name.startswith(_EVAL)}
        judged = {name.removeprefix(_EVAL): value for name, value in values.items() if name.startswith(_EVAL)}
        members = None if self._member is None else self._training.ensemble
        self._curves.append(events.EpochEnded(epoch + 1, self._training.epochs, train, judged, self._member, members))
        events.publish(self._curves[-1])

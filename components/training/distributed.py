"""Training on several devices, of one process or of many: what Keras's fit does, on the same batches.

Keras 3's own fit fails under MultiWorkerMirroredStrategy (keras-team/keras#20585), and under MirroredStrategy a batch of fewer
rows than devices makes all weights NaN.
"""

import math
import zlib
from typing import Any

import keras
import tensorflow as tf

from components.training.checkpoints import Checkpoints, Progress, restore, state_of
from components.training.datasets import EVAL_BATCH, Examples
from components.training.models.heads import accuracy_of, loss_of
from components.training.replicas import Share, shares
from schemas.tasks import Task
from schemas.training import Training

_SUM = tf.distribute.ReduceOp.SUM
_SEED_STATE = "seed_generator_state"
_SEEDS_APART = 1_000_003  # prime, so that no replica's random numbers are those of another's neighbour


class Distributed:
    """A compiled model under a strategy. It can be fitted again and again; its steps are traced once."""

    def __init__(self, model: keras.Model, task: Task, training: Training, strategy: tf.distribute.Strategy) -> None:
        """``model`` was made and compiled in the strategy's scope."""
        self.model = model
        self._strategy = strategy
        self._replicas = strategy.num_replicas_in_sync
        self._loss = loss_of(task, training)
        self._accuracy = accuracy_of(task)
        self._learn = tf.function(self._learning_step, jit_compile=True) if training.xla else self._learning_step
        with strategy.scope():
            model.optimizer.build(model.trainable_variables)

    def fit(
        self,
        train: tf.data.Dataset,
        evaluation: Examples,
        training: Training,
        steps: int,
        callbacks: list[keras.callbacks.Callback],
        class_weights: dict[int, float] | None = None,
        checkpoints: Checkpoints | None = None,
        resumed: Progress | None = None,
    ) -> keras.callbacks.History:
        """As ``keras.Model.fit``: epochs of ``steps`` batches, each followed by a look at the eval split.

        Args:
          train: ``(features, label)`` batches without end, the same ones on every worker.
          callbacks: an EarlyStopping is among them.
          checkpoints: where each epoch is saved, or None.
          resumed: the checkpoint to go on from, or whose finished ensemble members are saved with this one's.
        """
        done = resumed or Progress()
        stopping = next(one for one in callbacks if isinstance(one, keras.callbacks.EarlyStopping))
        history = keras.callbacks.History()
        callback_list = keras.callbacks.CallbackList([*callbacks, history], model=self.model)
        self.model.stop_training = False
        callback_list.on_train_begin()
        self._resume(done, stopping)
        batches = self._iterator(train.skip(done.epoch * steps), training.batch_size, class_weights)
        judged = self._iterator(evaluation.in_order(EVAL_BATCH).repeat(), EVAL_BATCH)
        for epoch in range(done.epoch, training.epochs):
            if stopping.wait >= training.patience:
                break  # it was interrupted after its last epoch
            callback_list.on_epoch_begin(epoch)
            logs = self._means(self._train(batches, tf.constant(steps)))
            self._share_statistics()
            means = self._means(self._judge(judged, tf.constant(math.ceil(evaluation.rows / EVAL_BATCH))))
            callback_list.on_epoch_end(epoch, logs | {f"val_{name}": value for name, value in means.items()})
            if checkpoints is not None:
                checkpoints.save(_progress(done, epoch + 1, self.model, stopping))
            if self.model.stop_training:
                break
        callback_list.on_train_end()
        return history

    def check_equal(self, what: str, *arrays: Any) -> None:
        """Raises RuntimeError unless every worker has the same arrays."""
        own = 0
        for array in arrays:
            own = zlib.crc32(array.tobytes(), own)
        if int(self._total(tf.constant(own, tf.int64))) != own * self._replicas:
            raise RuntimeError(f"the workers differ in {what}; see that all read the same files, and run again")

    def _resume(self, done: Progress, stopping: keras.callbacks.EarlyStopping) -> None:
        """Takes over a checkpoint, and gives every replica random numbers of its own."""
        if done.epoch:
            restore(self.model, done.weights)
            stopping.best, stopping.wait, stopping.best_epoch = done.best, done.wait, done.best_epoch
            stopping.best_weights = done.best_weights
        states = [variable for variable in self.model.variables if variable.name == _SEED_STATE]

        def set_apart() -> None:
            replica = tf.distribute.get_replica_context().replica_id_in_sync_group
            for state in states:
                own = tf.stack([tf.cast(replica * _SEEDS_APART, state.value.dtype), tf.zeros([], state.value.dtype)])
                state.assign(state.value + own)

        tf.function(lambda: self._strategy.run(set_apart))()

    @tf.function
    def _total(self, number: tf.Tensor) -> tf.Tensor:
        """The sum over all replicas of a number of this worker's."""
        return self._strategy.reduce(_SUM, self._strategy.run(tf.identity, args=(number,)), axis=None)

    def _iterator(
        self, batches: tf.data.Dataset, batch_size: int, class_weights: dict[int, float] | None = None
    ) -> Any:
        """The shares of this worker's replicas."""

        def of_worker(context: tf.distribute.InputContext) -> tf.data.Dataset:
            here = self._replicas // context.num_input_pipelines
            first = context.input_pipeline_id * here
            return shares(batches, batch_size, self._replicas, first, here, class_weights)

        return iter(self._strategy.distribute_datasets_from_function(of_worker))

    @tf.function
    def _train(self, batches: Any, steps: tf.Tensor) -> tf.Tensor:
        """Learns from so many batches; returns the sums of ``_sums``."""
        sums = tf.zeros([3])
        for _ in tf.range(steps):
            sums += self._strategy.reduce(_SUM, self._strategy.run(self._learn, args=(next(batches),)), axis=None)
        return sums

    @tf.function
    def _judge(self, batches: Any, steps: tf.Tensor) -> tf.Tensor:
        sums = tf.zeros([3])
        for _ in tf.range(steps):
            sums += self._strategy.reduce(
                _SUM, self._strategy.run(self._judging_step, args=(next(batches),)), axis=None
            )
        return sums

    def _learning_step(self, share: Share) -> tf.Tensor:
        optimizer, weights = self.model.optimizer, self.model.trainable_variables
        with tf.GradientTape() as tape:
            answer = self.model(share.features, training=True)
            losses, penalty = self._losses(share, answer), tf.add_n([*self.model.losses, 0.0])
            # Each replica's part of the mean over the whole batch: Keras adds the gradients of all replicas.
            loss = optimizer.scale_loss(tf.reduce_sum(losses * share.weight) / share.rows + penalty / self._replicas)
        gradients = tape.gradient(loss, weights)
        if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
            gradients = _all_finite_or_none(gradients)
        optimizer.apply_gradients(zip(gradients, weights, strict=True))
        return self._sums(share, answer, losses, penalty)

    def _judging_step(self, share: Share) -> tf.Tensor:
        answer = self.model(share.features, training=False)
        return self._sums(share, answer, self._losses(share, answer), tf.add_n([*self.model.losses, 0.0]))

    @tf.function
    def _share_statistics(self) -> None:
        """Gives all replicas the mean of what each found of its own rows, such as what batches are normalised by."""

        def share() -> None:
            replica = tf.distribute.get_replica_context()
            for variable in self.model.non_trainable_weights:
                variable.assign(replica.all_reduce(tf.distribute.ReduceOp.MEAN, variable.value + 0.0))

        self._strategy.run(share)

    def _losses(self, share: Share, answer: tf.Tensor) -> tf.Tensor:
        """float32[n], each row's."""
        return self._loss(_beside(share.label, answer), answer)

    def _sums(self, share: Share, answer: tf.Tensor, losses: tf.Tensor, penalty: tf.Tensor) -> tf.Tensor:
        """float32[3]: of the losses with the penalty for each row, of the right answers, and of the rows."""
        rows = tf.reduce_sum(share.counted)
        right = tf.zeros_like(losses)
        if self._accuracy is not None:
            right = tf.reshape(tf.cast(self._accuracy(_beside(share.label, answer), answer), tf.float32), [-1])
        return tf.stack(
            [tf.reduce_sum(losses * share.weight) + penalty * rows, tf.reduce_sum(right * share.counted), rows]
        )

    def _means(self, sums: tf.Tensor) -> dict[str, float]:
        loss, right, rows = (float(number) for number in sums)
        return {"loss": loss / rows} | ({"accuracy": right / rows} if self._accuracy is not None else {})


def _beside(label: tf.Tensor, answer: tf.Tensor) -> tf.Tensor:
    """The label in the shape of an answer of one number: Keras would take the mean over all rows otherwise."""
    return label[:, tf.newaxis] if answer.shape[-1] == 1 else label


def _all_finite_or_none(gradients: list[Any]) -> list[Any]:
    """The gradients, or infinities on all replicas where any replica's overflow.

    Keras looks at the first replica of each worker: others would learn infinities, or wait for a worker that skips the step.
    """
    finite = tf.reduce_all([tf.reduce_all(tf.math.is_finite(_values(one))) for one in gradients if one is not None])
    overflows = tf.distribute.get_replica_context().all_reduce(_SUM, tf.cast(~finite, tf.float32))
    poison = tf.where(overflows > 0, math.inf, 0.0)
    return [None if one is None else _added(one, poison) for one in gradients]


def _values(gradient: Any) -> tf.Tensor:
    return gradient.values if isinstance(gradient, tf.IndexedSlices) else gradient


def _added(gradient: Any, number: tf.Tensor) -> Any:
    if isinstance(gradient, tf.IndexedSlices):
        return tf.IndexedSlices(gradient.values + number, gradient.indices, gradient.dense_shape)
    return gradient + number


def _progress(before: Progress, epoch: int, model: keras.Model, stopping: keras.callbacks.EarlyStopping) -> Progress:
    best = None if stopping.best is None else float(stopping.best)
    return Progress(
        epoch=epoch,
        best=best,
        wait=stopping.wait,
        best_epoch=stopping.best_epoch,
        weights=state_of(model),
        best_weights=stopping.best_weights or [],
        members=before.members,
        curves=before.curves,
    )

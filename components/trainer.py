"""Trainer's run_fn: builds the model that the page names, trains it, exports it."""

import base64
import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
import tensorflow_transform as tft

from components import datasets, derived, progress, summary
from components.export import export
from components.models.heads import compile_for
from components.raw import dense_spec
from components.transform_graph import TransformGraph
from schemas import codec, model_card
from schemas.description import Description
from schemas.models import Training


def run_fn(fn_args: Any) -> None:
    """Trains and exports; called by TFX.

    Args:
      fn_args: TFX's FnArgs. ``custom_config`` has JSON texts: ``description`` (Description), ``model`` (a Model),
        ``training`` (Training), ``configuration``, ``code`` and ``files`` (these for the model card).
    """
    config = fn_args.custom_config
    description = Description.from_json(config["description"])
    training: Training = codec.loads(config["training"])
    transform_output = tft.TFTransformOutput(fn_args.transform_output)
    keras.utils.set_random_seed(training.seed)

    transform = TransformGraph(transform_output, description.task.label)
    train = datasets.transformed(fn_args.train_files, description, transform)
    evaluation = datasets.transformed(fn_args.eval_files, description, transform)
    strategy = device_strategy()
    with strategy.scope():
        spec = codec.loads(config["model"])
        model = derived.load(spec.builder)(spec, description, transform_output)
        compile_for(model, description.task, training.learning_rate)
    rows = summary.read(os.path.dirname(os.path.dirname(fn_args.train_files[0])))["splits"]["train"]["rows"]
    fit(model, train, evaluation, rows, training, fn_args.model_run_dir)
    outputs = export(model, description, transform, fn_args.serving_model_dir)
    card = model_card.of_description(
        description,
        outputs,
        codec.loads(config["configuration"]),
        config["code"],
        example(fn_args.eval_files, description),
    )
    card = dataclasses.replace(card, **json.loads(config["files"]))
    card.write(Path(fn_args.serving_model_dir))


def device_strategy() -> tf.distribute.Strategy:
    """Mirrored over all GPUs of this machine, or the CPU; says which."""
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        progress.report(f"training on {len(gpus)} GPU{'s' if len(gpus) > 1 else ''}")
        return tf.distribute.MirroredStrategy()
    progress.report("training on the CPU (TensorFlow sees no GPU)")
    return tf.distribute.get_strategy()


def fit(
    model: keras.Model,
    train: tf.data.Dataset,
    evaluation: tf.data.Dataset,
    rows: int,
    training: Training,
    logs: str,
) -> keras.callbacks.History:
    """Trains until the eval loss has not fallen for ``patience`` epochs; the model keeps its best weights.

    Args:
      train, evaluation: ``(features, label)`` per example.
      rows: how many examples ``train`` has.
      logs: the folder for TensorBoard.
    """
    long = rows > training.steps_per_epoch * training.batch_size
    return model.fit(
        datasets.for_training(train, training.batch_size, training.seed, rows, endless=long),
        steps_per_epoch=training.steps_per_epoch if long else None,
        validation_data=datasets.for_evaluation(evaluation, 512),
        epochs=training.epochs,
        verbose=0,
        callbacks=[
            keras.callbacks.EarlyStopping(
                "val_loss", mode="min", patience=training.patience, restore_best_weights=True
            ),
            keras.callbacks.TensorBoard(logs, write_graph=False),
            EpochReport(training.epochs),
        ],
    )


class EpochReport(keras.callbacks.Callback):
    """Tells the progress listeners about each epoch."""

    def __init__(self, epochs: int) -> None:
        super().__init__()
        self._epochs = epochs

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        values = {name.replace("val_", "eval "): value for name, value in sorted((logs or {}).items(), reverse=True)}
        shown = ", ".join(f"{name} {value:.4g}" for name, value in values.items())
        progress.report(f"epoch {epoch + 1}/{self._epochs}: {shown}")


def example(patterns: list[str], description: Description) -> dict[str, Any]:
    """The raw columns of the first example, as a request would carry them; pictures in base64."""
    record = next(iter(tf.data.TFRecordDataset(tf.io.gfile.glob(patterns), compression_type="GZIP").take(1)))
    columns = tf.io.parse_single_example(record, dense_spec(description))
    kinds = description.raw()
    request: dict[str, Any] = {}
    for name, tensor in columns.items():
        if kinds[name] == "image":
            request[name] = {"b64": base64.b64encode(tensor.numpy()).decode()}
        elif kinds[name] == "string":
            request[name] = tensor.numpy().decode()
        elif not tf.math.is_nan(tensor):
            request[name] = float(f"{float(tensor):.6g}")
    return request

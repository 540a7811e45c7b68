"""Trainer's run_fn: builds the model that the page names, trains it, exports it."""

import base64
import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import tensorflow as tf
import tensorflow_transform as tft

from components import datasets, derived, progress, summary, warmup
from components.encoded import encoded
from components.export import export
from components.fitting import Data, fit_ensemble
from components.label_scale import LabelScale
from components.raw import dense_spec
from components.transform_graph import TransformGraph
from schemas import codec, model_card
from schemas.description import Description
from schemas.training import Training


def run_fn(fn_args: Any) -> None:
    """Trains and exports; called by TFX.

    Args:
      fn_args: TFX's FnArgs. ``custom_config`` has JSON texts: ``description`` (Description), ``model`` (a Model),
        ``training`` (Training), ``configuration``, ``code`` and ``card`` (these for the model card).
    """
    config = fn_args.custom_config
    description = Description.from_json(config["description"])
    training: Training = codec.loads(config["training"])
    transform_output = tft.TFTransformOutput(fn_args.transform_output)
    transform = TransformGraph(transform_output, description.task.label)
    counted = summary.read(os.path.dirname(os.path.dirname(fn_args.train_files[0])))
    scale = LabelScale.of(description.task, counted)
    train, evaluation = (
        datasets.held(files, description, transform, scale) for files in (fn_args.train_files, fn_args.eval_files)
    )
    spec, features = codec.loads(config["model"]), encoded(description, transform_output)
    model = fit_ensemble(
        lambda: derived.load(spec.builder)(spec, features),
        features,
        Data(train, evaluation, counted["splits"]["train"]),
        training,
        device_strategy(),
        fn_args.model_run_dir,
    )
    outputs = export(model, description, transform, scale, fn_args.serving_model_dir)
    warmup.write(Path(fn_args.serving_model_dir), fn_args.eval_files, description)
    card = model_card.of_description(
        description,
        outputs,
        codec.loads(config["configuration"]),
        config["code"],
        example(fn_args.eval_files, description),
    )
    card = dataclasses.replace(card, **json.loads(config["card"]))
    card.write(Path(fn_args.serving_model_dir))


def device_strategy() -> tf.distribute.Strategy:
    """Mirrored over all GPUs of this machine, or the CPU; says which."""
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        progress.report(f"training on {len(gpus)} GPU{'s' if len(gpus) > 1 else ''}")
        return tf.distribute.MirroredStrategy()
    progress.report("training on the CPU (TensorFlow sees no GPU)")
    return tf.distribute.get_strategy()


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

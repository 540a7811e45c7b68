"""Trainer's run_fn: builds the model that the page names, trains it, exports it."""

import base64
import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from components.data import summary
from components.features.raw import dense_spec, parsed
from components.training import devices, warmup
from components.training.checkpoints import Checkpoints
from components.training.devices import Devices
from components.training.export import export
from components.training.models.endings import Widened, unended
from components.training.prepared import Prepared
from schemas import codec, curves, events, graphs, model_card
from schemas.description import Description
from schemas.files import write_whole
from schemas.forms import Form
from schemas.training import Training

CHECKPOINTS = "SLIPWAY_CHECKPOINTS"  # the folder that all workers see; set by pipelines.workers


def run_fn(fn_args: Any) -> None:
    """Trains and exports; called by TFX.

    Args:
      fn_args: TFX's FnArgs. ``custom_config`` has JSON texts: ``description`` (Description), ``model`` (a Model),
        ``training`` (Training), ``configuration``, ``code`` and ``card`` (these for the model card).
    """
    config = fn_args.custom_config
    training: Training = codec.loads(config["training"])
    found = devices.find(training.workers)  # first of all: workers must meet before TensorFlow does anything else
    description = Description.from_json(config["description"])
    counted = summary.read(os.path.dirname(os.path.dirname(fn_args.train_files[0])))
    prepared = Prepared(
        description, fn_args.transform_output, counted, fn_args.train_files, fn_args.eval_files, training.memory
    )
    spec = codec.loads(config["model"])
    fitted, text = prepared.fit(spec, training, found, fn_args.model_run_dir, checkpoints(found))
    if not found.is_chief:
        Path(fn_args.serving_model_dir).mkdir(parents=True)  # TFX looks for it; the chief alone exports
        return
    outputs = export(fitted.model, description, prepared.transform, prepared.scale, fn_args.serving_model_dir)
    curves.write(Path(fn_args.serving_model_dir), fitted.curves)
    _write_graph(fitted.model, training, Path(fn_args.serving_model_dir))
    warmup.write(Path(fn_args.serving_model_dir), fn_args.eval_files, description)
    first, configuration = example(fn_args.eval_files, description), codec.loads(config["configuration"])
    card = model_card.of_description(description, outputs, configuration, config["code"], first)
    fields = json.loads(config["card"])
    # Where times were cut is known once they are read.
    fields["splits"] |= {name: str(cut) for name, cut in counted.get("cuts", {}).items() if cut is not None}
    card = dataclasses.replace(card, devices=text, **fields)
    card.write(Path(fn_args.serving_model_dir))


def _write_graph(model: keras.Model, training: Training, folder: Path) -> None:
    """Keras' own JSON of the model, from which any version can be drawn; of an ensemble that of its first model."""
    while isinstance(model.layers[-1], Widened):  # one for each label with an interval
        model = keras.Model(model.input, model.layers[-1].input)
    members = [layer for layer in model.layers if isinstance(layer, keras.Model)] if training.ensemble > 1 else []
    try:
        # The others differ in their weights alone, and how many there are is a setting of the training.
        text = unended((members or [model])[0]).to_json()
    except Exception as error:  # a layer or a model of the user's own need not have a config
        events.publish(
            events.Note(f"the model cannot be drawn: {type(error).__name__}: {' '.join(str(error).split())}")
        )
        return
    write_whole(folder / graphs.PATH, text)


def checkpoints(found: Devices) -> Checkpoints | None:
    """Where whoever started the workers says that each epoch is kept; None where nobody does."""
    folder = os.environ.get(CHECKPOINTS)
    return Checkpoints(Path(folder), writes=found.is_chief) if folder else None


def example(patterns: list[str], description: Description) -> dict[str, Any]:
    """The raw columns of the first example, as a request would carry them; pictures in base64."""
    record = next(iter(tf.data.TFRecordDataset(tf.io.gfile.glob(patterns), compression_type="GZIP").take(1)))
    columns = parsed(record, dense_spec(description))
    kinds, forms = description.raw(), description.forms()
    request: dict[str, Any] = {}
    for name, tensor in columns.items():
        if kinds[name] == "image":
            request[name] = {"b64": base64.b64encode(tensor.numpy()).decode()}
        elif kinds[name] == "string":
            text, form = tensor.numpy().decode(), forms.get(name)
            request[name] = form.value(text) if isinstance(form, Form) and text else text
        elif not tf.math.is_nan(tensor):
            request[name] = float(f"{float(tensor):.6g}")
    return request

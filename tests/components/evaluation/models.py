"""Real SavedModels of a line or two."""

from collections.abc import Callable
from pathlib import Path

import tensorflow as tf

from schemas.model_card import ModelCard


def saved(folder: Path, card: ModelCard, answer: Callable[..., dict[str, tf.Tensor]]) -> Path:
    dtypes = {"number": tf.float32, "string": tf.string, "image": tf.string}
    specs = {
        spec["tensor"]: tf.TensorSpec([None], dtypes[spec["type"]], name=spec["tensor"])
        for spec in card.inputs.values()
    }
    predict = tf.function(answer, autograph=False).get_concrete_function(**specs)
    tf.saved_model.save(tf.Module(), str(folder), signatures={"predict": predict})
    card.write(folder)
    return folder

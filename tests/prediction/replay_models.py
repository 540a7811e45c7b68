"""SavedModels of a line, and request logs of them."""

import json
from pathlib import Path
from typing import Any

import tensorflow as tf

from schemas.model_card import ModelCard
from tests.components.evaluation.models import saved


def survival(folder: Path, card: ModelCard, age: float) -> Path:
    """Whoever is younger than ``age`` survives; a missing age leaves no finite answer."""

    def answer(Age: tf.Tensor, Sex: tf.Tensor) -> dict[str, tf.Tensor]:  # noqa: N803
        young = tf.cast(Age < age, tf.float32) * 0.5 + 0.25 + 0 * Age + 0 * tf.cast(Sex == "", tf.float32)
        probabilities = tf.stack([1 - young, young], 1)
        names = tf.gather(tf.constant(card.classes), tf.argmax(probabilities, 1))
        return {"class": names, "confidence": tf.reduce_max(probabilities, 1), "probabilities": probabilities}

    return saved(folder, card, answer)


def double(folder: Path, card: ModelCard) -> Path:
    """The value is twice the age."""
    return saved(
        folder,
        card,
        lambda Age, Sex: {"value": 2 * Age + 0 * tf.cast(Sex == "", tf.float32)},  # noqa: N803
    )


def line(value: Any, output: Any, **changes: Any) -> dict[str, Any]:
    """A line of the gateway's log."""
    fields = {"request_id": "a", "key": None, "model": "titanic", "version": "1.0.0", "serving_version": 1}
    return {"time": "2026-01-01T00:00:00+00:00", **fields, "input": value, "output": output} | changes


def log(file: Path, *lines: dict[str, Any]) -> str:
    file.write_text("".join(json.dumps(one) + "\n" for one in lines))
    return str(file)

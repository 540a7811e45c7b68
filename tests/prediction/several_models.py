"""Cards and SavedModels of a line of a label of any number of classes, and of several tasks."""

from pathlib import Path
from typing import Any

import tensorflow as tf

from schemas import model_card
from schemas.description import Description
from schemas.features import Category, Number
from schemas.model_card import ModelCard
from schemas.tasks import BinaryClassification, MultiLabel, Regression, Several, Task
from tests.components.evaluation.models import saved

FEATURES = {"Age": Number(), "Sex": Category()}
TRAITS = MultiLabel("traits", classes=("young", "für €", "male"))
TASKS = Several.of(
    (
        BinaryClassification("Survived", classes=("died", "survived")),
        Regression("Fare paid.£", quantiles=(0.05, 0.95)),
        TRAITS,
    )
)


def card_of(task: Task, outputs: list[str], **changes: Any) -> ModelCard:
    """As the Trainer makes it, and pushed as 1.0.0 (1)."""
    configuration = {"task": task, "features": FEATURES}
    name = "traits" if task is TRAITS else "people"
    card = model_card.of_description(
        Description(name, task, FEATURES), outputs, configuration, "c0de", {"Age": 22.0, "Sex": "male"}
    )
    return ModelCard(**{**vars(card), "version": "1.0.0", "serving_version": 1, **changes})


def labels_card(**changes: Any) -> ModelCard:
    return card_of(TRAITS, ["classes", "probabilities"], **changes)


def several_card(**changes: Any) -> ModelCard:
    own = {
        "Survived": ["class", "confidence", "probabilities"],
        "Fare paid.£": ["value", "low", "high"],
        "traits": ["classes", "probabilities"],
    }
    return card_of(TASKS, [f"{label}.{name}" for label, names in own.items() for name in names], **changes)


def labels(folder: Path) -> Path:
    """Under 30: young; a man: male; and never the other class. A missing age leaves no finite answer."""
    return saved(folder, labels_card(), _traits)


def several(folder: Path) -> Path:
    """The traits; whoever is young survives, and the fare is twice the age."""

    def answer(Age: tf.Tensor, Sex: tf.Tensor) -> dict[str, tf.Tensor]:  # noqa: N803
        survived = tf.cast(Age < 30, tf.float32) * 0.5 + 0.25
        shares = tf.stack([1 - survived, survived], 1)
        names = tf.gather(tf.constant(["died", "survived"]), tf.argmax(shares, 1))
        fares = {"value": 2 * Age, "low": Age, "high": 4 * Age}
        parts = {
            "Survived": {"class": names, "confidence": tf.reduce_max(shares, 1), "probabilities": shares},
            "Fare paid.£": fares,
            "traits": _traits(tf.where(tf.math.is_nan(Age), 0.0, Age), Sex),
        }
        return {f"{label}.{name}": tensor for label, part in parts.items() for name, tensor in part.items()}

    return saved(folder, several_card(), answer)


def _traits(Age: tf.Tensor, Sex: tf.Tensor) -> dict[str, tf.Tensor]:  # noqa: N803
    young = tf.cast(Age < 30, tf.float32) * 0.5 + 0.25 + 0 * Age
    male = tf.cast(Sex == "male", tf.float32) * 0.5 + 0.25
    shares = tf.stack([young, 0.125 + 0 * Age, male], 1)
    texts = tf.constant(["[]", '["male"]', '["young"]', '["young", "male"]'])
    return {
        "classes": tf.gather(texts, 2 * tf.cast(young > 0.5, tf.int32) + tf.cast(male > 0.5, tf.int32)),
        "probabilities": shares,
    }

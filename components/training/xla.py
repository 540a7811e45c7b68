"""Whether XLA can compile a model's training step."""

import re
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from components.training.devices import Devices


def obstacle(make: Callable[[], keras.Model], batch: dict[str, tf.Tensor], devices: Devices) -> str | None:
    """Why the training step cannot be compiled, or None. Nothing is run, and no state of the model changes.

    Args:
      make: builds the model.
      batch: some encoded features.
    """
    if devices.strategy.num_replicas_in_sync > 1 and not tf.config.list_physical_devices("GPU"):
        return "TensorFlow compiles no step that several CPUs share"
    model = make()

    @tf.function(jit_compile=True, autograph=False)
    def gradients(features: dict[str, tf.Tensor]) -> Any:
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(model(features, training=True))
        return [gradient for gradient in tape.gradient(total, model.trainable_variables) if gradient is not None]

    try:
        gradients.experimental_get_compiler_ir(batch)(stage="hlo")
    except (tf.errors.OpError, ValueError) as error:
        return _reason(str(error))
    return None


def _reason(message: str) -> str:
    """TensorFlow's messages go on with the whole graph."""
    missing = sorted(set(re.findall(r"(\w+) \(No registered", message)))
    if missing:
        return f"it has no kernel for {', '.join(missing)}"
    return " ".join(message.split())[:200]

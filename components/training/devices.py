"""What a model is trained on: the CPU, the GPUs of this machine, or those of several workers."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from schemas.errors import InputError

GPUS = "SLIPWAY_GPUS"  # how many the pod was given; set by the compiled pipeline
TF_CONFIG = "TF_CONFIG"  # TensorFlow's own: who the workers are, and which of them this process is


@dataclass(frozen=True)
class Devices:
    """What a model is trained on.

    Attributes:
      strategy: how the replicas, one for each device of each worker, stay equal.
      text: what they are, e.g. ``CPU``, ``2 GPUs (NVIDIA L4)`` or ``2 workers x CPU``.
      worker: which worker this process is; worker 0, the chief, writes what there is to write.
    """

    strategy: tf.distribute.Strategy
    text: str
    worker: int = 0

    @property
    def is_chief(self) -> bool:
        """Whether this process exports the model and reports the epochs."""
        return self.worker == 0


def find(workers: int, environment: Mapping[str, str] = os.environ) -> Devices:
    """All devices that this process and, if ``$TF_CONFIG`` names some, its fellow workers have.

    With several workers it must run before anything else asks TensorFlow for a device.

    Raises:
      InputError: the pod was given more GPUs than TensorFlow sees.
      RuntimeError: several workers are wanted, and this process was not started as one of them.
    """
    cluster: dict[str, Any] = json.loads(environment.get(TF_CONFIG) or "{}")
    if workers > 1 and not cluster:
        raise RuntimeError(f"workers={workers}, but {TF_CONFIG} is not set: the Trainer was not started by workers")
    gpus = tf.config.list_physical_devices("GPU")
    _check_gpus(len(gpus), environment)
    if cluster:
        strategy = tf.distribute.MultiWorkerMirroredStrategy()
        together = len(cluster["cluster"]["worker"])
        return Devices(strategy, f"{together} workers x {described(gpus)}", int(cluster["task"]["index"]))
    strategy = tf.distribute.MirroredStrategy() if len(gpus) > 1 else tf.distribute.get_strategy()
    return Devices(strategy, described(gpus))


def described(gpus: list[Any]) -> str:
    """``CPU``, or how many GPUs of which kinds."""
    if not gpus:
        return "CPU"
    details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
    kinds = sorted({one["device_name"] for one in details if "device_name" in one})
    return f"{len(gpus)} GPU{'s' if len(gpus) > 1 else ''}" + (f" ({', '.join(kinds)})" if kinds else "")


def _check_gpus(seen: int, environment: Mapping[str, str]) -> None:
    given = int(environment.get(GPUS) or 0)
    if seen < given:
        raise InputError(
            f"TensorFlow sees {seen} GPUs, and this pod was given {given} ({GPUS}={given}); use an image with "
            "tensorflow[and-cuda] and a node whose driver is new enough for it, or compile without --gpus"
        )

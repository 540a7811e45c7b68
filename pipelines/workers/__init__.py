"""Several worker processes that train one model: on this machine, or as the pods of a Job in a cluster."""

import functools
import os
from typing import Any

from schemas.errors import InputError
from schemas.training import Training

WORKERS = "SLIPWAY_WORKERS"  # the count in a compiled pipeline; without it the page's training decides


def count(training: Training) -> int:
    """How many workers train. Raises InputError where $SLIPWAY_WORKERS is no number."""
    text = os.environ.get(WORKERS, "")
    if not text:
        return training.workers
    if not text.isascii() or not text.isdigit() or not int(text):
        raise InputError(
            f"{WORKERS}={text!r}: a whole number of at least 1 is expected; set it, or unset it for the page's"
        )
    return int(text)


def operators_for(training: Training) -> dict[Any, Any] | None:
    """What TFX's launcher takes as ``custom_executor_operators`` for the Trainer; None where it trains in its own process."""
    workers = count(training)
    if workers == 1:
        return None
    # The operator subclasses one of TFX's: a training in one process, and a count, need none of this.
    from tfx.proto.orchestration import executable_spec_pb2

    from pipelines.workers.operator import WorkersOperator

    return {executable_spec_pb2.PythonClassExecutableSpec: functools.partial(WorkersOperator, workers=workers)}

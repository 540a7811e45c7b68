"""How a process of Slipway ends: the command line, a pod of a pipeline, a worker of a training."""

from enum import IntEnum
from typing import Self

SIGNAL = 128  # and a signal's number: the exit code of a process that the signal ended, as shells count


class ExitCode(IntEnum):
    """An exit code.

    Attributes:
      meaning: its row in the table of docs/command_line.md.
    """

    meaning: str

    def __new__(cls, value: int, meaning: str) -> Self:
        # IntEnum by itself would give the whole tuple to int(), which takes a second value for the number's base.
        code = int.__new__(cls, value)
        code._value_ = value
        code.meaning = meaning
        return code

    DONE = 0, "Done; of `run` and `submit`: the model is blessed and pushed."
    FAILED = 1, "A bug of ours; of `submit` and `simulate`: a task of the pipeline failed."
    USAGE = 2, "A mistake in the command or the data, which one line names; of `doctor`: something is missing."
    NOT_BLESSED = (
        3,
        "`run` and `submit`: the model is trained, and not blessed; of `bless`: it needs `--force`; of `drift`: over a bound.",
    )
    DRIFTED = NOT_BLESSED
    STORE_AWAY = 4, "The metadata server did not answer for as long as `$SLIPWAY_METADATA_WAIT` says."
    WORKERS_LOST = 75, "A worker of a training: the other workers no longer answer it."
    INTERRUPTED = SIGNAL + 2, "Stopped by Ctrl-C."
    TERMINATED = SIGNAL + 15, "A pod or a worker: stopped by SIGTERM."

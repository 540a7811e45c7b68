"""What a training must remember to go on where it was interrupted, in one file that is whole or not there."""

import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from schemas import events
from schemas.errors import InputError
from schemas.events import EpochEnded
from schemas.files import replacing

FILE = "training.npz"


@dataclass
class Progress:
    """How far a training is.

    Attributes:
      epoch: how many epochs of the model that is trained are done.
      best, wait, best_epoch: of its early stopping.
      weights: of the model and the optimizer, in order; and the best ones so far.
      members: the weights of the ensemble's finished models.
      curves: every epoch so far, those of the finished models first.
    """

    epoch: int = 0
    best: float | None = None
    wait: int = 0
    best_epoch: int = 0
    weights: list[np.ndarray] = field(default_factory=list)
    best_weights: list[np.ndarray] = field(default_factory=list)
    members: list[list[np.ndarray]] = field(default_factory=list)
    curves: list[EpochEnded] = field(default_factory=list)


class Checkpoints:
    """The checkpoint of one training in a folder that all workers see. The chief writes it; all read it at their start."""

    def __init__(self, folder: Path, *, writes: bool) -> None:
        """``writes``: whether this process is the chief."""
        self._file = folder / FILE
        self._writes = writes

    def load(self) -> Progress:
        """What was saved last; a fresh ``Progress`` where nothing was. Raises InputError for a damaged file."""
        try:
            with np.load(self._file) as found:
                numbers: dict[str, Any] = json.loads(str(found["numbers"]))
                finished, lengths = numbers.pop("finished"), numbers.pop("lengths")
                # A checkpoint of before the curves were kept is read, too.
                curves = [events.decoded(EpochEnded, epoch) for epoch in numbers.pop("curves", [])]
                lists: dict[str, Any] = {
                    name: [found[f"{name}/{place}"] for place in range(length)] for name, length in lengths.items()
                }
        except FileNotFoundError:
            return Progress()
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise InputError(
                f"the checkpoint {self._file} cannot be read ({error}); remove it to train from the beginning"
            ) from error
        members = [lists.pop(f"members/{index}") for index in range(finished)]
        return Progress(**numbers, **lists, members=members, curves=curves)

    def save(self, progress: Progress) -> None:
        """Takes the place of the checkpoint before; other workers than the chief do nothing."""
        if not self._writes:
            return
        lists = {"weights": progress.weights, "best_weights": progress.best_weights}
        lists |= {f"members/{index}": weights for index, weights in enumerate(progress.members)}
        arrays: dict[str, Any] = {
            f"{name}/{place}": array for name, found in lists.items() for place, array in enumerate(found)
        }
        # Numbers as JSON in an array of their own: numpy would pickle None, and a pickle is not loaded.
        numbers = {name: getattr(progress, name) for name in ("epoch", "best", "wait", "best_epoch")}
        numbers |= {"finished": len(progress.members), "lengths": {name: len(found) for name, found in lists.items()}}
        numbers["curves"] = [events.encoded(epoch) for epoch in progress.curves]
        # A pod may be killed while it writes: the checkpoint before stays until this one is whole.
        with replacing(self._file) as part, part.open("wb") as file:
            np.savez(file, numbers=np.array(json.dumps(numbers)), **arrays)


def state_of(model: keras.Model) -> list[np.ndarray]:
    """The values of all variables of a compiled model: weights, random seeds, Adam's moments."""
    return [variable.numpy() for variable in [*model.variables, *model.optimizer.variables]]


def restore(model: keras.Model, values: list[np.ndarray]) -> None:
    """The inverse of ``state_of``."""
    for variable, value in zip([*model.variables, *model.optimizer.variables], values, strict=True):
        variable.assign(value)

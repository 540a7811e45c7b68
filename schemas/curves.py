"""curves.json: how a model was trained, epoch by epoch; it travels in ``assets.extra`` of the SavedModel, as its card does.

The file is ``{"version": 1, "epochs": [...]}``: the fields of the training's ``epoch_ended`` events (schemas.events,
docs/events.md), one model of an ensemble after the other, those before an interruption among them.
"""

import itertools
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from schemas import events
from schemas.errors import InputError
from schemas.events import EpochEnded
from schemas.files import write_whole

PATH = Path("assets.extra") / "curves.json"
VERSION = 1
_LOSS = "loss"


@dataclass(frozen=True)
class Curve:
    """The training of one model.

    Attributes:
      member: which one of its ensemble, from 1.
      epochs: in order; each has ``loss`` and the metrics of the task, on the train and on the eval split.
    """

    member: int
    epochs: tuple[EpochEnded, ...]

    @property
    def best(self) -> EpochEnded | None:
        """The epoch whose weights the model has: the first one with the lowest eval loss; None where no loss was a number."""
        measured = [epoch for epoch in self.epochs if not math.isnan(epoch.eval.get(_LOSS, math.nan))]
        return min(measured, key=lambda epoch: epoch.eval[_LOSS], default=None)


def write(model: Path, epochs: Iterable[EpochEnded]) -> None:
    """Puts the epochs of a training into the folder of the SavedModel that came of it."""
    content = {"version": VERSION, "epochs": [events.encoded(epoch) for epoch in epochs]}
    write_whole(model / PATH, json.dumps(content))


def read(model: Path) -> tuple[Curve, ...]:
    """The curves of a SavedModel: one for each model of its ensemble, in order.

    Args:
      model: the folder of a version, or the ``Format-Serving`` of the Trainer's output ``model``.

    Raises:
      InputError: the folder has none (an older Slipway trained the model), or they cannot be read.
    """
    return read_file(model / PATH)


def read_file(file: Path) -> tuple[Curve, ...]:
    """``read`` of the file itself, wherever it stands; a version's dossier has a copy. Raises InputError as ``read`` does."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if content["version"] != VERSION:
            raise ValueError(f"version {VERSION} is expected, not {content['version']}")
        epochs = [events.decoded(EpochEnded, epoch) for epoch in content["epochs"]]
    except FileNotFoundError:
        raise InputError(
            f"{file} is missing: the model was trained by an older Slipway; train it again to have its curves"
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{file} cannot be read ({error}); train the model again to have its curves") from error
    return of_epochs(epochs)


def of_epochs(epochs: Iterable[EpochEnded]) -> tuple[Curve, ...]:
    """The curves of the epochs of a training, one model of an ensemble after the other."""
    members = itertools.groupby(epochs, key=lambda epoch: epoch.member or 1)
    return tuple(Curve(member, tuple(its)) for member, its in members)

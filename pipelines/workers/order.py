"""The order to the workers, one execution of the Trainer: a file that all of them can read."""

import hashlib
import json
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from schemas.files import write_whole

_KEPT_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True)
class Order:
    """One execution of the Trainer.

    Attributes:
      execution: TFX's ExecutionInvocation, serialized, as URL-safe base64.
      executable: TFX's PythonClassExecutableSpec, serialized, as base64.
      checkpoints: the folder of the training's checkpoint.
    """

    execution: str
    executable: str
    checkpoints: str

    def write(self, file: Path) -> None:
        """Writes the order as JSON, whole or not at all."""
        write_whole(file, json.dumps(asdict(self)))

    @classmethod
    def read(cls, file: Path) -> "Order":
        """The inverse of ``write``. Raises OSError for a file that is not there."""
        return cls(**json.loads(file.read_text(encoding="utf-8")))


def checkpoint_folder(system: Path, inputs: dict[str, list[str]], properties: dict[str, Any], run_id: str = "") -> Path:
    """Where a training's checkpoint is: the same for the same data and parameters, whichever execution it is.

    Args:
      system: the Trainer's ``.system`` folder.
      inputs: the URIs of its input artifacts, by key.
      properties: its parameters, the hash of the code among them.
      run_id: of the run that alone goes on from it, where two runs may train the same at once; empty for any run.
    """
    text = json.dumps([inputs, properties, run_id], sort_keys=True, default=str)
    return system / "checkpoints" / f"training-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def remove_old(folder: Path) -> None:
    """Removes the checkpoints beside ``folder`` that no training has resumed from for a week."""
    # A changed page, or changed code, gives another folder: nothing else would ever remove the one before.
    for other in folder.parent.glob("training-*"):
        if other != folder and other.stat().st_mtime < time.time() - _KEPT_SECONDS:
            shutil.rmtree(other, ignore_errors=True)

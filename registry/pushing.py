"""A model becomes a version: a folder beside the others, which the model server sees whole or not at all."""

import hashlib
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from registry import version_map
from schemas import curves
from schemas.files import whole_folder
from schemas.model_card import PATH as CARD
from schemas.model_card import ModelCard

_PART = ".pushing-"


def push_model(
    trained: Path, models: Path, card: ModelCard, *, copy: Callable[[str, str], object] = shutil.copy2
) -> ModelCard:
    """Copies the model beside its place, writes the card, and renames. Leaves nothing behind if it fails.

    Args:
      trained: the SavedModel.
      models: the dataset's folder, ``models/<dataset>``.
      card: with the version and the serving version; returned as it is.
      copy: copies one file; ``link_or_copy`` for a model that has been pushed, whose files nobody changes.
    """
    models.mkdir(parents=True, exist_ok=True)
    # Of an attempt that was killed; no other process copies here now, as the caller has the lock.
    for left_over in models.glob(f"{_PART}*"):
        shutil.rmtree(left_over)
    name = str(card.serving_version)
    with whole_folder(models / name, models / f"{_PART}{name}") as part:
        shutil.copytree(trained, part, dirs_exist_ok=True, copy_function=copy)
        card.write(part)  # by a rename: where the card is a link, the other folder keeps its own
    return card


def link_or_copy(source: str, target: str) -> None:
    """A second name for the same file; a copy where the file system has no hard links, as a mounted bucket has none."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def serving_version(models: Path) -> int:
    """The time in seconds (UNIX), and always more than any version before.

    TensorFlow Serving takes the largest integer for the newest version, and a clock may be set back.
    """
    before = [int(folder.name) for folder in version_map.folders(models)]
    return max([int(time.time()), *(version + 1 for version in before)])


def weights_hash(model: Path) -> str:
    """sha256 over all files of a SavedModel but its descriptions, in hex.

    The card and the curves differ between trainings that end with the same weights.
    """
    digest, descriptions = hashlib.sha256(), (model / CARD, model / curves.PATH)
    for file in sorted(p for p in model.rglob("*") if p.is_file() and p not in descriptions):
        # The name too: the same bytes under another name are another model to TensorFlow.
        digest.update(str(file.relative_to(model)).encode())
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()

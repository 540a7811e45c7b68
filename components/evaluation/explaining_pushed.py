"""Why a pushed model answers one input as it does: of `slipway predict --explain` and of the studio."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis import predictions
from analysis.records import Attribution
from components.evaluation import explaining
from prediction.answer import Answer
from prediction.loaded_model import loaded_once
from prediction.local_model import IdentifiedAnswer
from registry import dossier
from schemas import model_card, request
from schemas.errors import InputError, listed, shown
from schemas.home import Home
from schemas.model_card import ModelCard
from schemas.tasks import Task


@dataclass(frozen=True)
class Explained:
    """An answer, and what it rests on.

    Attributes:
      card: of the version that answered.
      answer: its answer.
      attribution: of this answer.
      reference: what the answer is compared with, in words.
      method: in words.
      label: of several tasks, the one of which the answer is explained; else "".
    """

    card: ModelCard
    answer: Answer
    attribution: Attribution
    reference: str
    method: str
    label: str = ""

    def identified(self) -> IdentifiedAnswer:
        """The answer as ``slipway predict --json`` prints it."""
        return {"output": self.answer.as_json(), **self.card.identity}

    def to_json(self) -> dict[str, Any]:
        """What ``slipway predict --explain --json`` prints: the answer, and an ``explanation``."""
        attribution = {name: value for name, value in self.attribution.to_json().items() if name != "row"}
        label = {"label": self.label} if self.label else {}
        explanation = {**label, "reference": self.reference, "method": self.method, **attribution}
        return {**self.identified(), "explanation": explanation}


def explain(home: Home, folder: Path, value: Any, label: str = "") -> Explained:
    """Explains the answer of a pushed model. The last model is kept loaded.

    Args:
      folder: the model's, as ``registry.pushed.find`` gives it.
      value: an input as ``schemas.request.parse`` takes it.
      label: of several tasks, the one whose answer is explained; "" for the first.

    Raises:
      InputError: there is no such label; the input does not fit or has no answer; the model was exported by an older version;
        or it is one of a table, and its dossier has no predictions, whose average its answers are compared with.
    """
    card = ModelCard.read(folder)
    request.parse(card, value)  # before the model is loaded
    description = model_card.description_of(card)
    task = _of_label(card, description.task, label)
    answers = dossier.folder(home.registry(card.name), card.version, card.run_id) / predictions.FILE
    answer, found = explaining.explain_input(
        loaded_once(folder), dataclasses.replace(description, task=task), answers, value
    )
    if not found.attributions:
        raise InputError(f"{card.name} {card.version}: the answer to this input cannot be explained: it is not finite")
    return Explained(
        card, answer, found.attributions[0], found.reference, found.method, task.label if card.tasks else ""
    )


def _of_label(card: ModelCard, task: Task, label: str) -> Task:
    if not label:
        return task.parts[0]
    for part in task.parts:
        if part.label == label:
            return part
    labels = listed([part.label for part in task.parts])
    raise InputError(f"{card.name} {card.version} has no label {shown(label)} to explain; its labels are {labels}")

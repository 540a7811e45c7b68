"""A model of several tasks as if it had one of them: whatever is said of one answer takes it so."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from prediction.answer import Outputs
from prediction.loaded_model import LoadedModel
from schemas.model_card import ModelCard
from schemas.tasks import Task
from schemas.tasks.several import named, own


@dataclass(frozen=True)
class OneTask:
    """One of a model's tasks, or its only one.

    Attributes:
      loaded: the model.
      task: which task.
    """

    loaded: LoadedModel
    task: Task

    @property
    def folder(self) -> Path:
        """The model's."""
        return self.loaded.folder

    @cached_property
    def card(self) -> ModelCard:
        """The model's, as if it had this task alone."""
        return next(part for part in self.loaded.card.parts() if part.label == self.task.label)

    def raw_outputs(self, columns: Mapping[str, Any]) -> Outputs:
        """As ``LoadedModel.raw_outputs``."""
        return self._own(self.loaded.raw_outputs(columns))

    def encode(self, columns: Mapping[str, Any]) -> dict[str, Any]:
        """The encoded features of raw columns [N] (components.training.export)."""
        encoded: dict[str, Any] = self.loaded.saved_model.encode(columns)
        return encoded

    def answer(self, encoded: Mapping[str, Any]) -> Outputs:
        """The outputs of encoded features."""
        return self._own(self.loaded.saved_model.answer(encoded))

    def output(self, name: str) -> str:
        """What the model calls one of the task's outputs."""
        return named(self.task, name) if self.loaded.card.tasks else name

    def _own(self, outputs: Mapping[str, Any]) -> Outputs:
        return own(self.task, dict(outputs)) if self.loaded.card.tasks else outputs

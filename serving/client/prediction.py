"""What a server answers, over either protocol."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from prediction.answer import (
    Answer,
    ClassAnswer,
    ClassesAnswer,
    ForecastAnswer,
    SeveralAnswer,
    ValueAnswer,
    ValueInterval,
)  # fmt: skip
from schemas.model_card import ModelCard

if TYPE_CHECKING:
    from prediction.local_model import IdentifiedAnswer


@dataclass(frozen=True)
class Prediction:
    """A model's answer to one input: a class, any number of them, a number, several numbers, or several of these.

    What an answer does not have is None.

    Attributes:
      class_: the class.
      confidence: its probability, 0 to 1.
      probabilities: probability by class, where they were requested: of all classes, or of the ``top`` ones, the most probable
        first.
      value: the number of a regression, in the label's own unit.
      interval: of a regression with quantiles, where the label is expected.
      model: the model's name.
      version: its semantic version; None where it is not known.
      serving_version: its integer version.
      values: the next numbers of a forecast, the nearest first.
      classes: those that the input has, of a label of any number of classes.
      tasks: of several tasks the prediction of each, by its label.
    """

    class_: str | None
    confidence: float | None
    probabilities: Mapping[str, float] | None
    value: float | None
    model: str
    version: str | None
    serving_version: int | None
    interval: ValueInterval | None = None
    values: tuple[float, ...] | None = None
    classes: tuple[str, ...] | None = None
    tasks: Mapping[str, Self] | None = None

    @classmethod
    def of(cls, answer: Answer, model: str, version: str | None, serving_version: int | None) -> Self:
        """A prediction from an answer, with the name and the versions of the model that gave it."""
        nothing = cls(None, None, None, None, model, version, serving_version)
        if isinstance(answer, SeveralAnswer):
            parts = {label: cls.of(part, model, version, serving_version) for label, part in answer.answers.items()}
            return dataclasses.replace(nothing, tasks=parts)
        if isinstance(answer, ForecastAnswer):
            return dataclasses.replace(nothing, values=answer.values)
        if isinstance(answer, ValueAnswer):
            return dataclasses.replace(nothing, value=answer.value, interval=answer.interval)
        probabilities = answer.probabilities or None
        if isinstance(answer, ClassesAnswer):
            return dataclasses.replace(nothing, classes=answer.classes, probabilities=probabilities)
        return dataclasses.replace(
            nothing, class_=answer.class_, confidence=answer.confidence, probabilities=probabilities
        )

    def as_answer(self) -> "IdentifiedAnswer":
        """As `slipway predict --json` prints it: ``{"output": {...}, "model", "version", "serving_version"}``."""
        return {
            "output": self._answer.as_json(),
            "model": self.model,
            "version": self.version,
            "serving_version": self.serving_version,
        }

    @property
    def _answer(self) -> Answer:
        if self.tasks is not None:
            parts: Any = {label: part._answer for label, part in self.tasks.items()}
            return SeveralAnswer(parts)
        if self.values is not None:
            return ForecastAnswer(self.values)
        if self.value is not None:
            return ValueAnswer(self.value, self.interval)
        if self.classes is not None:
            return ClassesAnswer(self.classes, self.probabilities or {})
        assert self.class_ is not None and self.confidence is not None  # one or the other
        return ClassAnswer(self.class_, self.confidence, self.probabilities or {})


@dataclass(frozen=True)
class Version:
    """A version of a model that a server has loaded or tried to load.

    Attributes:
      version: the semantic version; None where it is not known.
      serving_version: the integer version.
      state: TensorFlow Serving's word: START, LOADING, AVAILABLE, UNLOADING or END; "" where it is not known.
    """

    version: str | None
    serving_version: int
    state: str


@dataclass(frozen=True)
class Model:
    """A model that a server serves.

    Attributes:
      name: the dataset.
      card: the card of the version that answers: ``inputs``, ``classes``, ``example``, ``metrics`` ...
      versions: the newest last.
    """

    name: str
    card: ModelCard
    versions: tuple[Version, ...]

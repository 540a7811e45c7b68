"""What a server answers, over either protocol."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from prediction.answer import Answer, ClassAnswer, ForecastAnswer, ValueAnswer, ValueInterval
from schemas.model_card import ModelCard

if TYPE_CHECKING:
    from prediction.local_model import IdentifiedAnswer


@dataclass(frozen=True)
class Prediction:
    """A model's answer to one input: a class, or a number.

    Attributes:
      class_: the class; None for a regression.
      confidence: its probability, 0 to 1; None for a regression.
      probabilities: probability by class, where they were requested: of all classes, or of the ``top`` ones, the most probable
        first.
      value: the number of a regression, in the label's own unit; None for a classification.
      interval: of a regression with quantiles, where the label is expected; else None.
      model: the model's name.
      version: its semantic version; None where it is not known.
      serving_version: its integer version.
      values: the next numbers of a forecast, the nearest first; None for another task.
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

    @classmethod
    def of(cls, answer: Answer, model: str, version: str | None, serving_version: int | None) -> Self:
        """A prediction from an answer, with the name and the versions of the model that gave it."""
        if isinstance(answer, ForecastAnswer):
            return cls(None, None, None, None, model, version, serving_version, None, answer.values)
        if isinstance(answer, ValueAnswer):
            return cls(None, None, None, answer.value, model, version, serving_version, answer.interval)
        probabilities = answer.probabilities or None
        return cls(answer.class_, answer.confidence, probabilities, None, model, version, serving_version)

    def as_answer(self) -> "IdentifiedAnswer":
        """As `slipway predict --json` prints it: ``{"output": {...}, "model", "version", "serving_version"}``."""
        answer: Answer
        if self.values is not None:
            answer = ForecastAnswer(self.values)
        elif self.value is not None:
            answer = ValueAnswer(self.value, self.interval)
        else:
            assert self.class_ is not None and self.confidence is not None  # one or the other
            answer = ClassAnswer(self.class_, self.confidence, self.probabilities or {})
        return {
            "output": answer.as_json(),
            "model": self.model,
            "version": self.version,
            "serving_version": self.serving_version,
        }


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

"""What a server answers, whichever way it was asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.model_card import ModelCard


@dataclass(frozen=True)
class Prediction:
    """A model's answer to one input: a class, or a number.

    Attributes:
      class_: the class; None for a regression.
      confidence: its probability, 0 to 1; None for a regression.
      probabilities: probability by class, where they were asked for: of all classes, or of the ``top`` ones, the most probable
        first.
      value: the number of a regression, in the label's own unit; None for a classification.
      model: the model's name.
      version: its semantic version; None where it is not known.
      serving_version: its integer version.
    """

    class_: str | None
    confidence: float | None
    probabilities: Mapping[str, float] | None
    value: float | None
    model: str
    version: str | None
    serving_version: int | None

    def as_answer(self) -> dict[str, Any]:
        """As `slipway predict --json` prints it: ``{"output": {...}, "model", "version", "serving_version"}``."""
        output: dict[str, Any] = {"value": self.value}
        if self.value is None:
            output = {"class": self.class_, "confidence": self.confidence}
            if self.probabilities is not None:
                output["probabilities"] = dict(self.probabilities)
        return {
            "output": output,
            "model": self.model,
            "version": self.version,
            "serving_version": self.serving_version,
        }


def most_probable(probabilities: Mapping[str, float], top: int | None) -> dict[str, float]:
    """The ``top`` most probable classes, the most probable first; all, in their own order, without ``top``."""
    if top is None:
        return dict(probabilities)
    return dict(sorted(probabilities.items(), key=lambda item: -item[1])[:top])


@dataclass(frozen=True)
class Version:
    """A version of a model that a server knows.

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
    """A model that a server knows.

    Attributes:
      name: the dataset.
      card: what the version that answers says of itself: ``inputs``, ``classes``, ``example``, ``metrics`` ...
      versions: the newest last.
    """

    name: str
    card: ModelCard
    versions: tuple[Version, ...]

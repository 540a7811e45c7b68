"""What a model answers to one row, and why it has no answer.

Importing this module loads no numpy: the gateway and the clients read their answers here too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

from schemas.errors import InputError
from schemas.model_card import ModelCard
from schemas.records import AnswerJson
from schemas.tasks import CLASS, CLASSES, SEVERAL, VALUE, VALUES

Outputs = Mapping[str, Any]


class UnansweredError(InputError):
    """A model has no answer to an input, and the cause is this input: others may be answered."""


class UnreadableInputError(UnansweredError):
    """The model cannot read an input that has the right form, such as a picture that ends early.

    Attributes:
      reason: TensorFlow's, one line.
    """

    def __init__(self, card: ModelCard, reason: str) -> None:
        super().__init__(f"{card.name}: the model cannot read the input: {reason}")
        self.reason = reason


class NotFiniteError(UnansweredError):
    """A number of an answer is infinite or NaN: JSON has neither, and neither is an answer.

    Attributes:
      row: whose answer it is, counted from 0.
      output: the number's output, such as ``value``, ``probabilities`` or, of several tasks, ``Fare.value``.
      value: the number.
    """

    def __init__(self, card: ModelCard, row: int, rows: int, output: str, value: float) -> None:
        which = f", input {row + 1}" if rows > 1 else ""
        super().__init__(
            f"{card.name} {card.version}{which}: the answer's {output} is {value}, which is not finite; "
            "are the input's numbers like those of the training data? if so, take another version"
        )
        self.row = row
        self.output = output
        self.value = value


@dataclass(frozen=True, slots=True)
class ClassAnswer:
    """A classification's answer to one row.

    Attributes:
      class_: the most probable class.
      confidence: its probability, 0 to 1.
      probabilities: probability by class, in the order of the card; empty where they were not requested of a server.
    """

    kind: ClassVar[str] = CLASS
    class_: str
    confidence: float
    probabilities: Mapping[str, float] = field(default_factory=dict)

    def as_json(self, *, probabilities: bool = True) -> AnswerJson:
        """``{"class", "confidence"}``, and ``"probabilities"`` where they are requested and known."""
        document: AnswerJson = {"class": self.class_, "confidence": self.confidence}
        if probabilities and self.probabilities:
            document["probabilities"] = dict(self.probabilities)
        return document


@dataclass(frozen=True, slots=True)
class ValueInterval:
    """Where a regression expects the label.

    Attributes:
      low, high: in the label's own unit; the value lies between.
      share: how many of all labels are to lie in their interval, 0 to 1.
    """

    low: float
    high: float
    share: float


@dataclass(frozen=True, slots=True)
class ValueAnswer:
    """A regression's answer to one row.

    Attributes:
      value: in the label's own unit.
      interval: None for a model without quantiles.
    """

    kind: ClassVar[str] = VALUE
    value: float
    interval: ValueInterval | None = None

    def as_json(self, *, probabilities: bool = True) -> AnswerJson:
        """``{"value"}``, with ``interval`` where there is one; ``probabilities`` is there for the sake of ``ClassAnswer``."""
        if self.interval is None:
            return {"value": self.value}
        low, high, share = self.interval.low, self.interval.high, self.interval.share
        return {"value": self.value, "interval": {"low": low, "high": high, "share": share}}


@dataclass(frozen=True, slots=True)
class ForecastAnswer:
    """A forecast's answer to one row.

    Attributes:
      values: the next ones of the series, the nearest first, in the label's own unit.
    """

    kind: ClassVar[str] = VALUES
    values: tuple[float, ...]

    def as_json(self, *, probabilities: bool = True) -> AnswerJson:
        """``{"values"}``; ``probabilities`` is there for the sake of ``ClassAnswer``."""
        return {"values": list(self.values)}


@dataclass(frozen=True, slots=True)
class ClassesAnswer:
    """Any number of classes, the answer to one row.

    Attributes:
      classes: those of the row, in the order of the card.
      probabilities: as of ``ClassAnswer``; each class has one of its own, they do not sum to 1.
    """

    kind: ClassVar[str] = CLASSES
    classes: tuple[str, ...]
    probabilities: Mapping[str, float] = field(default_factory=dict)

    def as_json(self, *, probabilities: bool = True) -> AnswerJson:
        """``{"classes"}``, and ``"probabilities"`` where they are requested and known."""
        document: AnswerJson = {"classes": list(self.classes)}
        if probabilities and self.probabilities:
            document["probabilities"] = dict(self.probabilities)
        return document


@dataclass(frozen=True, slots=True)
class SeveralAnswer:
    """The answers of several tasks to one row.

    Attributes:
      answers: by label, in the order of the tasks.
    """

    kind: ClassVar[str] = SEVERAL
    answers: "Mapping[str, ClassAnswer | ClassesAnswer | ValueAnswer]"

    def as_json(self, *, probabilities: bool = True) -> AnswerJson:
        """Each answer by its label, as its own ``as_json`` gives it."""
        return cast(
            AnswerJson,
            {label: answer.as_json(probabilities=probabilities) for label, answer in self.answers.items()},
        )


# ``kind`` of each is that of its task (schemas.tasks.Task).
Answer = ClassAnswer | ClassesAnswer | ValueAnswer | ForecastAnswer | SeveralAnswer


def by_label(answer: Answer) -> "Mapping[str, Answer]":
    """The answers of several tasks by label; that of a single task by ""."""
    return answer.answers if isinstance(answer, SeveralAnswer) else {"": answer}


def most_probable(probabilities: Mapping[str, float], count: int) -> dict[str, float]:
    """The probabilities of the ``count`` most probable classes, the most probable first."""
    return dict(sorted(probabilities.items(), key=lambda item: -item[1])[:count])

"""How much a version's answers differ from those in a request log, counted line by line in constant memory."""

import heapq
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from prediction.answer import Answer, ClassAnswer, ClassesAnswer, ValueAnswer, by_label
from prediction.replay import Replayed, same
from schemas.json_record import JsonRecord
from schemas.model_card import ModelCard
from schemas.records import AnswerJson
from schemas.tasks import SEVERAL, VALUE

_FIRST = 20


@dataclass(frozen=True)
class Flip(JsonRecord):
    """How often one class was answered and the version answers another; or how often both are the same.

    Of a label of any number of classes it counts a class that came or went: ``logged`` or ``answered`` is "" where it was not.
    """

    logged: str
    answered: str
    count: int


@dataclass(frozen=True)
class ByTask(JsonRecord):
    """One of several tasks; the fields are those of ``Replay``."""

    label: str
    agreeing: int
    flips: tuple[Flip, ...]
    mean_difference: float | None
    largest_difference: float | None


@dataclass(frozen=True)
class ByVersion(JsonRecord):
    """The lines that one version answered, and how many of them have the same answer now."""

    version: str
    lines: int
    agreeing: int


@dataclass(frozen=True)
class Disagreement(JsonRecord):
    """A line with another answer.

    Attributes:
      line: in the log, from 1.
      time, version: of its answer there.
      input: by raw column; a picture in base64.
      logged: what it was answered.
      answer: what the version answers; None where it cannot.
      error: why it cannot; "" where it can.
    """

    line: int
    time: str
    version: str
    input: dict[str, Any]
    logged: AnswerJson
    answer: AnswerJson | None
    error: str


@dataclass(frozen=True, kw_only=True)
class Replay(JsonRecord):
    """What ``slipway replay --json`` prints.

    Attributes:
      dataset, version: the model that was replayed.
      source: the log.
      lines: of this model.
      answered: how many the version can answer.
      agreeing: how many with the same class or classes, or the same value but for rounding; of several tasks with all of them.
      agreement: the share of the lines, 0 to 1; a line that it cannot answer does not agree.
      by_version: the same by the version in the log, in the order of the lines.
      flips: of classes, the most frequent first.
      mean_difference, largest_difference: of a regression, absolute, in the label's unit; None of a classification.
      disagreements: the first ones; of a regression the largest.
      unanswered: the first lines that the version cannot answer.
      by_task: of several tasks each, in their order; ``flips`` and the differences are then here alone.
      file: the workbook; "" without one.
      notes: what the workbook leaves out.
      seconds: how long it took.
    """

    dataset: str
    version: str
    source: str
    lines: int
    answered: int
    agreeing: int
    agreement: float
    by_version: tuple[ByVersion, ...]
    flips: tuple[Flip, ...]
    mean_difference: float | None
    largest_difference: float | None
    disagreements: tuple[Disagreement, ...]
    unanswered: tuple[Disagreement, ...]
    by_task: tuple[ByTask, ...] = ()
    file: str = ""
    notes: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass
class _Changes:
    """How the answers of one task differ."""

    agreeing: int = 0
    flips: Counter[tuple[str, str]] = field(default_factory=Counter)
    differences: float = 0.0
    largest: float = 0.0

    def add(self, logged: Answer, answer: Answer) -> float:
        """Counts a line; returns how much its values differ, 0 of classes."""
        self.agreeing += same(logged, answer)
        if isinstance(logged, ClassAnswer) and isinstance(answer, ClassAnswer):
            self.flips[logged.class_, answer.class_] += 1
        if isinstance(logged, ClassesAnswer) and isinstance(answer, ClassesAnswer):
            before, now = set(logged.classes), set(answer.classes)
            self.flips.update((name if name in before else "", name if name in now else "") for name in before | now)
        if isinstance(logged, ValueAnswer) and isinstance(answer, ValueAnswer):
            difference = abs(answer.value - logged.value)
            self.differences += difference
            self.largest = max(self.largest, difference)
            return difference
        return 0.0

    def result(self, card: ModelCard, answered: int) -> ByTask:
        is_value = card.kind == VALUE and answered > 0
        flips = tuple(Flip(*names, count) for names, count in self.flips.most_common())
        mean, largest = (self.differences / answered, self.largest) if is_value else (None, None)
        return ByTask(card.label, self.agreeing, flips, mean, largest)


@dataclass
class Counting:
    """Takes one line after the other.

    Attributes:
      lines, answered, agreeing: as in ``Replay``.
    """

    lines: int = 0
    answered: int = 0
    agreeing: int = 0
    _changes: dict[str, _Changes] = field(default_factory=dict)
    _versions: dict[str, list[int]] = field(default_factory=dict)
    _first: list[Disagreement] = field(default_factory=list)
    _largest: list[tuple[float, int, Disagreement]] = field(default_factory=list)
    _unanswered: list[Disagreement] = field(default_factory=list)

    def add(self, one: Replayed) -> None:
        """Counts a line."""
        self.lines += 1
        counts = self._versions.setdefault(one.logged.version, [0, 0])
        counts[0] += 1
        counts[1] += one.agrees
        if one.answer is None:
            if len(self._unanswered) < _FIRST:
                self._unanswered.append(_disagreement(one))
            return
        self.answered += 1
        self.agreeing += one.agrees
        answers = by_label(one.answer)
        difference = 0.0
        for label, logged in by_label(one.logged.answer).items():
            if label in answers:
                difference = self._changes.setdefault(label, _Changes()).add(logged, answers[label])
        if isinstance(one.answer, ValueAnswer):
            if not one.agrees:
                self._keep_largest(difference, one)
        elif not one.agrees and len(self._first) < _FIRST:
            self._first.append(_disagreement(one))

    def _keep_largest(self, difference: float, one: Replayed) -> None:
        # A heap of the largest ones, its smallest at the front; the line keeps equal ones in their order.
        if len(self._largest) < _FIRST:
            heapq.heappush(self._largest, (difference, -one.logged.line, _disagreement(one)))
        elif difference > self._largest[0][0]:
            heapq.heapreplace(self._largest, (difference, -one.logged.line, _disagreement(one)))

    def result(self, card: ModelCard, source: str) -> Replay:
        """What was counted."""
        several = card.kind == SEVERAL
        tasks = [self._of(part, part.label if several else "") for part in card.parts()]
        single = ByTask(card.label, self.agreeing, (), None, None) if several else tasks[0]
        largest = [one for _, _, one in sorted(self._largest, key=lambda item: (-item[0], -item[1]))]
        return Replay(
            dataset=card.name,
            version=card.version or "",
            source=source,
            lines=self.lines,
            answered=self.answered,
            agreeing=self.agreeing,
            agreement=self.agreeing / self.lines if self.lines else 1.0,
            by_version=tuple(ByVersion(version, *counts) for version, counts in self._versions.items()),
            flips=single.flips,
            mean_difference=single.mean_difference,
            largest_difference=single.largest_difference,
            disagreements=tuple(largest or self._first),
            unanswered=tuple(self._unanswered),
            by_task=tuple(tasks) if several else (),
        )

    def _of(self, card: ModelCard, label: str) -> ByTask:
        return self._changes.get(label, _Changes()).result(card, self.answered)


def _disagreement(one: Replayed) -> Disagreement:
    logged = one.logged
    return Disagreement(
        logged.line,
        logged.time,
        logged.version,
        logged.input,
        _json(logged.answer),
        _json(one.answer) if one.answer is not None else None,
        one.error,
    )


def _json(answer: Answer) -> AnswerJson:
    return answer.as_json(probabilities=False)

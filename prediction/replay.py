"""`slipway replay`: what a version would have answered to the inputs in the gateway's request log."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from prediction.answer import (
    Answer,
    ClassAnswer,
    ClassesAnswer,
    ForecastAnswer,
    SeveralAnswer,
    UnansweredError,
    ValueAnswer,
)  # fmt: skip
from prediction.files.request_log import Logged, read, readable, redacted
from prediction.files.rows import PICTURES, ROWS, kinds
from prediction.loaded_model import LoadedModel
from prediction.outputs import answers
from schemas import request
from schemas.errors import InputError, listed
from schemas.request import Columns

TOLERANCE = 1e-4
"""Values that differ by less, in parts of the larger one, are the same: float32 rounds, and batches add in another order."""


@dataclass(frozen=True)
class Replayed:
    """One line of the log.

    Attributes:
      logged: the line.
      answer: what the version answers; None where it cannot.
      error: why it cannot; "" where it can.
    """

    logged: Logged
    answer: Answer | None
    error: str = ""

    @property
    def agrees(self) -> bool:
        """Whether the version answers as it was answered: the same class or classes, or the same value but for rounding; of
        several tasks each of them."""
        return self.answer is not None and same(self.logged.answer, self.answer)


def same(logged: Answer, answer: Answer) -> bool:
    """Whether two answers agree, as ``Replayed.agrees`` has it."""
    if isinstance(logged, SeveralAnswer) and isinstance(answer, SeveralAnswer):
        found = answer.answers
        return logged.answers.keys() == found.keys() and all(
            same(one, found[label]) for label, one in logged.answers.items()
        )
    if isinstance(logged, ClassAnswer) and isinstance(answer, ClassAnswer):
        return logged.class_ == answer.class_
    if isinstance(logged, ClassesAnswer) and isinstance(answer, ClassesAnswer):
        return set(logged.classes) == set(answer.classes)
    if isinstance(logged, ValueAnswer) and isinstance(answer, ValueAnswer):
        return _close(logged.value, answer.value)
    if isinstance(logged, ForecastAnswer) and isinstance(answer, ForecastAnswer):
        return len(logged.values) == len(answer.values) and all(map(_close, logged.values, answer.values))
    return False


def _close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=1e-9)


def replay(model: LoadedModel, path: str) -> Iterator[Replayed]:
    """Every line of the model's in the log, in its order, with the answer of this version; streamed.

    A column that the version does not read is left out. An input that does not fit it has no answer, and a reason.

    Raises:
      InputError: the log cannot be read, is none, or has redacted columns that the version reads.
    """
    card = model.card
    hidden = [name for name in redacted(path, card.name) if name in card.inputs]
    if hidden:
        raise InputError(
            f"{path}: {listed(hidden)} {'is' if len(hidden) == 1 else 'are'} redacted, and {card.name} {card.version} "
            "reads it: there is nothing to answer; keep a log without --redact of these"
        )
    lines = read(path, card.name)
    size = PICTURES if "image" in kinds(card).values() else ROWS
    while block := list(islice(lines, size)):
        yield from _answered(model, block)


def _answered(model: LoadedModel, block: list[Logged]) -> Iterator[Replayed]:
    """The lines of a block in their order; those that fit are answered in one call."""
    rows: dict[int, Columns] = {}
    errors: dict[int, str] = {}
    for place, logged in enumerate(block):
        try:
            rows[place] = request.parse(model.card, readable(logged.input, model.card))
        except InputError as error:
            errors[place] = str(error)
    found = dict(zip(rows, _call(model, list(rows.values())), strict=True))
    for place, logged in enumerate(block):
        answer = found.get(place)
        if isinstance(answer, str):
            yield Replayed(logged, None, answer)
        else:
            yield Replayed(logged, answer, errors.get(place, ""))


def _call(model: LoadedModel, rows: list[Columns]) -> list[Answer | str]:
    """An answer for each row, or why there is none."""
    if not rows:
        return []
    try:
        columns = {name: [row[name] for row in rows] for name in model.card.inputs}
        return [*answers(model.card, model.predict_columns(columns))]
    except UnansweredError as error:
        # TensorFlow fails the whole call for one row: one by one, the others are answered.
        return [str(error)] if len(rows) == 1 else [found for row in rows for found in _call(model, [row])]

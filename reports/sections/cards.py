"""The card of a failure: its raw input, why it is answered as it is, and a training example that is handled correctly."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from analysis.records import Attribution, Neighbour, Part
from reports import pictures, wording
from reports.material import Material
from reports.pictures import Picture
from reports.sections.inputs import LONG, Shown, plain, shown
from schemas.tasks import CLASS, CLASSES, Task

_COLUMN_BYTES, _WORD_BYTES = 400, 120  # of a row of a table and of a word, as the page has them
_COLUMNS = 8  # of a table that stand open
_REASONS = 3
_PROBABLE, _PROBABLE_OF_SEVERAL = 3, 8  # classes with their probabilities
_NEIGHBOUR_TEXT = 300  # characters


@dataclass(frozen=True)
class Near:
    """The nearest training example that is handled correctly."""

    label: str
    distance: str
    row: int
    pictures: list[tuple[str, Picture]]
    texts: list[tuple[str, str]]


@dataclass(frozen=True)
class Card:
    """One example.

    Attributes:
      rank: by loss, from 1.
      kind: ``false positive``, ``false negative``, ``wrong``, ``right, but unsure`` or ``""`` of a regression.
      expected, answered: label and answer.
      confidence: of the answer; or by how much it is off; or which of several classes are missing or too many.
      probabilities: the most probable classes, with per cent.
      loss, row, key: where it is in the source.
      input: raw.
      open_columns, more_columns: the rows of its table that stand open, and the others.
      reason: what pushed the answer, in a sentence; "".
      near: its neighbour.
      explained: the class that attributions speak of.
      notes: what else is known of it: a duplicate, a suspect label.
    """

    rank: int
    kind: str
    expected: str
    answered: str
    confidence: str
    probabilities: list[tuple[str, float]]
    loss: str
    row: int
    key: str
    input: Shown
    reason: str
    near: Near | None
    explained: str
    notes: list[str]

    @property
    def open_columns(self) -> list[Any]:
        """The first rows of its table; all of them where few would be left."""
        return self.input.columns[: self._open]

    @property
    def more_columns(self) -> list[Any]:
        """The others."""
        return self.input.columns[self._open :]

    @property
    def _open(self) -> int:
        return _COLUMNS if len(self.input.columns) > _COLUMNS + 2 else len(self.input.columns)


def make(
    material: Material,
    row: dict[str, Any],
    why: Attribution | None,
    near: Neighbour | None,
    notes: list[str],
    rank: int,
) -> Card:
    """The card of a row of predictions.parquet.

    Args:
      row: by the file's columns.
      why, near: of that row, where they are known.
      notes: what else is known of it.
      rank: from 1.
    """
    assert material.predictions is not None
    kinds = material.predictions.info.inputs
    label, answer = row["label"], row["prediction"]
    task, classes = material.task, material.task.classes_or_none
    expected, answered = material.text(label), material.text(answer)
    if task.kind == CLASS:
        confidence = f"confidence {wording.metric_value(row['confidence'])}"
    elif task.kind == CLASSES:
        confidence = _missed(label, answer)
    else:
        confidence = f"off by {wording.number(abs(label - answer))}"
        if row.get("low") is not None:
            answered += f" ({wording.number(row['low'], 4)} to {wording.number(row['high'], 4)})"
    return Card(
        rank,
        _kind(task, label, answer),
        expected,
        answered,
        confidence,
        _probable(task, row),
        wording.number(row["loss"]),
        int(row["source_row"]),
        wording.short(str(row["key"]), 40),
        shown(row, kinds, why, near),
        _reason(why, classification=classes is not None) if why else "",
        _near(material, near, kinds) if near else None,
        why.target if why and task.kind == CLASSES else answered,
        notes,
    )


def _kind(task: Task, label: Any, answer: Any) -> str:
    if task.classes_or_none is None:
        return ""
    if label == answer:
        return "right, but unsure"
    if task.kind == CLASSES or len(task.classes_or_none) > 2:
        return "wrong"
    return "false positive" if answer == task.classes_or_none[1] else "false negative"


def _missed(label: str, answer: str) -> str:
    """Which of several classes an answer lacks, and which it should not have."""
    expected, answered = json.loads(label), json.loads(answer)
    missing = [name for name in expected if name not in answered]
    wrong = [name for name in answered if name not in expected]
    parts = [f"{what}: {', '.join(names)}" for what, names in (("missing", missing), ("too many", wrong)) if names]
    return "; ".join(parts) or "all classes as the label has them"


def _probable(task: Task, row: dict[str, Any]) -> list[tuple[str, float]]:
    """The most probable classes; of two that exclude each other none, as the confidence says it all."""
    classes, probabilities = task.classes_or_none, row.get("probabilities")
    if not classes or not probabilities or (task.kind == CLASS and len(classes) < 3):
        return []
    found = sorted(zip(classes, probabilities, strict=False), key=lambda pair: -pair[1] if pair[1] == pair[1] else 1.0)
    most = _PROBABLE
    if task.kind == CLASSES:  # as far as to the last one that the label or the answer has
        named = {*json.loads(row["label"]), *json.loads(row["prediction"])}
        most = min(
            _PROBABLE_OF_SEVERAL, max([most, *(place for place, (name, _) in enumerate(found, 1) if name in named)])
        )
    return [(name, round(100 * value, 1) if value == value else 0.0) for name, value in found[:most]]


def _reason(found: Attribution, *, classification: bool) -> str:
    """What speaks for the answer most, and against it, in a sentence; "" for a picture."""
    if not found.parts:
        return ""
    ordered = sorted(found.parts, key=lambda part: -part.attribution)
    raising = [part for part in ordered if part.attribution > 0][:_REASONS]
    lowering = [part for part in reversed(ordered) if part.attribution < 0][:_REASONS]
    target = f"“{found.target}”" if classification else "a higher value"
    sentences = []
    if raising:
        sentences.append(f"For {target}: {wording.listed([_part(part) for part in raising])}.")
    if lowering:
        sentences.append(f"Against: {wording.listed([_part(part) for part in lowering])}.")
    return " ".join(sentences)


def _part(part: Part) -> str:
    value = f" {wording.short(_readable(part.value), 32)}" if part.value else ""
    return f"{wording.short(part.name, 40)}{value} ({wording.signed(part.attribution)})"


def _readable(value: str) -> str:
    """A number that was written with all its digits, with a few of them; another text as it is."""
    try:
        return wording.number(float(value), 4)
    except ValueError:
        return value


def _near(material: Material, found: Neighbour, kinds: dict[str, str]) -> Near:
    images = [
        (name, pictures.picture(pictures.of_json(found.input[name])))
        for name, kind in kinds.items()
        if kind == "image" and name in found.input
    ]
    texts = [
        (name, wording.cut(str(found.input[name]), _NEIGHBOUR_TEXT))
        for name, kind in kinds.items()
        if kind == "string" and len(str(found.input.get(name) or "")) > LONG
    ]
    label = material.text(found.label) if isinstance(found.label, str) else plain(float(found.label))
    return Near(label, wording.number(found.distance), found.source_row, images, texts)


def size(card: Card) -> int:
    """About how many bytes of the page a card is."""
    texts = sum(len(text) for _, text in card.input.texts)
    rows = _COLUMN_BYTES * len(card.input.columns) + _WORD_BYTES * len(card.input.words)
    return sum(len(one.source) for one in _pictures(card)) + texts + rows


def _pictures(card: Card) -> Iterable[Picture]:
    for _, image, heat in card.input.pictures:
        yield from (image, heat) if heat else (image,)
    if card.near:
        yield from (image for _, image in card.near.pictures)

"""The card of a failure: its raw input, why it is answered as it is, and a training example that is handled correctly."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from analysis.records import Attribution, Neighbour, Part
from reports import pictures, wording
from reports.material import Material
from reports.pictures import Picture
from reports.sections.inputs import LONG, Shown, plain, shown

_COLUMN_BYTES, _WORD_BYTES = 400, 120  # of a row of a table and of a word, as the page has them
_COLUMNS = 8  # of a table that stand open
_REASONS = 3
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
      confidence: of the answer; or by how much it is off.
      probabilities: the most probable classes, with per cent.
      loss, row, key: where it is in the source.
      input: raw.
      open_columns, more_columns: the rows of its table that stand open, and the others.
      reason: what pushed the answer, in a sentence; "".
      near: its neighbour.
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
    classes = material.task.classes_or_none
    if classes:
        confidence = f"confidence {wording.metric_value(row['confidence'])}"
        expected, answered = str(label), str(answer)
    else:
        confidence = f"off by {wording.number(abs(label - answer))}"
        expected, answered = wording.number(label, 4), wording.number(answer, 4)
        if row.get("low") is not None:
            answered += f" ({wording.number(row['low'], 4)} to {wording.number(row['high'], 4)})"
    return Card(
        rank,
        _kind(classes, label, answer),
        expected,
        answered,
        confidence,
        _probable(classes, row.get("probabilities")),
        wording.number(row["loss"]),
        int(row["source_row"]),
        wording.short(str(row["key"]), 40),
        shown(row, kinds, why, near),
        _reason(why, classification=classes is not None) if why else "",
        _near(near, kinds) if near else None,
        notes,
    )


def _kind(classes: tuple[str, ...] | None, label: Any, answer: Any) -> str:
    if classes is None:
        return ""
    if label == answer:
        return "right, but unsure"
    if len(classes) > 2:
        return "wrong"
    return "false positive" if answer == classes[1] else "false negative"


def _probable(classes: tuple[str, ...] | None, probabilities: list[float] | None) -> list[tuple[str, float]]:
    """The three most probable classes; of two classes none, as the confidence says it all."""
    if not classes or len(classes) < 3 or not probabilities:
        return []
    found = sorted(zip(classes, probabilities, strict=False), key=lambda pair: -pair[1] if pair[1] == pair[1] else 1.0)
    return [(name, round(100 * value, 1) if value == value else 0.0) for name, value in found[:3]]


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


def _near(found: Neighbour, kinds: dict[str, str]) -> Near:
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
    label = found.label if isinstance(found.label, str) else plain(float(found.label))
    return Near(str(label), wording.number(found.distance), found.source_row, images, texts)


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

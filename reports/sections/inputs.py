"""The raw input of an example as a card shows it: pictures, texts with their words, columns with their attributions."""

from dataclasses import dataclass
from typing import Any

from analysis.predictions import INPUT
from analysis.records import Attribution, Neighbour, Part
from reports import pictures, wording
from reports.pictures import Picture

_TEXT = 600  # characters of a text without attributions
_WORDS = 160  # words of a text with them
_CELL = 80  # characters of a table's cell
_SUMMARY = 160  # of a whole input in one
LONG = 60  # a column is a text from so many characters on


@dataclass(frozen=True)
class Word:
    """A word of a text; ``strength`` is -1 to 1, the share of the largest attribution in the text."""

    text: str
    strength: float
    title: str


@dataclass(frozen=True)
class Column:
    """A raw column: its value, that of the neighbour, and its attribution, whose bar is ``width`` per cent of half a cell."""

    name: str
    value: str
    neighbour: str
    differs: bool
    attribution: str
    width: float
    raises: bool


@dataclass(frozen=True)
class Shown:
    """An input.

    Attributes:
      pictures: by column, with the heat map to lay over each; None where there is none.
      words: of the text that was attributed.
      more_words: how many of them are left out.
      texts: other texts, by column.
      columns: all else, as rows of a table; the largest attributions first.
      attributed: whether ``columns`` have attributions.
    """

    pictures: list[tuple[str, Picture, Picture | None]]
    words: list[Word]
    more_words: int
    texts: list[tuple[str, str]]
    columns: list[Column]
    attributed: bool


def shown(row: dict[str, Any], kinds: dict[str, str], found: Attribution | None, neighbour: Neighbour | None) -> Shown:
    """The input of a row of predictions.parquet.

    Args:
      kinds: the types of the raw columns.
      found: the row's attributions.
      neighbour: its neighbour.
    """
    values = {name: row.get(INPUT + name) for name in kinds}
    heat = pictures.heat(found.heat) if found and found.heat else None
    images = [
        (name, pictures.picture(bytes(values[name] or b"")), heat) for name, kind in kinds.items() if kind == "image"
    ]
    plain = {name: value for name, value in values.items() if kinds[name] != "image"}
    parts = found.parts if found else ()
    by_word = bool(parts) and not any(part.name in kinds for part in parts)
    texts = (
        []
        if by_word
        else [
            (name, wording.cut(value, _TEXT))
            for name, value in plain.items()
            if isinstance(value, str) and len(value) > LONG
        ]
    )
    others = {
        name: value for name, value in plain.items() if name not in dict(texts) and not (by_word and len(plain) == 1)
    }
    return Shown(
        images,
        _words(parts[:_WORDS]) if by_word else [],
        max(0, len(parts) - _WORDS) if by_word else 0,
        texts,
        _columns(others, {} if by_word else {part.name: part for part in parts}, neighbour),
        bool(parts) and not by_word,
    )


def summary(row: dict[str, Any], kinds: dict[str, str]) -> tuple[list[Picture], str]:
    """An input in a table's cell: its pictures, and the other columns in a line."""
    images = [pictures.picture(bytes(row.get(INPUT + name) or b"")) for name, kind in kinds.items() if kind == "image"]
    others = [name for name, kind in kinds.items() if kind != "image"]
    if len(others) == 1 and not images:
        return [], wording.short(str(row.get(INPUT + others[0]) or "missing"), _SUMMARY)
    parts = [f"{name} {plain(row.get(INPUT + name))}" for name in others if row.get(INPUT + name) not in (None, "")]
    return images, wording.short(", ".join(parts), _SUMMARY)


def plain(value: Any) -> str:
    """A raw value as a cell shows it."""
    if value is None or value == "":
        return "missing"
    if isinstance(value, float):
        return "missing" if value != value else wording.number(value, 4)
    return wording.short(str(value), _CELL)


def _words(parts: tuple[Part, ...]) -> list[Word]:
    most = max((abs(part.attribution) for part in parts), default=0.0) or 1.0
    return [
        Word(part.name[:_CELL], round(part.attribution / most, 3), wording.signed(part.attribution)) for part in parts
    ]


def _columns(values: dict[str, Any], parts: dict[str, Part], neighbour: Neighbour | None) -> list[Column]:
    most = max((abs(part.attribution) for part in parts.values()), default=0.0) or 1.0
    rows = []
    for name, value in values.items():
        part = parts.get(name)
        text = plain(value)
        near = plain(neighbour.input.get(name)) if neighbour else ""
        size = part.attribution if part else 0.0
        rows.append(
            (
                -abs(size),
                Column(
                    name,
                    text,
                    near,
                    bool(neighbour) and near != text,
                    wording.signed(size) if part else "",
                    round(50 * min(1.0, abs(size) / most), 1),
                    size > 0,
                ),
            )
        )
    return [column for _, column in sorted(rows, key=lambda pair: pair[0])]

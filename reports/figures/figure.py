"""What a figure shows, independent of how it is drawn; svg.py and png.py draw it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

Numbers = Sequence[float]


@dataclass(frozen=True)
class Axis:
    """One axis.

    Attributes:
      label: the quantity, with its unit where it has one.
      low, high: the range that is shown.
      whole: whether ticks are whole numbers, as of epochs.
    """

    label: str
    low: float
    high: float
    whole: bool = False


@dataclass(frozen=True)
class Line:
    """Points joined by a line.

    Attributes:
      name: in the legend; "" for none.
      x, y: the points; one that is not finite interrupts the line.
      colour: the number of a colour of the palette, from 1; 0 is grey.
      dashed: a second sign beside the colour.
      faint: thin and pale, as one model of an ensemble.
    """

    name: str
    x: Numbers
    y: Numbers
    colour: int = 1
    dashed: bool = False
    faint: bool = False


@dataclass(frozen=True)
class Points:
    """Points, with what each is.

    Attributes:
      titles: shown where the pointer rests; as many as points, or none.
      low, high: the ends of a vertical interval at each point; or none.
    """

    name: str
    x: Numbers
    y: Numbers
    colour: int = 1
    titles: Sequence[str] = ()
    low: Numbers = ()
    high: Numbers = ()


@dataclass(frozen=True)
class Bars:
    """Vertical bars from 0, as of a histogram: ``edges`` has one number more than ``heights``."""

    name: str
    edges: Numbers
    heights: Numbers
    colour: int = 1


@dataclass(frozen=True)
class Ranges:
    """A value with its interval for each name, from top to bottom. Drawn as PNG alone: the page has a table in its place.

    Attributes:
      names: of the rows.
      value, low, high: NaN where there is none.
      reference: the value of all, drawn as a line; NaN for none.
    """

    names: Sequence[str]
    value: Numbers
    low: Numbers
    high: Numbers
    reference: float = float("nan")


@dataclass(frozen=True)
class Matrix:
    """Counts by label (rows) and answer (columns). Drawn as PNG alone, as ``Ranges`` is."""

    names: Sequence[str]
    counts: Sequence[Sequence[int]]


@dataclass(frozen=True)
class Rule:
    """A vertical line at ``at``, with its name in the legend."""

    name: str
    at: float
    colour: int = 0


Mark = Line | Points | Bars | Ranges | Matrix | Rule


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure.

    Attributes:
      slug: its file's name without the ending, and its id in the page.
      title: what it shows.
      text: what one sees in it, in a sentence; the description for those who do not see it.
      columns, rows: the numbers behind it, as text.
    """

    slug: str
    title: str
    text: str
    x: Axis
    y: Axis
    marks: tuple[Mark, ...]
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = field(default=())

    @property
    def legend(self) -> list[Line | Points | Bars | Rule]:
        """The marks that have a name."""
        return [mark for mark in self.marks if not isinstance(mark, Ranges | Matrix) and mark.name]

"""What all sections are."""

from dataclasses import dataclass, field
from typing import Any

from reports.figures.figure import Figure


@dataclass(frozen=True, kw_only=True)
class Section:
    """One section of a report, or the part of one that is about one of several labels.

    Attributes:
      id: the name of its template in templates/sections; its anchor, with ``suffix``.
      title: its heading.
      lead: what it says, in a sentence or two; "" for nothing.
      badge: a number beside its name in the table of contents; "" for none.
      view: what the template shows; None where there is nothing but ``lead`` and ``absent``.
      figures: in the order in which the template names them; each is a PNG too.
      absent: what is not in it because a part is missing, and why, a sentence each.
      notes: what was sampled or left out to keep it short, a sentence each.
      parts: of several labels one each, below what is said of all of them.
      suffix: of a part, what tells its anchors and figures from those of the others, such as ``-2``; else "".
    """

    id: str
    title: str
    lead: str
    badge: str = ""
    view: Any = None
    figures: tuple[Figure, ...] = field(default=())
    absent: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    parts: tuple["Section", ...] = ()
    suffix: str = ""

    @property
    def anchor(self) -> str:
        """Its id in the page."""
        return f"{self.id}{self.suffix}"

    def figure(self, slug: str) -> Figure | None:
        """A figure by its name, without the suffix; None where the data for it is missing."""
        return next((figure for figure in self.figures if figure.slug == f"{slug}{self.suffix}"), None)

    @property
    def all_figures(self) -> tuple[Figure, ...]:
        """Its own figures, and those of its parts."""
        return (*self.figures, *(figure for part in self.parts for figure in part.figures))

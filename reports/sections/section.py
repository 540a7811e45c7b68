"""What all sections are."""

from dataclasses import dataclass, field
from typing import Any

from reports.figures.figure import Figure


@dataclass(frozen=True, kw_only=True)
class Section:
    """One section of a report.

    Attributes:
      id: its anchor, and the name of its template in templates/sections.
      title: its heading.
      lead: what it says, in a sentence or two.
      badge: a number beside its name in the table of contents; "" for none.
      view: what the template shows; None where there is nothing but ``lead`` and ``absent``.
      figures: in the order in which the template names them; each is a PNG too.
      absent: what is not in it because a part is missing, and why, a sentence each.
      notes: what was sampled or left out to keep it short, a sentence each.
    """

    id: str
    title: str
    lead: str
    badge: str = ""
    view: Any = None
    figures: tuple[Figure, ...] = field(default=())
    absent: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def figure(self, slug: str) -> Figure | None:
        """A figure by its name; None where the data for it is missing."""
        return next((figure for figure in self.figures if figure.slug == slug), None)

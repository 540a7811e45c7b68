"""The line of a page that declares a slice: what can be pasted into ``slices=(...)``, with the edges that it needs alone."""

import json
from collections.abc import Iterable

from analysis.groups import Grouping
from analysis.predictions import Info
from schemas.slices import Buckets

Group = tuple[tuple[Grouping, int], ...]
"""One or two columns, and which of their groups."""


class Declarations:
    """The declarations of some groups, which fit each other and the page: a page takes one ``Buckets`` of a column.

    Args:
      info: what the page declares already.
      groups: all that are declared.
    """

    def __init__(self, info: Info, groups: Iterable[Group]) -> None:
        self._known = {frozenset(columns) for columns in info.slices}
        self._edges: dict[str, set[float]] = {}
        for grouping, code in (part for group in groups for part in group):
            if grouping.buckets is not None:
                self._edges.setdefault(grouping.name, set()).update(_ends(grouping.buckets, code))

    def of(self, group: Group) -> str:
        """A name, ``Buckets(...)``, or a tuple of two of these; "" for a slice that the page has already."""
        if frozenset(grouping.name for grouping, _ in group) in self._known:
            return ""
        parts = [self._part(grouping) for grouping, _ in group]
        return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"

    def _part(self, grouping: Grouping) -> str:
        buckets = grouping.buckets
        if buckets is None:
            return _quoted(grouping.name)
        edges = buckets.edges if grouping.declared else sorted(self._edges[grouping.name])
        # Missing values alone need no edge, but Buckets do.
        shown = ", ".join(map(repr, edges or [buckets.edges[len(buckets.edges) // 2]]))
        of = "" if buckets.of == "value" else f", of={_quoted(buckets.of)}"
        return f"Buckets({_quoted(buckets.column)}, edges=({shown}{',' * (',' not in shown)}){of})"


def _ends(buckets: Buckets, code: int) -> tuple[float, ...]:
    """The edges at which a range begins and ends; none of missing values."""
    return buckets.edges[max(0, code - 1) : code + 1] if code <= len(buckets.edges) else ()


def _quoted(text: str) -> str:
    """A literal of Python, in double quotes as the pages have them."""
    return json.dumps(text, ensure_ascii=False)

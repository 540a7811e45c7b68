"""A report as its reader gets it: text, tables, links and what it would load."""

from html.parser import HTMLParser
from pathlib import Path

from reports import material, report


def of_dossier(folder: Path) -> "Page":
    """The report on a dossier, without its figures as PNG: they take most of the time."""
    found = material.read(folder)
    return Page(report.page(found, report.sections(found)))


HEADINGS = ("h1", "h2", "h3", "h4")
VOID = {"meta", "link", "img", "br", "hr", "input", "source"}


class Page(HTMLParser):
    """The parsed file.

    Attributes:
      bytes: how large the file is.
      text: all that is shown, a space between elements.
      sections: the text of each section, by its id.
      loads: what a browser would fetch or show from elsewhere: src and href that are no anchor.
      headings: (level, text) in order.
      tables: of each table, its rows as lists of cells.
      tags: each start tag with its attributes.
      ids: all ids, in order.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.bytes = len(html.encode())
        self.pieces: list[str] = []
        self.sections: dict[str, str] = {}
        self.loads: list[str] = []
        self.headings: list[tuple[int, str]] = []
        self.tables: list[list[list[str]]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.ids: list[str] = []
        self._open: list[str] = []
        self._section: str | None = None
        self.feed(html)
        self.text = " ".join(" ".join(self.pieces).split())
        assert not self._open, f"not closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if "id" in attributes:
            self.ids.append(attributes["id"] or "")
        self.loads += [
            value or "" for name, value in attrs if name in ("src", "href") and not (value or "").startswith("#")
        ]
        if tag not in VOID:
            self._open.append(tag)
        if tag == "section":
            self._section = attributes["id"]
            self.sections[self._section or ""] = ""
        if tag in HEADINGS:
            self.headings.append((int(tag[1]), ""))
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("td", "th"):
            self.tables[-1][-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open and self._open.pop() == tag, f"</{tag}> closes another element"
        if tag == "section":
            self._section = None

    def handle_data(self, data: str) -> None:
        if {"style", "script"} & set(self._open):
            return
        self.pieces.append(data)
        text = " ".join(data.split())
        if self._section is not None and text:
            self.sections[self._section] += f" {text}"
        if self._open and self._open[-1] in HEADINGS:
            level, before = self.headings[-1]
            self.headings[-1] = (level, before + text)
        if {"td", "th"} & set(self._open) and text:
            self.tables[-1][-1][-1] = f"{self.tables[-1][-1][-1]} {text}".strip()

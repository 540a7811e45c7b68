"""Texts in archives."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from schemas import problems
from schemas.problems import Problem
from schemas.sources.files import OneFile, encoding_problems, file_problems

TEXT = "text"  # the column of a text file's content


@dataclass(frozen=True)
class TextTar(OneFile):
    """A tar archive, gzipped or not, with one text file a row.

    Attributes:
      file: as in Csv, and so are url and sha256.
      pattern: a regular expression that a member's whole name ("./" at its front not counted) must match to be a row. Each
        named group is a column; one that is named ``split`` says ``train`` or ``test`` where there is an official test set
        (and a member for which it says nothing is as one of ``train``).
      encoding: how the texts are encoded. Column ``text`` is a member's text.
    """

    file: str
    pattern: str
    url: str | None = None
    sha256: str | None = None
    encoding: str = "utf-8"

    @property
    def columns(self) -> tuple[str, ...]:
        """The named groups of ``pattern`` in their order, and ``text``. Raises re.error for a pattern that is none."""
        return (*re.compile(self.pattern).groupindex, TEXT)

    def problems(self) -> Iterator[Problem]:
        """The fields that break their rule; a ``pattern`` must compile and name at least one column."""
        yield from file_problems("file", self.file, self.url, self.sha256)
        try:
            groups = re.compile(self.pattern).groupindex
        except (
            re.error,
            TypeError,
            OverflowError,
            RecursionError,
        ):  # the last two: a huge repetition, very deep nesting
            yield Problem("pattern", self.pattern, "a regular expression")
            groups = {"none": 1}  # one mistake is one problem
        if not groups or TEXT in groups:
            yield Problem("pattern", self.pattern, f"one or more named groups (?P<column>...), none of them {TEXT!r}")
        yield from encoding_problems(self.encoding)


@dataclass(frozen=True)
class ReutersSgml(OneFile):
    """Reuters-21578: a tar archive of SGML files; one topic a document, the ModApte split (Apte, Damerau and Weiss, 1994).

    A topic counts that ``at_least`` training documents carry, alone or with others. A document is a row if exactly one of its
    topics counts, and that one is among ``topics``: the other topics it may have are ignored.

    Columns: ``title``, ``body``, ``text`` (the title, a line end, the body), ``topic``, ``date``, ``id`` (NEWID).

    Attributes:
      file: as in Csv, and so are url and sha256.
      topics: the classes; () for every topic that counts.
      at_least: how many training documents make a topic count.
    """

    file: str
    url: str | None = None
    sha256: str | None = None
    topics: tuple[str, ...] = ()
    at_least: int = 10

    columns: ClassVar = ("title", "body", TEXT, "topic", "date", "id")

    def problems(self) -> Iterator[Problem]:
        """The fields that break their rule, in their order."""
        yield from file_problems("file", self.file, self.url, self.sha256)
        yield from problems.strings("topics", self.topics)
        yield from problems.number("at_least", self.at_least, 1, whole=True)

"""Drawings that are kept: each with a revision, so that of two people who edit one nobody's work is lost."""

from pydantic import Field

from studio.messages.graphs import Graph
from studio.messages.message import Message, ProblemDocument


class DocumentRow(Message):
    """A drawing in the list; ``modified`` is ISO 8601, UTC."""

    id: str
    name: str
    dataset: str | None
    revision: int
    modified: str
    layers: int


class Document(Message):
    """A drawing.

    Attributes:
      revision: rises with each save, from 1.
    """

    id: str
    name: str
    revision: int
    modified: str
    graph: Graph


class NewDocument(Message):
    """A drawing to keep."""

    name: str = Field(min_length=1, max_length=200)
    graph: Graph


class SaveDocument(Message):
    """A change of a drawing: ``revision`` is the one that it was made on, another one is a conflict."""

    name: str = Field(min_length=1, max_length=200)
    graph: Graph
    revision: int


class Conflict(ProblemDocument):
    """The answer 409: somebody saved meanwhile; ``current`` is what is kept now. Nothing was changed."""

    current: Document

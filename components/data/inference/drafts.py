"""A page before it is written, as a person can look at it and change it."""

from dataclasses import dataclass, field
from typing import Any

from schemas.json_record import JsonRecord

KINDS = (
    "number", "exact", "category", "text", "timestamp", "set", "vector", "latitude", "longitude", "image", "ignore",
)  # fmt: skip
TASKS = ("BinaryClassification", "MulticlassClassification", "MultiLabel", "Regression")
TABLES = ("csv", "columns", "parquet", "jsonl", "sql")
"""What a draft's file is, where it has columns of cells; else ``images``, ``idx`` or ``texts``."""
PICTURES = ("images", "idx")
ENCODINGS = ("utf-8", "utf-16", "windows-1252", "latin-1")
ERROR, WARNING = "error", "warning"


@dataclass(frozen=True)
class Column(JsonRecord):
    """A column, and what the page will make of it.

    Attributes:
      kind: one of KINDS; ``ignore`` leaves it out. Of the label: what its values are.
      why: the reason of the kind, in words.
      missing: the share of rows without a value, 0 to 1.
      distinct: how many different values; of very many, those that were counted.
      examples: a few of them.
      minimum, maximum: of numbers.
      counts: of a column with few values: rows by value, the most frequent first.
      options: arguments of the feature that differ from their defaults; ``scale`` of a label is Regression's ``log``,
        and ``classes`` are the names of a set, where they are few enough to be predicted.
    """

    name: str
    kind: str
    why: str
    missing: float
    distinct: int
    examples: list[str]
    minimum: float | None = None
    maximum: float | None = None
    counts: dict[str, int] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem(JsonRecord):
    """Something that keeps the page from being written (``error``), or should be looked at (``warning``).

    Attributes:
      field: of the draft: ``name``, ``label``, ``task``, ``splits``, ``columns``, or ``columns.NAME``.
    """

    field: str
    message: str
    severity: str = ERROR


@dataclass(frozen=True)
class Reading(JsonRecord):
    """How a CSV file is read.

    Attributes:
      delimiter: between cells.
      missing: cells that mean "no value".
      encoding: of the file, one of ENCODINGS.
      decimal, thousands, units: the signs in its numbers, and beside them.
      skip_rows: lines before the header.
      names: of columns without a header line.
    """

    delimiter: str = ","
    missing: list[str] = field(default_factory=lambda: [""])
    encoding: str = "utf-8"
    decimal: str = "."
    thousands: str = ""
    units: list[str] = field(default_factory=list)
    skip_rows: int = 0
    names: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Draft(JsonRecord):
    """A page before it is written.

    Attributes:
      id: of the upload, in the studio.
      file: the name of the file or folder, or of a pattern's; ``kind`` (see TABLES), what it is.
      rows: how many there are.
      name: of the dataset to be.
      summary: the first line of the page.
      label: the column that is predicted.
      task: one of TASKS.
      classes: sorted, numbers by their value; of two the second is the positive one. None for a regression.
      train, eval, test: the shares of the splits, in per cent.
      assumed: what was inferred and should be checked, in sentences.
      page: the Python that would be written; "" where a problem keeps it from being written.
      reading: how a CSV file is read.
      url, sha256: where a file was downloaded from, and its checksum.
      files: of IDX files, their names by the fields of IdxImages.
      pattern: of texts: what TextTar takes.
      query: of a database, what gives its rows.
      linked: whether the page reads the files where they are: then no row can be left out.
      thresholds: by metric, of a quick baseline; measured when the page is written.
    """

    id: str
    file: str
    kind: str
    rows: int
    name: str
    summary: str
    label: str
    task: str
    classes: list[str] | None
    columns: list[Column]
    train: float = 70
    eval: float = 15
    test: float = 15
    assumed: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    page: str = ""
    reading: Reading = field(default_factory=Reading)
    url: str | None = None
    sha256: str | None = None
    files: dict[str, str] = field(default_factory=dict)
    pattern: str = ""
    query: str = ""
    linked: bool = False
    thresholds: dict[str, float] = field(default_factory=dict)

    def column(self, name: str) -> Column | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)

"""The user's own data: an uploaded file, and the page that is written for it."""

from typing import Literal

from studio.messages.message import Finite, Json, Message


class DraftColumn(Message):
    """A column of the file, and what the page will make of it.

    Attributes:
      kind: ``ignore`` leaves it out.
      why: the reason of the kind, in words.
      missing: the share of rows without a value.
      distinct: how many different values.
      examples: a few of them.
      minimum, maximum: of numbers; a column without them cannot be read as one.
      counts: of a column with few values: rows by value, the most frequent first.
      options: arguments of the feature; of a label that is a number, ``scale`` says whether its logarithm is learned.
    """

    name: str
    kind: Literal[
        "number", "exact", "category", "text", "timestamp", "set", "vector", "latitude", "longitude", "image", "ignore"
    ]
    why: str
    missing: float
    distinct: int
    examples: list[str]
    minimum: float | None = None
    maximum: float | None = None
    counts: dict[str, int] = {}
    options: dict[str, Json] = {}


class DraftProblem(Message):
    """Something that keeps the page from being written, or should be looked at.

    Attributes:
      field: ``name``, ``label``, ``task``, ``splits``, ``rows``, ``columns``, ``columns.NAME`` of one, or ``page``.
    """

    field: str
    message: str
    severity: Literal["error", "warning"] = "error"


class DraftReading(Message):
    """How a CSV file is read; ``missing`` are cells that mean "no value", ``names`` of columns without a header line."""

    delimiter: str = ","
    missing: list[str] = [""]
    encoding: str = "utf-8"
    decimal: str = "."
    thousands: str = ""
    units: list[str] = []
    skip_rows: int = 0
    names: list[str] = []


class Draft(Message):
    """A page before it is written.

    Attributes:
      id: of the upload.
      file: its name; ``kind`` what it is.
      rows: how many there are.
      name: of the dataset to be.
      label: the column that is predicted; of pictures the folder's name.
      task: inferred from the label's values.
      classes: sorted, numbers by their value; of two the second is the positive one. None for a regression.
      train, eval, test: the shares of the splits, in per cent.
      assumed: what was inferred and should be checked, in sentences.
      page: the Python that would be written; "" where a problem keeps it from being written.
      reading: how a CSV file is read.
      url, sha256, files, pattern, query, linked: what the command knows of the file.
      thresholds: measured when the page is written.
    """

    id: str
    file: str
    kind: Literal["csv", "columns", "parquet", "jsonl", "sql", "images", "idx", "texts"]
    rows: int
    name: str
    summary: str
    label: str
    task: Literal["BinaryClassification", "MulticlassClassification", "MultiLabel", "Regression"]
    classes: list[str] | None
    columns: list[DraftColumn]
    train: float
    eval: float
    test: float
    assumed: list[str]
    problems: list[DraftProblem]
    page: str
    reading: DraftReading = DraftReading()
    url: str | None = None
    sha256: str | None = None
    files: dict[str, str] = {}
    pattern: str = ""
    query: str = ""
    linked: bool = False
    thresholds: dict[str, float] = {}


class SaveDraft(Message):
    """The draft as the form has it: only ``name``, ``summary``, ``label``, ``task``, kinds, options and shares count."""

    name: str
    summary: str
    label: str
    task: Literal["BinaryClassification", "MulticlassClassification", "MultiLabel", "Regression"]
    kinds: dict[str, str]
    options: dict[str, dict[str, Json]] = {}
    train: Finite
    eval: Finite
    test: Finite


class WrittenPage(Message):
    """The page is written: ``path`` is its file."""

    dataset: str
    path: str

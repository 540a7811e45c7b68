"""The description of a pipeline: what a dataset's page says. Everything a page needs is imported from here."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field

from pipelines.spec_problems import problems_of
from schemas.contracts import Contract, Invariant, Monotone
from schemas.description import Description
from schemas.errors import SpecError
from schemas.features import Category, Excluded, Feature, Geo, History, Image, Number, Set, Text, Timestamp, Vector
from schemas.models import Convolutional, Custom, Graph, Model, NGrams, Sequence, Tabular
from schemas.slices import Buckets
from schemas.sources import (
    Columns,
    Csv,
    Digits,
    File,
    IdxImages,
    ImageFolder,
    JsonLines,
    Parquet,
    ReutersSgml,
    Source,
    Sql,
    TextTar,
    TfRecord,
)
from schemas.splits import Splits
from schemas.submission import Submission
from schemas.tasks import (
    BinaryClassification,
    Classification,
    Forecast,
    MulticlassClassification,
    MultiLabel,
    Ordinal,
    Regression,
    Several,
    Task,
)
from schemas.tasks.forecast import HISTORY
from schemas.thresholds import AtLeast, AtMost, Threshold
from schemas.training import Training

__all__ = [
    "AtLeast", "AtMost", "BinaryClassification", "Buckets", "Category", "Columns", "Convolutional", "Csv", "Custom",
    "Digits", "Excluded", "File", "Forecast", "Geo", "Graph", "IdxImages", "Image", "ImageFolder", "Invariant", "JsonLines",
    "Monotone", "MultiLabel", "MulticlassClassification", "NGrams", "Number", "Ordinal", "Parquet", "Pipeline", "Regression",
    "ReutersSgml", "Sequence", "Set", "Splits", "Sql", "Submission", "Tabular", "Text", "TextTar", "TfRecord", "Timestamp",
    "Training", "Vector",
]  # fmt: skip

Slice = str | Buckets | tuple[str | Buckets, ...]
_NO_TASK = Task("")  # of a page that has ``tasks``


@dataclass(frozen=True)
class Pipeline:
    """One dataset's way from raw file to pushed model. Checked when it is built; raises SpecError.

    Attributes:
      name: the dataset; also the name of the model.
      source: where its examples come from.
      task: what is predicted.
      tasks: instead of ``task``, where one model predicts several labels: a task for each; the first one's primary metric is
        the model's. ``task`` is then ``schemas.tasks.Several`` of them.
      features: the model's inputs by name, in order.
      excluded: features that are left out unless ``slipway run --include`` asks for them, and why.
      model: which model is trained.
      training: how.
      slices: columns by which metrics are split as well, or Buckets of one; a tuple of these crosses them.
      thresholds: metric name to the bound a model must reach to be blessed: a number (a lower bound for a metric of which
        higher is better, an upper bound otherwise), or AtLeast or AtMost, which may bound the 95% interval.
      contracts: how answers may change when an input does: Monotone and Invariant; each must be kept to be blessed.
      tolerance: the share by which the primary metric may be worse than the last blessed model's; 0.01 is one per cent.
      splits: how rows are divided into train, eval and test.
      submission: the file that the dataset's Kaggle competition takes, where there is one.
    """

    name: str
    source: Source
    _: KW_ONLY
    task: Task = _NO_TASK
    tasks: tuple[Task, ...] = ()
    features: Mapping[str, Feature]
    model: Model
    training: Training = field(default_factory=Training)
    excluded: Mapping[str, Excluded] = field(default_factory=dict)
    slices: tuple[Slice, ...] = ()
    thresholds: Mapping[str, Threshold] = field(default_factory=dict)
    contracts: tuple[Contract, ...] = ()
    tolerance: float = 0.01
    splits: Splits = field(default_factory=Splits)
    submission: Submission | None = None

    def __post_init__(self) -> None:
        several = isinstance(self.tasks, tuple) and self.tasks and all(isinstance(task, Task) for task in self.tasks)
        if several and self.task is _NO_TASK:
            object.__setattr__(self, "task", Several.of(self.tasks))
        if isinstance(self.task, Forecast):
            self._imply()
        for problem in problems_of(self):
            raise SpecError(f"{self.name}: {problem}")

    def _imply(self) -> None:
        """What a forecast asks for: the window as an input, and splits by its time; series and time name its windows."""
        task = self.task
        assert isinstance(task, Forecast)
        if isinstance(self.features, Mapping) and HISTORY not in self.features:
            object.__setattr__(self, "features", {HISTORY: History(length=task.window), **self.features})
        if type(self.splits) is Splits and not self.splits.time and isinstance(task.series, tuple):
            key = self.splits.key or (*task.series, task.time)
            splits = dataclasses.replace(self.splits, key=key, time=task.time, time_format=task.time_format)
            object.__setattr__(self, "splits", splits)

    @property
    def description(self) -> Description:
        """What components need of the page: name, task and features."""
        return Description(self.name, self.task, dict(self.features))

    @property
    def slice_columns(self) -> tuple[tuple[str, ...], ...]:
        """The slices, each as a tuple of columns; Buckets are the column that ExampleGen makes of them."""
        return tuple(
            tuple(part.name if isinstance(part, Buckets) else part for part in parts) for parts in self.slice_parts()
        )

    @property
    def buckets(self) -> tuple[Buckets, ...]:
        """The Buckets among the slices, each once."""
        found = (part for parts in self.slice_parts() for part in parts if isinstance(part, Buckets))
        return tuple(dict.fromkeys(found))

    def columns(self) -> dict[str, str]:
        """All columns that are read from the source, with their type: ``number``, ``string``, ``image``, ``label``."""
        columns = self.description.raw()
        for part in (part for parts in self.slice_parts() for part in parts):
            if isinstance(part, Buckets):
                columns.setdefault(part.column, part.kind)
            else:
                columns.setdefault(part, "string")
        return columns | dict.fromkeys(self.labels, "label")

    @property
    def labels(self) -> tuple[str, ...]:
        """The label column of each task."""
        return tuple(task.label for task in self.task.parts)

    def source_columns(self) -> tuple[str, ...]:
        """All columns that the source must have: those that are read, and those by which rows are divided or put in order."""
        own = (name for name in self.columns() if name != HISTORY or not isinstance(self.task, Forecast))
        return tuple(dict.fromkeys((*own, *self.splits.columns)))

    def needed(self) -> tuple[str, ...]:
        """The columns that must have a value in the train split: those that something is learned from, or are cut."""
        features = ((name, feature) for name, feature in self.features.items() if feature.needs_values)
        learned = (column for name, feature in features for column in feature.of or (name,))
        return tuple(dict.fromkeys((*learned, *(buckets.column for buckets in self.buckets))))

    def slice_parts(self) -> Iterator[tuple[str | Buckets, ...]]:
        return (entry if isinstance(entry, tuple) else (entry,) for entry in self.slices)

    def configuration(self) -> dict[str, object]:
        """What a user chose of task, features, model and training (but not the seed, which only moves weights)."""
        return {
            "task": self.task,
            "features": dict(self.features),
            "model": self.model.declared,
            # Another seed is a PATCH: the version map compares this.
            "training": dataclasses.replace(self.training, seed=0),
        }

    def card_fields(self) -> dict[str, object]:
        """What the model card says besides: how cells of files are read, what Kaggle takes, how rows were divided."""
        missing = {"missing": self.source.missing} if hasattr(self.source, "missing") else {}
        reading = getattr(self.source, "reading", missing)
        values = "index" if isinstance(self.task, Classification) else "value"
        submission = self.submission and {**dataclasses.asdict(self.submission), "values": values}
        return {"reading": reading, "submission": submission, "splits": dataclasses.asdict(self.splits)}

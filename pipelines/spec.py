"""The description of a pipeline: what a dataset's page says. Everything a page needs is imported from here."""

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import get_args

from schemas import features, problems, tasks
from schemas.contracts import Contract, Invariant, Monotone
from schemas.description import Description
from schemas.errors import SpecError
from schemas.features import Category, Excluded, Feature, Geo, History, Image, Number, Set, Text, Timestamp, Vector
from schemas.models import Convolutional, Custom, Graph, Model, NGrams, Sequence, Tabular
from schemas.problems import Problem
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
from schemas.tasks import BinaryClassification, Forecast, Metric, MulticlassClassification, Ordinal, Regression, Task
from schemas.tasks.forecast import HISTORY, STEP
from schemas.thresholds import AtLeast, AtMost, Threshold, bound_of
from schemas.training import Training

__all__ = [
    "AtLeast", "AtMost", "BinaryClassification", "Buckets", "Category", "Columns", "Convolutional", "Csv", "Custom",
    "Digits", "Excluded", "File", "Forecast", "Geo", "Graph", "IdxImages", "Image", "ImageFolder", "Invariant", "JsonLines",
    "Monotone", "MulticlassClassification", "NGrams", "Number", "Ordinal", "Parquet", "Pipeline", "Regression", "ReutersSgml",
    "Sequence", "Set", "Splits", "Sql", "Submission", "Tabular", "Text", "TextTar", "TfRecord", "Timestamp", "Training",
    "Vector",
]  # fmt: skip

Slice = str | Buckets | tuple[str | Buckets, ...]
# The kinds that may stand in a page (Task, Model and Feature are only what these share), and how errors name them.
_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "source": (get_args(Source), problems.kinds_named(get_args(Source))),
    "task": (tasks.KINDS, problems.kinds_named(tasks.KINDS)),
    "model": (
        (Tabular, Convolutional, Sequence, NGrams, Custom, Graph),
        "Tabular(...), Convolutional(...), Sequence(...), NGrams(...), Custom('module:function') or Graph(...)",
    ),
    "training": ((Training,), "Training(...)"),
    "splits": ((Splits,), "Splits(...)"),
}
_FEATURES = problems.kinds_named(features.KINDS)


@dataclass(frozen=True)
class Pipeline:
    """One dataset's way from raw file to pushed model. Checked when it is built; raises SpecError.

    Attributes:
      name: the dataset; also the name of the model.
      source: where its examples come from.
      task: what is predicted.
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
    task: Task
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
        if isinstance(self.task, Forecast):
            self._imply()
        for problem in self._problems():
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
            tuple(part.name if isinstance(part, Buckets) else part for part in parts) for parts in self._slice_parts()
        )

    @property
    def buckets(self) -> tuple[Buckets, ...]:
        """The Buckets among the slices, each once."""
        found = (part for parts in self._slice_parts() for part in parts if isinstance(part, Buckets))
        return tuple(dict.fromkeys(found))

    def columns(self) -> dict[str, str]:
        """All columns that are read from the source, with their type: ``number``, ``string``, ``image``, ``label``."""
        columns = self.description.raw()
        for part in (part for parts in self._slice_parts() for part in parts):
            if isinstance(part, Buckets):
                columns.setdefault(part.column, part.kind)
            else:
                columns.setdefault(part, "string")
        columns[self.task.label] = "label"
        return columns

    def source_columns(self) -> tuple[str, ...]:
        """All columns that the source must have: those that are read, and those by which rows are divided or put in order."""
        own = (name for name in self.columns() if name != HISTORY or not isinstance(self.task, Forecast))
        return tuple(dict.fromkeys((*own, *self.splits.columns)))

    def needed(self) -> tuple[str, ...]:
        """The columns that must have a value in the train split: those that something is learned from, or are cut."""
        features = ((name, feature) for name, feature in self.features.items() if feature.needs_values)
        learned = (column for name, feature in features for column in feature.of or (name,))
        return tuple(dict.fromkeys((*learned, *(buckets.column for buckets in self.buckets))))

    def _slice_parts(self) -> Iterator[tuple[str | Buckets, ...]]:
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
        values = "index" if self.task.classes_or_none else "value"
        submission = self.submission and {**dataclasses.asdict(self.submission), "values": values}
        return {"reading": reading, "submission": submission, "splits": dataclasses.asdict(self.splits)}

    def _problems(self) -> Iterator[Problem]:
        yield from _name_problems(self.name)
        for part, (kinds, allowed) in _KINDS.items():
            yield from _kind(part, getattr(self, part), kinds, allowed)
        for part in _KINDS:
            yield from _within(part, getattr(self, part))
        if self.submission is not None:
            yield from _kind("submission", self.submission, (Submission,), "Submission(...) or None")
            yield from _within("submission", self.submission)
        # After the parts themselves: a loss can only be compared with a task that is one.
        for problem in self.training.unsuited(self.task):
            yield _named("training", problem)
        yield from self._forecast_problems()
        yield from self._feature_problems()
        yield from self._excluded_problems()
        yield from self._slice_problems()
        yield from self._threshold_problems()
        yield from self._contract_problems()
        yield from problems.number("tolerance", self.tolerance, 0)

    def _forecast_problems(self) -> Iterator[Problem]:
        task = self.task
        if not isinstance(task, Forecast):
            return
        if not isinstance(self.features, Mapping) or type(self.features.get(HISTORY)) is not History:
            yield Problem("features", HISTORY, "features without that name: it is the window's own")
        if self.splits.time != task.time or self.splits.time_format != task.time_format:
            yield Problem(
                "splits.time", self.splits.time, f"{task.time!r}, the time of the task, or none: it is implied"
            )
        for name in (task.label, STEP):
            if name in {part for parts in self._slice_parts() for part in parts}:
                yield Problem("slices", name, "columns of the last row of a window")
        for name in ("contracts", "submission"):
            if getattr(self, name):
                yield Problem(name, getattr(self, name), "none: it is of one answer a row, and a forecast is several")

    def _feature_problems(self) -> Iterator[Problem]:
        if not isinstance(self.features, Mapping) or not self.features:
            yield Problem("features", self.features, "a mapping of at least one name to a feature")
            return
        for name, feature in self.features.items():
            where = f"features[{name!r}]"
            yield from problems.text("features", name)
            if name != HISTORY or not isinstance(self.task, Forecast):
                yield from _kind(where, feature, features.KINDS, _FEATURES)
            yield from _within(where, feature)
        if self.task.label in self.features:
            yield Problem("features", self.task.label, "features without the label")
        raw = self.description.raw()
        if isinstance(self.task, Forecast) and STEP in raw:
            yield Problem("features", STEP, "another name: in predictions it is how many steps ahead a value is")
        for name, feature in self.features.items():
            for column in feature.of_forms:
                if raw[column] != feature.of_type:
                    yield Problem(f"features[{name!r}].of", column, "columns that nothing else reads as a string")
            # A feature derived from the label would know the answer.
            if self.task.label in feature.of:
                yield Problem(f"features[{name!r}].of", self.task.label, "columns without the label")
            if not feature.is_column and name in raw:
                yield Problem(f"features[{name!r}]", name, "a name that is not a column some feature is derived from")
        if (instead := self.model.unsuited(self.features)) is not None:
            yield Problem("model", self.model, instead)

    def _excluded_problems(self) -> Iterator[Problem]:
        if not isinstance(self.excluded, Mapping):
            yield Problem("excluded", self.excluded, "a mapping of names to Excluded(feature, why)")
            return
        for name, excluded in self.excluded.items():
            where = f"excluded[{name!r}]"
            yield from _kind(where, excluded, (Excluded,), "Excluded(feature, why)")
            yield from _within(where, excluded)
            if name in self.description.raw() or name == self.task.label:
                yield Problem("excluded", name, "a column that is neither the label nor read by a feature")

    def _slice_problems(self) -> Iterator[Problem]:
        if not isinstance(self.slices, tuple):
            yield Problem("slices", self.slices, "a tuple of column names, Buckets(...), or tuples of these")
            return
        seen: set[frozenset[str | Buckets]] = set()
        for entry, parts in zip(self.slices, self._slice_parts(), strict=True):
            yield from self._part_problems(entry, parts)
            if frozenset(parts) in seen:  # in whatever order: a cross of the same columns gives the same slices
                yield Problem("slices", entry, "each slice once")
            seen.add(frozenset(parts))
        names = [buckets.name for buckets in self.buckets]
        for name in names:
            if names.count(name) > 1 or name in self.columns():
                yield Problem("slices", name, "one Buckets(...) a column, and no column of that name")

    def _part_problems(self, entry: Slice, parts: tuple[str | Buckets, ...]) -> Iterator[Problem]:
        """One entry's; whoever asks stops at the first, and so may rely on the ones before."""
        raw = self.description.raw()
        if not parts:
            yield Problem("slices", entry, "at least 1 of them")
        for part in parts:
            if isinstance(part, Buckets):
                yield from self._bucket_problems(part)
            elif not isinstance(part, str) or not part:
                yield Problem("slices", entry, "a column name, Buckets(...), or a tuple of these")
            elif raw.get(part, "string") != "string" and part != self.task.label:
                yield Problem(
                    "slices", entry, "columns that are read as strings (Category, Text, undeclared), or Buckets(...)"
                )
        if len(set(parts)) < len(parts):
            yield Problem("slices", entry, "each of them once")

    def _bucket_problems(self, buckets: Buckets) -> Iterator[Problem]:
        yield from _within("slices", buckets)
        kind = self.description.raw().get(buckets.column, buckets.kind)
        if buckets.column == self.task.label:
            kind = "class" if self.task.classes_or_none else "number"
        if kind != buckets.kind:
            yield Problem("slices", buckets, 'a column that is read as a number, or with of="words" as a string')

    def _threshold_problems(self) -> Iterator[Problem]:
        if not isinstance(self.thresholds, Mapping):
            yield Problem("thresholds", self.thresholds, "a mapping of metric names to bounds")
            return
        known = tuple(metric.name for metric in self.task.metrics)
        for name, bound in self.thresholds.items():
            yield from problems.one_of("thresholds", name, known)
            yield from _bound_problems(f"thresholds[{name!r}]", bound, self.task.metric(name))

    def _contract_problems(self) -> Iterator[Problem]:
        if not isinstance(self.contracts, tuple):
            yield Problem("contracts", self.contracts, "a tuple of Monotone(...) and Invariant(...)")
            return
        for index, contract in enumerate(self.contracts):
            where = f"contracts[{index}]"
            yield from _kind(where, contract, (Monotone, Invariant), "Monotone(...) or Invariant(...)")
            for problem in contract.problems(self.description.raw(), self.task.classes_or_none):
                yield _named(where, problem)


def _bound_problems(where: str, bound: object, metric: Metric) -> Iterator[Problem]:
    if type(bound) in (AtLeast, AtMost):
        for problem in bound_of(bound, metric).problems(metric):  # type: ignore[arg-type]
            yield _named(where, problem) if problem.field in ("bound", "of") else Problem(where, bound, problem.allowed)
    else:
        yield from problems.number(where, bound, 0, metric.high)


def _name_problems(name: object) -> Iterator[Problem]:
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        yield Problem("name", name, "lower-case letters, digits and _, a letter first")


def _kind(where: str, value: object, kinds: tuple[type, ...], allowed: str) -> Iterator[Problem]:
    # Not isinstance: a subclass would be written into custom_config under a name that codec does not know.
    if type(value) not in kinds:
        yield Problem(where, value, allowed)


def _within(where: str, part: object) -> Iterator[Problem]:
    for problem in part.problems():  # type: ignore[attr-defined]
        yield _named(where, problem)


def _named(where: str, problem: Problem) -> Problem:
    """A problem of a part as one of the page."""
    return Problem(f"{where}.{problem.field}", problem.received, problem.allowed)

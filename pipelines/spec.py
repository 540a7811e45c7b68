"""The description of a pipeline: what a dataset's page says. Everything a page needs is imported from here."""

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from schemas import problems
from schemas.description import Description
from schemas.errors import SpecError
from schemas.features import Category, Feature, Image, Number, Text
from schemas.models import Convolutional, Model, Tabular, Training
from schemas.problems import Problem
from schemas.sources import Csv, Digits, Source
from schemas.submission import Submission
from schemas.tasks import BinaryClassification, MulticlassClassification, Regression, Task

__all__ = [
    "BinaryClassification", "Category", "Convolutional", "Csv", "Digits", "Image", "MulticlassClassification",
    "Number", "Pipeline", "Regression", "Submission", "Tabular", "Text", "Training",
]  # fmt: skip

Slice = str | tuple[str, ...]
# The kinds that may stand in a page (Task, Model and Feature are only what these share), and how errors name them.
_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "source": ((Csv, Digits), "Csv(...) or Digits()"),
    "task": (
        (BinaryClassification, MulticlassClassification, Regression),
        "BinaryClassification, MulticlassClassification or Regression",
    ),
    "model": ((Tabular, Convolutional), "Tabular(...) or Convolutional(...)"),
    "training": ((Training,), "Training(...)"),
}
_FEATURES = (Number, Category, Text, Image)


@dataclass(frozen=True)
class Pipeline:
    """One dataset's way from raw file to pushed model. Checked when it is built; raises SpecError.

    Attributes:
      name: the dataset; also the name of the model.
      source: where its examples come from.
      task: what is predicted.
      features: the model's inputs by name, in order.
      model: which model is trained.
      training: how.
      slices: columns by which metrics are split as well; a tuple of columns crosses them.
      thresholds: metric name to the bound a model must reach to be blessed (a lower bound for a metric of which
        higher is better, an upper bound otherwise).
      tolerance: the share by which the primary metric may be worse than the last blessed model's; 0.01 is one per cent.
      splits: split name to its share, in hash buckets.
      submission: the file that the dataset's Kaggle competition takes, where there is one.
    """

    name: str
    source: Source
    task: Task
    features: Mapping[str, Feature]
    model: Model
    training: Training = field(default_factory=Training)
    slices: tuple[Slice, ...] = ()
    thresholds: Mapping[str, float] = field(default_factory=dict)
    tolerance: float = 0.01
    splits: Mapping[str, int] = field(default_factory=lambda: {"train": 4, "eval": 1})
    submission: Submission | None = None

    def __post_init__(self) -> None:
        for problem in self._problems():
            raise SpecError(f"{self.name}: {problem}")

    @property
    def description(self) -> Description:
        return Description(self.name, self.task, dict(self.features))

    @property
    def slice_columns(self) -> tuple[tuple[str, ...], ...]:
        """The slices, each as a tuple of columns."""
        return tuple((entry,) if isinstance(entry, str) else entry for entry in self.slices)

    def columns(self) -> dict[str, str]:
        """All columns that are read from the source, with their type: ``number``, ``string``, ``image``, ``label``."""
        columns = self.description.raw()
        for names in self.slice_columns:
            for name in names:
                columns.setdefault(name, "string")
        columns[self.task.label] = "label"
        return columns

    def configuration(self) -> dict[str, object]:
        """What a user chose of task, features, model and training (but not the seed, which only moves weights)."""
        return {
            "task": self.task,
            "features": dict(self.features),
            "model": self.model,
            "training": dataclasses.replace(self.training, seed=0),
        }

    def files(self) -> dict[str, object]:
        """What the model card says of files to predict: how cells are read, and what Kaggle takes."""
        reading = {name: getattr(self.source, name) for name in ("missing", "delimiter") if hasattr(self.source, name)}
        values = "index" if self.task.classes_or_none else "value"
        submission = self.submission and {**dataclasses.asdict(self.submission), "values": values}
        return {"reading": reading, "submission": submission}

    def _problems(self) -> Iterator[Problem]:
        yield from _name_problems(self.name)
        for part, (kinds, allowed) in _KINDS.items():
            yield from _kind(part, getattr(self, part), kinds, allowed)
        for part in _KINDS:
            yield from _within(part, getattr(self, part))
        if self.submission is not None:
            yield from _kind("submission", self.submission, (Submission,), "Submission(...) or None")
            yield from _within("submission", self.submission)
        yield from self._feature_problems()
        yield from self._slice_problems()
        yield from self._threshold_problems()
        yield from problems.number("tolerance", self.tolerance, 0)
        if not isinstance(self.splits, Mapping) or set(self.splits) != {"train", "eval"}:
            yield Problem("splits", self.splits, "a share for each of train, eval")
        for split, share in self.splits.items():
            yield from problems.number(f"splits[{split!r}]", share, 1, 1000, whole=True)

    def _feature_problems(self) -> Iterator[Problem]:
        if not isinstance(self.features, Mapping) or not self.features:
            yield Problem("features", self.features, "a mapping of at least one name to a feature")
            return
        for name, feature in self.features.items():
            where = f"features[{name!r}]"
            yield from problems.text("features", name)
            yield from _kind(where, feature, _FEATURES, "Number, Category, Text or Image")
            yield from _within(where, feature)
        if self.task.label in self.features:
            yield Problem("features", self.task.label, "features without the label")
        for name, feature in self.features.items():
            if self.task.label in feature.of:
                yield Problem(f"features[{name!r}].of", self.task.label, "columns without the label")
            if feature.derived is not None and name in self.description.raw():
                yield Problem(f"features[{name!r}]", name, "a name that is not a column some feature is derived from")
        if isinstance(self.model, Convolutional) and [f.raw for f in self.features.values()] != ["image"]:
            yield Problem("model", self.model, "Tabular(...), or exactly one Image feature with Convolutional(...)")
        if isinstance(self.model, Tabular) and any(isinstance(f, Image) for f in self.features.values()):
            yield Problem("model", self.model, "Convolutional(...) for an Image feature")

    def _slice_problems(self) -> Iterator[Problem]:
        if not isinstance(self.slices, tuple):
            yield Problem("slices", self.slices, "a tuple of column names, or of tuples of them")
            return
        raw = self.description.raw()
        seen: set[frozenset[str]] = set()
        for entry, names in zip(self.slices, self.slice_columns, strict=True):
            yield from problems.strings("slices", names, at_least=1)
            for name in names:
                if raw.get(name, "string") != "string" and name != self.task.label:
                    yield Problem(
                        "slices", entry, "columns that are read as strings: Category, Text or undeclared ones"
                    )
            if frozenset(names) in seen:  # in whatever order: a cross of the same columns gives the same slices
                yield Problem("slices", entry, "each slice once")
            seen.add(frozenset(names))

    def _threshold_problems(self) -> Iterator[Problem]:
        if not isinstance(self.thresholds, Mapping):
            yield Problem("thresholds", self.thresholds, "a mapping of metric names to bounds")
            return
        known = tuple(metric.name for metric in self.task.metrics)
        for name, bound in self.thresholds.items():
            yield from problems.one_of("thresholds", name, known)
            yield from problems.number(f"thresholds[{name!r}]", bound, 0, self.task.metric(name).high)


def _name_problems(name: object) -> Iterator[Problem]:
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        yield Problem("name", name, "lower-case letters, digits and _, a letter first")


def _kind(where: str, value: object, kinds: tuple[type, ...], allowed: str) -> Iterator[Problem]:
    if type(value) not in kinds:
        yield Problem(where, value, allowed)


def _within(where: str, part: object) -> Iterator[Problem]:
    for problem in part.problems():  # type: ignore[attr-defined]
        yield Problem(f"{where}.{problem.field}", problem.received, problem.allowed)

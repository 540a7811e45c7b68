"""The mistakes of a page: what the parts themselves cannot see, as it needs two of them."""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, get_args

from schemas import features, problems, tasks
from schemas.contracts import Invariant, Monotone
from schemas.features import Excluded, History
from schemas.models import Convolutional, Custom, Graph, NGrams, Sequence, Tabular
from schemas.problems import Problem
from schemas.slices import Buckets
from schemas.sources import Source
from schemas.splits import Splits
from schemas.submission import Submission
from schemas.tasks import CLASS, VALUE, Forecast, Metric, Several
from schemas.tasks.forecast import HISTORY, STEP
from schemas.thresholds import AtLeast, AtMost, bound_of
from schemas.training import Training

if TYPE_CHECKING:
    from pipelines.spec import Pipeline, Slice

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


def problems_of(page: "Pipeline") -> Iterator[Problem]:
    """Every mistake, the parts' own before those that need two of them; whoever asks stops at the first."""
    yield from _name_problems(page.name)
    for part, (kinds, allowed) in _KINDS.items():
        if part != "task" or not page.tasks:
            yield from _kind(part, getattr(page, part), kinds, allowed)
    yield from _tasks_problems(page)
    for part in _KINDS:
        yield from _within(part, getattr(page, part))
    if page.submission is not None:
        yield from _kind("submission", page.submission, (Submission,), "Submission(...) or None")
        if page.task.kind not in (CLASS, VALUE):
            yield Problem("submission", page.submission, "None: its file has one class or number a row")
        yield from _within("submission", page.submission)
    # After the parts themselves: a loss can only be compared with a task that is one.
    for problem in page.training.unsuited(page.task):
        yield _named("training", problem)
    yield from _forecast_problems(page)
    yield from _feature_problems(page)
    yield from _excluded_problems(page)
    yield from _slice_problems(page)
    yield from _threshold_problems(page)
    yield from _contract_problems(page)
    yield from problems.number("tolerance", page.tolerance, 0)


def _tasks_problems(page: "Pipeline") -> Iterator[Problem]:
    if not isinstance(page.tasks, tuple) or len(page.tasks) == 1:
        yield Problem("tasks", page.tasks, "a tuple of two tasks or more, or task=")
        return
    for index, task in enumerate(page.tasks):
        yield from _kind(f"tasks[{index}]", task, tasks.KINDS, problems.kinds_named(tasks.KINDS))
    if page.tasks and page.task != Several.of(page.tasks):  # dataclasses.replace gives both, and they agree
        yield Problem("task", page.task, "task= or tasks=, not both")


def _forecast_problems(page: "Pipeline") -> Iterator[Problem]:
    task = page.task
    if not isinstance(task, Forecast):
        return
    if not isinstance(page.features, Mapping) or type(page.features.get(HISTORY)) is not History:
        yield Problem("features", HISTORY, "features without that name: it is the window's own")
    if page.splits.time != task.time or page.splits.time_format != task.time_format:
        yield Problem("splits.time", page.splits.time, f"{task.time!r}, the time of the task, or none: it is implied")
    for name in (task.label, STEP):
        if name in {part for parts in page.slice_parts() for part in parts}:
            yield Problem("slices", name, "columns of the last row of a window")
    if page.contracts:
        yield Problem("contracts", page.contracts, "none: they are of one answer a row, and a forecast is several")


def _feature_problems(page: "Pipeline") -> Iterator[Problem]:
    if not isinstance(page.features, Mapping) or not page.features:
        yield Problem("features", page.features, "a mapping of at least one name to a feature")
        return
    for name, feature in page.features.items():
        where = f"features[{name!r}]"
        yield from problems.text("features", name)
        if name != HISTORY or not isinstance(page.task, Forecast):
            yield from _kind(where, feature, features.KINDS, _FEATURES)
        yield from _within(where, feature)
    for label in page.labels:
        if label in page.features:
            yield Problem("features", label, "features without the label")
    raw = page.description.raw()
    if isinstance(page.task, Forecast) and STEP in raw:
        yield Problem("features", STEP, "another name: in predictions it is how many steps ahead a value is")
    for name, feature in page.features.items():
        for column in feature.of_forms:
            if raw[column] != feature.of_type:
                yield Problem(f"features[{name!r}].of", column, "columns that nothing else reads as a string")
        # A feature derived from the label would know the answer.
        for label in page.labels:
            if label in feature.of:
                yield Problem(f"features[{name!r}].of", label, "columns without the label")
        if not feature.is_column and name in raw:
            yield Problem(f"features[{name!r}]", name, "a name that is not a column some feature is derived from")
    if (instead := page.model.unsuited(page.features)) is not None:
        yield Problem("model", page.model, instead)


def _excluded_problems(page: "Pipeline") -> Iterator[Problem]:
    if not isinstance(page.excluded, Mapping):
        yield Problem("excluded", page.excluded, "a mapping of names to Excluded(feature, why)")
        return
    for name, excluded in page.excluded.items():
        where = f"excluded[{name!r}]"
        yield from _kind(where, excluded, (Excluded,), "Excluded(feature, why)")
        yield from _within(where, excluded)
        if name in page.description.raw() or name in page.labels:
            yield Problem("excluded", name, "a column that is neither the label nor read by a feature")


def _slice_problems(page: "Pipeline") -> Iterator[Problem]:
    if not isinstance(page.slices, tuple):
        yield Problem("slices", page.slices, "a tuple of column names, Buckets(...), or tuples of these")
        return
    seen: set[frozenset[str | Buckets]] = set()
    for entry, parts in zip(page.slices, page.slice_parts(), strict=True):
        yield from _part_problems(page, entry, parts)
        if frozenset(parts) in seen:  # in whatever order: a cross of the same columns gives the same slices
            yield Problem("slices", entry, "each slice once")
        seen.add(frozenset(parts))
    names = [buckets.name for buckets in page.buckets]
    for name in names:
        if names.count(name) > 1 or name in page.columns():
            yield Problem("slices", name, "one Buckets(...) a column, and no column of that name")


def _part_problems(page: "Pipeline", entry: "Slice", parts: tuple[str | Buckets, ...]) -> Iterator[Problem]:
    """One entry's; whoever asks stops at the first, and so may rely on the ones before."""
    raw = page.description.raw()
    if not parts:
        yield Problem("slices", entry, "at least 1 of them")
    for part in parts:
        if isinstance(part, Buckets):
            yield from _bucket_problems(page, part)
        elif not isinstance(part, str) or not part:
            yield Problem("slices", entry, "a column name, Buckets(...), or a tuple of these")
        elif raw.get(part, "string") != "string" and part not in page.labels:
            yield Problem(
                "slices", entry, "columns that are read as strings (Category, Text, undeclared), or Buckets(...)"
            )
    if len(set(parts)) < len(parts):
        yield Problem("slices", entry, "each of them once")


def _bucket_problems(page: "Pipeline", buckets: Buckets) -> Iterator[Problem]:
    yield from _within("slices", buckets)
    kind = page.description.raw().get(buckets.column, buckets.kind)
    for task in page.task.parts:
        if buckets.column == task.label:
            kind = "number" if task.kind == VALUE else "class"
    if kind != buckets.kind:
        yield Problem("slices", buckets, 'a column that is read as a number, or with of="words" as a string')


def _threshold_problems(page: "Pipeline") -> Iterator[Problem]:
    if not isinstance(page.thresholds, Mapping):
        yield Problem("thresholds", page.thresholds, "a mapping of metric names to bounds")
        return
    known = tuple(metric.name for metric in page.task.metrics)
    for name, bound in page.thresholds.items():
        yield from problems.one_of("thresholds", name, known)
        yield from _bound_problems(f"thresholds[{name!r}]", bound, page.task.metric(name))


def _contract_problems(page: "Pipeline") -> Iterator[Problem]:
    if not isinstance(page.contracts, tuple):
        yield Problem("contracts", page.contracts, "a tuple of Monotone(...) and Invariant(...)")
        return
    for index, contract in enumerate(page.contracts):
        where = f"contracts[{index}]"
        yield from _kind(where, contract, (Monotone, Invariant), "Monotone(...) or Invariant(...)")
        for problem in contract.problems(page.description.raw(), page.task):
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

"""Everything that can be said of a model from its answers: the parts of analysis.json, each timed."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from analysis import (
    classification,
    duplicates,
    failures,
    fit,
    importance,
    label_noise,
    leakage,
    multi_label,
    predictions,
    rare_classes,
    regression,
    samples,
    slices,
)  # fmt: skip
from analysis.failures import Failures
from analysis.predictions import INPUT, Predictions
from analysis.records import Analysis, LabelSuspect, Suspects
from components.data import keyed_rows, summary
from components.data.summary import Summary, rows_by_class
from components.evaluation import digests, explaining, fit_facts, neighbours
from components.evaluation.moving import Moving
from components.evaluation.one_task import OneTask
from prediction import split_rows
from prediction.loaded_model import LoadedModel, loaded_once
from prediction.split_rows import Row
from schemas import curves
from schemas.columns import labels_of
from schemas.description import Description
from schemas.models import Model
from schemas.records import Interval, Verdict
from schemas.splits import EVAL, TEST, TRAIN
from schemas.tasks import CLASSES, SEVERAL, Forecast, Task
from schemas.tasks.several import own
from schemas.training import Training

Found = dict[str, Any]  # fields of Analysis by name


@dataclass(frozen=True)
class Judged:
    """A trained model, its examples and its answers.

    Attributes:
      description: the page's, with the task that is looked at.
      whole: the page's task, or all of them.
      spec, training: the page's model and training.
      model: the folder of the SavedModel.
      examples: the folder of the Examples artifact.
      verdict: the Evaluator's.
      answers: the folder of predictions.parquet.
    """

    description: Description
    whole: Task
    spec: Model
    training: Training
    model: Path
    examples: str
    verdict: Verdict
    answers: Path
    notes: list[str] = field(default_factory=list)

    @property
    def file(self) -> Path:
        """predictions.parquet."""
        return self.answers / predictions.FILE

    @cached_property
    def predictions(self) -> Predictions:
        """The answers with all raw columns but pictures, which are most of a file: memory grows with the rows alone."""
        names = pq.read_schema(self.file).names
        pictures = {INPUT + name for name, kind in self.description.raw().items() if kind == "image"}
        return predictions.read(self.answers, [name for name in names if name not in pictures])

    @cached_property
    def failures(self) -> Failures:
        """The examples that the model handles worst."""
        return failures.of(self.predictions)

    @cached_property
    def label_suspects(self) -> tuple[LabelSuspect, ...]:
        """All labels that the model contradicts, the most suspect first."""
        return label_noise.suspects(self.predictions, most=len(self.predictions))

    @cached_property
    def counted(self) -> Summary:
        """What ExampleGen counted."""
        return summary.read(self.examples)

    @cached_property
    def loaded(self) -> LoadedModel:
        """The model in this process."""
        return loaded_once(self.model)

    @cached_property
    def answering(self) -> OneTask:
        """The model as if it had this task alone."""
        return OneTask(self.loaded, self.description.task)

    @property
    def is_first(self) -> bool:
        """Whether this is the page's first task, or its only one."""
        return self.description.task == self.whole.parts[0]

    def sample(self) -> Iterator[Row]:
        """Training examples chosen at random, at most ``keyed_rows.MOST``; a note says so where there are more."""
        total = self.counted["splits"][TRAIN]["rows"]
        if total > keyed_rows.MOST:
            self.notes.append(
                f"leaks were looked for with {keyed_rows.MOST} of {total} training examples, chosen at random"
            )
        for records, _ in keyed_rows.sampled(self.examples, TRAIN, total):
            yield from (split_rows.row_of(self.answering.card, record) for record in records)


def of(judged: Judged) -> Analysis:
    """The analysis of a model."""
    found: Found = {}
    seconds = {}
    for name, part in _parts(judged).items():
        begun = time.monotonic()
        found |= part(judged)
        seconds[name] = round(time.monotonic() - begun, 3)
    answers = judged.predictions
    return Analysis(
        rows=len(answers),
        primary=answers.task.primary.name,
        metrics=_metrics(judged),
        notes=tuple(judged.notes),
        seconds=seconds,
        **found,
    )


def _parts(judged: Judged) -> dict[str, Callable[[Judged], Found]]:
    """What is looked for; a note of what is not."""
    left_out: tuple[str, ...] = ()
    if isinstance(judged.description.task, Forecast):
        judged.notes.append("a forecast is several values: which inputs count, and neighbours, are not looked for")
        left_out = _OF_ONE_ANSWER
    if not judged.is_first:
        judged.notes.append(f"the fit is of all tasks together: it stands with {judged.whole.parts[0].label}")
        left_out += ("fit",)
    return {name: part for name, part in _PARTS.items() if name not in left_out}


def _metrics(judged: Judged) -> dict[str, Interval]:
    found = judged.verdict.intervals
    return own(judged.description.task, found) if judged.whole.kind == SEVERAL else found


def _errors(judged: Judged) -> Found:
    answers, worst = judged.predictions, judged.failures
    found: Found = {
        "worst": worst.worst,
        "false_positives": worst.false_positives,
        "false_negatives": worst.false_negatives,
    }
    if answers.classes is None:
        return found | {"regression": regression.errors_of(answers)}
    errors = (multi_label if answers.task.kind == CLASSES else classification).errors_of(answers)
    judged.notes.extend(errors.notes)
    return found | {"classification": errors}


def _slices(judged: Judged) -> Found:
    found = slices.found(judged.predictions)
    judged.notes.extend(found.notes)
    return {"slices": found.slices, "tried": found.tried}


def _suspects(judged: Judged) -> Found:
    answers, task = judged.predictions, judged.description.task
    test, *others = (digests.of_split(judged.examples, split, judged.description) for split in (TEST, TRAIN, EVAL))
    twins = duplicates.duplicates(test, dict(zip((TRAIN, EVAL), others, strict=True)))
    known = samples.of_rows(task, answers.info.inputs, judged.sample())
    found = Suspects(
        leaks=leakage.leaks(task, known, samples.of_predictions(answers)),
        duplicates=twins.first,
        duplicate_count=twins.total,
        labels=judged.label_suspects[: label_noise.MOST],
        rare=_rare(judged),
    )
    return {"suspects": found}


def _rare(judged: Judged) -> Any:
    task = judged.description.task
    if task.classes_or_none is None:
        return ()
    (label,), splits = labels_of(task), judged.counted["splits"]
    counts = (dict(enumerate(rows_by_class(splits[name]["labels"][task.label], label))) for name in (TRAIN, TEST))
    return rare_classes.rare_classes(task.classes_or_none, *counts)


def _fit(judged: Judged) -> Found:
    contradicted = sum(each.quality < fit.CONTRADICTED for each in judged.label_suspects) / len(judged.predictions)
    facts = fit_facts.of(judged.whole, judged.spec, judged.training, judged.counted, contradicted)
    return {"fit": fit.diagnose(curves.read(judged.model), facts)}


def _importance(judged: Judged) -> Found:
    ask = Moving(judged.answering, judged.description)
    ranking = importance.importance(judged.predictions, judged.answering.raw_outputs, ask=ask)
    judged.notes.extend(ranking.notes)
    return {"importance": ranking.columns}


def _attributions(judged: Judged) -> Found:
    explained = explaining.explain(judged.loaded, judged.description, judged.file, judged.failures.worst)
    return {"reference": explained.reference, "method": explained.method, "attributions": explained.attributions}


def _neighbours(judged: Judged) -> Found:
    worst = judged.failures.worst
    found = neighbours.find(judged.loaded, judged.description, judged.file, judged.examples, worst)
    judged.notes.extend(found.notes)
    return {"neighbours": found.neighbours}


_OF_ONE_ANSWER = ("importance", "attributions", "neighbours")  # parts that explain one value of an answer


_PARTS: dict[str, Callable[[Judged], Found]] = {
    "errors": _errors,
    "slices": _slices,
    "suspects": _suspects,
    "importance": _importance,
    "fit": _fit,
    "attributions": _attributions,
    "neighbours": _neighbours,
}

"""What a report is made of: the parts of a dossier, each with the reason where it is missing."""

import dataclasses
import functools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

from analysis import predictions
from analysis.predictions import Predictions
from analysis.records import Analysis
from registry import dossier
from registry.dossier import DossierRecord
from reports import wording
from schemas import codec, splits, tasks
from schemas import curves as training_curves
from schemas.errors import InputError
from schemas.records import SliceResult, Verdict
from schemas.tasks import Task
from schemas.tasks.several import own

CURVES = "curves.json"
Part = TypeVar("Part")


@dataclass(frozen=True, kw_only=True)
class Material:
    """A dossier in memory.

    Attributes:
      folder: the dossier; of one of several tasks, its own folder in it.
      record: record.json, without which there is no report.
      task: what is predicted.
      predictions: without raw inputs, which ``rows`` reads for a few rows.
      analysis, curves, statistics, schema: the other parts; statistics by split.
      previous: the version before; None for the first one, and where its dossier is gone.
      missing: why a part is not there, by the file's name.
      tasks: of several tasks each as if it were the only one, the first first; predictions and analysis of the whole are those
        of the first one, and its record has the metrics of all by ``<label>.<metric>``. Empty of a single task.
      number: of one of several tasks its place among them, from 1; else 0.
    """

    folder: Path
    record: DossierRecord
    task: Task
    predictions: Predictions | None = None
    analysis: Analysis | None = None
    curves: tuple[training_curves.Curve, ...] = ()
    statistics: dict[str, Any] = field(default_factory=dict)
    schema: Any = None
    previous: "Material | None" = None
    missing: dict[str, str] = field(default_factory=dict)
    tasks: tuple["Material", ...] = ()
    number: int = 0

    @property
    def each(self) -> tuple["Material", ...]:
        """That of each label: itself of a single task."""
        return self.tasks or (self,)

    def of_label(self, label: str) -> "Material | None":
        """That of one label; None where it is not predicted."""
        return next((one for one in self.each if one.task.label == label), None)

    @property
    def name(self) -> str:
        """The dataset."""
        return self.record.card.name

    @property
    def version(self) -> str | None:
        """The semantic version; None of a refused model."""
        return self.record.card.version

    @property
    def title(self) -> str:
        """The model as a reader knows it, such as ``titanic 1.2.0``."""
        return f"{self.name} {self.version}" if self.version else f"{self.name}, run {self.record.run_id}"

    def text(self, value: str | float) -> str:
        """A label or an answer in words: a class, the names of several, or a number."""
        if isinstance(value, str):
            return wording.classes(value) if self.task.kind == tasks.CLASSES else value
        return wording.number(value, 4)

    def rows(self, indices: list[int]) -> dict[int, dict[str, Any]]:
        """Whole rows of predictions.parquet by their numbers; empty without the file."""
        return {} if self.predictions is None else predictions.rows(self.folder / predictions.FILE, indices)


def read(folder: Path, *, previous: bool = True) -> Material:
    """The dossier in ``folder``, and with ``previous`` the one of the version before.

    Raises:
      InputError: it has no record that can be read.
    """
    record = dossier.read(folder)
    missing: dict[str, str] = {}
    found: Predictions | None = _part(missing, predictions.FILE, lambda: _predictions(folder))
    several = record.card.kind == tasks.SEVERAL
    whole = Material(
        folder=folder,
        record=record,
        task=found.task if found is not None and not several else _task(record),
        predictions=found,
        analysis=_part(missing, dossier.ANALYSIS, lambda: _analysis(folder)),
        curves=_part(missing, CURVES, lambda: training_curves.read_file(_there(folder / CURVES))) or (),
        statistics=_part(missing, dossier.STATISTICS, lambda: _statistics(folder)) or {},
        schema=_part(missing, dossier.SCHEMA, lambda: _schema(folder)),
        previous=_before(folder, record, missing) if previous and record.previous else None,
        missing=missing,
    )
    if several:
        return dataclasses.replace(whole, tasks=tuple(_tasks(whole)))
    if whole.previous is None:
        return whole
    return dataclasses.replace(whole, previous=whole.previous.of_label(whole.task.label) or whole.previous)


def _tasks(whole: Material) -> Iterator[Material]:
    """The material of each of several tasks."""
    for number, (task, card) in enumerate(zip(whole.task.parts, whole.record.card.parts(), strict=True), 1):
        folder = dossier.of_task(whole.folder, number)
        missing: dict[str, str] = {}
        yield dataclasses.replace(
            whole,
            folder=folder,
            record=dataclasses.replace(
                whole.record, card=card, verdict=_own_verdict(whole.record.verdict, task, first=number == 1)
            ),
            task=task,
            predictions=_part(missing, predictions.FILE, functools.partial(_predictions, folder)),
            analysis=_part(missing, dossier.ANALYSIS, functools.partial(_analysis, folder)),
            previous=whole.previous.of_label(task.label) if whole.previous else None,
            missing=missing,
            number=number,
        )
        if number > 1:
            whole.missing.update({f"{dossier.TASKS}/{number}/{name}": why for name, why in missing.items()})


def _own_verdict(found: Verdict, task: Task, *, first: bool) -> Verdict:
    """The metrics of one of several tasks, by the names that they have where it is the only one."""
    slices = tuple(_own_slice(each, task) for each in found.slices)
    return dataclasses.replace(
        found,
        checks=tuple(
            dataclasses.replace(check, metric=next(iter(metric)))
            for check in found.checks
            if (metric := own(task, {check.metric: None}))
        ),
        metrics=own(task, found.metrics),
        intervals=own(task, found.intervals),
        naive=own(task, found.naive),
        baseline=own(task, found.baseline) if found.baseline else None,
        slices=slices,
        # Found by the primary metric of the model, the first task's.
        worst_slice=_own_slice(found.worst_slice, task) if found.worst_slice and first else None,
        contracts=(),
    )


def _own_slice(found: SliceResult, task: Task) -> SliceResult:
    return dataclasses.replace(found, metrics=own(task, found.metrics), intervals=own(task, found.intervals))


def _part(missing: dict[str, str], name: str, make: Callable[[], Part]) -> Part | None:
    """What ``make`` reads; where it cannot, None, and the reason in ``missing``: the others are still worth a report."""
    try:
        return make()
    except FileNotFoundError:
        missing[name] = "the dossier has none"
    except (InputError, OSError, ValueError, TypeError, KeyError) as error:
        missing[name] = " ".join(str(error).split())[:300]
    return None


def _there(file: Path) -> Path:
    if not file.exists():
        raise FileNotFoundError
    return file


def _predictions(folder: Path) -> Predictions:
    file = _there(folder / predictions.FILE)
    return predictions.read(
        file, [name for name in predictions.columns(file) if not name.startswith(predictions.INPUT)]
    )


def _analysis(folder: Path) -> Analysis:
    return Analysis.from_json(json.loads((folder / dossier.ANALYSIS).read_text(encoding="utf-8")))


def _statistics(folder: Path) -> dict[str, Any]:
    from google.protobuf.message import DecodeError
    from tensorflow_metadata.proto.v0 import statistics_pb2

    files = {split: folder / dossier.STATISTICS / f"{split}.pb" for split in splits.NAMES}
    there = {split: file for split, file in files.items() if file.exists()}
    if not there:
        raise FileNotFoundError
    try:
        read_all = {
            split: statistics_pb2.DatasetFeatureStatisticsList.FromString(file.read_bytes())
            for split, file in there.items()
        }
    except DecodeError as error:
        raise ValueError(f"{dossier.STATISTICS} cannot be read ({error})") from error
    return {split: found.datasets[0] for split, found in read_all.items() if found.datasets}


def _schema(folder: Path) -> Any:
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2

    text = (folder / dossier.SCHEMA).read_text(encoding="utf-8")
    try:
        return text_format.Parse(text, schema_pb2.Schema())
    except text_format.ParseError as error:
        raise ValueError(f"{dossier.SCHEMA} cannot be read ({error})") from error


def _before(folder: Path, record: DossierRecord, missing: dict[str, str]) -> Material | None:
    # The root of the registry is one folder higher for a refused run.
    root = folder.parent if record.card.version else folder.parent.parent
    return _part(missing, f"version {record.previous}", lambda: read(root / str(record.previous), previous=False))


def _task(record: DossierRecord) -> Task:
    """The task as the card's configuration has it; of one that cannot be read, what the card says of itself."""
    card = record.card
    try:
        found: Task = codec.decode(card.configuration["task"])
    except (KeyError, TypeError):  # of an older version
        pass
    else:
        return found
    if card.classes is None:
        return tasks.Regression(card.label, log="rmsle" in record.verdict.metrics)
    kind: type[Any] = next(each for each in tasks.KINDS if each.__name__ == card.task)
    return cast(Task, kind(card.label, classes=tuple(card.classes)))

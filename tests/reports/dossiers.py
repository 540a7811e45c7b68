"""Dossiers to report on: real data, the answers of a real scikit-learn model, and what follows from them."""

import base64
import dataclasses
import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from analysis import classification, failures, multi_label, overall, predictions, regression, slices
from analysis.error_records import ClassificationErrors
from analysis.predictions import Predictions
from analysis.records import Analysis
from registry import dossier, version_map
from registry.dossier import DossierRecord, Origin
from schemas import codec, curves, events
from schemas.model_card import ModelCard
from schemas.records import CasesReport, Check, SliceResult, Verdict
from schemas.tasks import CLASSES, Several, Task
from tests.analysis import tables


@dataclass(kw_only=True)
class Model:
    """What a dossier is made of.

    Attributes:
      kinds: the raw columns' types by name; those of the values where it is left out.
      inputs: values by raw column: floats, texts or pictures' bytes; None where one is missing.
      labels: class indices, or values.
      answers: probabilities [N, classes], or values.
      slices: values by column of the page's slices.
      configuration: of the card.
    """

    name: str
    task: Task
    kinds: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, list[Any]]
    labels: np.ndarray
    answers: np.ndarray
    slices: dict[str, list[str]] = field(default_factory=dict)
    configuration: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kinds = self.kinds or self.table.info.inputs

    @property
    def table(self) -> Predictions:
        columns = tuple((name,) for name in self.slices)
        inputs, cells = self.inputs, self.slices
        return tables.table(
            self.task, self.labels, self.answers, name=self.name, inputs=inputs, slices=columns, slice_columns=cells
        )


def png(pixels: np.ndarray) -> bytes:
    """Grey levels 0 to 255 as a picture's file."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def analysis_of(found: Predictions, **more: Any) -> Analysis:
    """What follows from the answers alone; ``more`` are further fields."""
    failed, groups = failures.of(found), slices.found(found)
    parts = {
        "rows": len(found),
        "primary": found.task.primary.name,
        "metrics": overall.metrics(found),
        "classification": _classified(found) if found.classes else None,
        "regression": None if found.classes else regression.errors_of(found),
        "worst": failed.worst,
        "false_positives": failed.false_positives,
        "false_negatives": failed.false_negatives,
        "slices": groups.slices,
        "tried": groups.tried,
        "notes": groups.notes,
    }
    return Analysis(**(parts | more))


def _classified(found: Predictions) -> ClassificationErrors:
    return (multi_label if found.task.kind == CLASSES else classification).errors_of(found)


def verdict_of(found: Analysis, task: Task, bound: float, slices: tuple[SliceResult, ...] = ()) -> Verdict:
    """Of one threshold of the primary metric."""
    value = found.metrics[found.primary].value
    better = task.primary.higher_is_better
    margin = None if value is None else (value - bound if better else bound - value)
    check = Check("threshold", found.primary, value, bound, margin, margin is not None and margin >= 0)
    metrics = {name: interval.value for name, interval in found.metrics.items()}
    worst = min(slices, key=lambda each: each.metrics.get(found.primary) or 0, default=None)
    naive, passed, rows = {found.primary: bound / 2}, check.passed, found.rows
    return Verdict(passed, (check,), "test", rows, metrics, naive, None, slices, worst, None, found.metrics)


def training(epochs: int = 12) -> list[events.EpochEnded]:
    """Curves whose eval loss rises after the fifth epoch."""
    return [
        events.EpochEnded(
            epoch,
            epochs,
            {"loss": 1 / epoch, "accuracy": 1 - 0.5 / epoch},
            {"loss": 0.3 + (epoch - 5) ** 2 / 100, "accuracy": 0.9 - abs(epoch - 5) / 50},
        )
        for epoch in range(1, epochs + 1)
    ]


def write(
    registry: Path, model: Model, analysis: Analysis, verdict: Verdict, version: str | None = "1.0.0", **more: Any
) -> Path:
    """A whole dossier and its entry in the version map; ``more`` are further fields of the record."""
    card = ModelCard(
        name=model.name,
        task=type(model.task).__name__,
        label=model.task.label,
        inputs={name: {"type": kind, "tensor": name} for name, kind in model.kinds.items()},
        outputs=["class", "confidence", "probabilities"] if model.task.classes_or_none else ["value"],
        classes=list(model.task.classes_or_none) if model.task.classes_or_none else None,
        configuration={"features": {}, "model": {}, "training": {}} | model.configuration,
        code="c0de",
        version=version,
        serving_version=1_795_964_142 if version else None,
        run_id=f"20261129T145524.{version or 'refused'}",
        pushed_at="2026-11-29T14:55:24+00:00",
        data={"fingerprint": "f" * 64, "limit": 0, "rows": {"train": 1000, "eval": 200, "test": len(model.labels)}},
        metrics=verdict.metrics,
    )
    record = DossierRecord(
        **{
            "run_id": card.run_id,
            "verdict": verdict,
            "cases": CasesReport(0, 0, ()),
            "thresholds": {},
            "commit": None,
            "libraries": {"tensorflow": "2.21.0", "tfx": "1.21.0"},
            "lineage": (Origin("Trainer", 7, 9, "Model", "/somewhere/Trainer/model/7"),),
            "card": card,
        }
        | more
    )
    folder = dossier.folder(registry, version, card.run_id)
    (folder / dossier.STATISTICS).mkdir(parents=True)
    (folder / dossier.RECORD).write_text(json.dumps(record.to_json()))
    (folder / dossier.ANALYSIS).write_text(json.dumps(analysis.to_json()))
    pq.write_table(model.table.table, folder / predictions.FILE)
    content = {"version": curves.VERSION, "epochs": [events.encoded(epoch) for epoch in training()]}
    (folder / "curves.json").write_text(json.dumps(content))
    version_map.record(registry, version_map.entry_of(card, blessed=verdict.blessed))
    return folder


def write_several(registry: Path, models: list[Model], bounds: list[float], **more: Any) -> Path:
    """The dossier of a model that answers the labels of several models of the same examples; ``more`` as of ``write``."""
    from tests.reports.models import explained

    task = Several.of(tuple(model.task for model in models))
    found = [explained(model) for model in models]
    single = [
        verdict_of(analysis, model.task, bound) for analysis, model, bound in zip(found, models, bounds, strict=True)
    ]
    verdict = dataclasses.replace(
        single[0],
        blessed=all(each.blessed for each in single),
        checks=tuple(
            dataclasses.replace(check, metric=f"{part.label}.{check.metric}")
            for part, each in zip(task.parts, single, strict=True)
            for check in each.checks
        ),
        **{
            name: {
                f"{part.label}.{metric}": value
                for part, each in zip(task.parts, single, strict=True)
                for metric, value in getattr(each, name).items()
            }
            for name in ("metrics", "intervals", "naive")
        },
    )
    first = dataclasses.replace(models[0], configuration=models[0].configuration | {"task": codec.encode(task)})
    folder = write(registry, first, found[0], verdict, **more)
    content = json.loads((folder / dossier.RECORD).read_text())
    content["card"] |= {
        "task": "Several",
        "classes": None,
        "outputs": [f"{part.label}.{'class' if part.classes_or_none else 'value'}" for part in task.parts],
        "tasks": [
            {
                "label": part.label,
                "task": type(part).__name__,
                "classes": list(part.classes_or_none) if part.classes_or_none else None,
                "share": part.share,
            }
            for part in task.parts
        ],
    }
    (folder / dossier.RECORD).write_text(json.dumps(content))
    for number, (model, analysis) in enumerate(zip(models[1:], found[1:], strict=True), 2):
        own = dossier.of_task(folder, number)
        own.mkdir(parents=True)
        (own / dossier.ANALYSIS).write_text(json.dumps(analysis.to_json()))
        pq.write_table(model.table.table, own / predictions.FILE)
    return folder


def base64_of(picture: bytes) -> str:
    return base64.b64encode(picture).decode()


def statistics_of(inputs: dict[str, list[Any]]) -> Any:
    """Statistics as TFDV writes them, of raw columns."""
    from tensorflow_metadata.proto.v0 import statistics_pb2

    found = statistics_pb2.DatasetFeatureStatisticsList()
    dataset = found.datasets.add(num_examples=len(next(iter(inputs.values()))))
    for name, values in inputs.items():
        there = [value for value in values if value is not None]
        feature = dataset.features.add(path={"step": [name]})
        common = {"num_non_missing": len(there), "num_missing": len(values) - len(there)}
        if there and isinstance(there[0], float):
            _of_numbers(feature.num_stats, np.array(there), common)
        else:
            _of_strings(feature.string_stats, there, common)
    return found


def _of_numbers(statistics: Any, values: np.ndarray, common: dict[str, int]) -> None:
    statistics.common_stats.MergeFrom(type(statistics.common_stats)(**common))
    statistics.mean, statistics.std_dev = values.mean(), values.std()
    statistics.min, statistics.median, statistics.max = values.min(), np.median(values), values.max()
    statistics.num_zeros = int((values == 0).sum())
    counts, edges = np.histogram(values, 10)
    histogram = statistics.histograms.add(type=0)
    for count, low, high in zip(counts, edges[:-1], edges[1:], strict=True):
        histogram.buckets.add(low_value=low, high_value=high, sample_count=count)


def _of_strings(statistics: Any, values: list[Any], common: dict[str, int]) -> None:
    statistics.common_stats.MergeFrom(type(statistics.common_stats)(**common))
    names, counts = np.unique([str(value)[:100] for value in values], return_counts=True)
    statistics.unique = len(names)
    statistics.avg_length = float(np.mean([len(str(value)) for value in values])) if values else 0.0
    for place in np.argsort(-counts)[:20]:
        statistics.top_values.add(value=str(names[place]), frequency=float(counts[place]))

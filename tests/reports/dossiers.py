"""Dossiers to report on: real data, the answers of a real scikit-learn model, and what follows from them."""

import base64
import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy import stats
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from analysis import predictions, records
from analysis.predictions import INPUT, SLICE, Info, Predictions
from analysis.records import Analysis
from registry import dossier, version_map
from registry.dossier import DossierRecord, Origin
from schemas import codec, curves, events
from schemas.model_card import ModelCard
from schemas.records import CasesReport, Check, Interval, SliceResult, Verdict
from schemas.tasks import Task


@dataclass(kw_only=True)
class Model:
    """What a dossier is made of.

    Attributes:
      inputs: values by raw column: floats, texts or pictures' bytes; None where one is missing.
      labels: class indices, or values.
      answers: probabilities [N, classes], or values.
      slices: values by column of the page's slices.
      configuration: of the card.
    """

    name: str
    task: Task
    kinds: dict[str, str]
    inputs: dict[str, list[Any]]
    labels: np.ndarray
    answers: np.ndarray
    slices: dict[str, list[str]] = field(default_factory=dict)
    configuration: dict[str, Any] = field(default_factory=dict)

    @property
    def table(self) -> Predictions:
        info = Info(self.name, codec.dumps(self.task), "test", self.kinds, tuple((c,) for c in self.slices))
        losses = predictions.losses(self.task, self.labels, self.answers)
        columns: dict[str, Any] = {
            "key": [f"{row:016x}" for row in range(len(self.labels))],
            "source_row": list(range(1, len(self.labels) + 1)),
            "loss": losses,
        }
        classes = self.task.classes_or_none
        if classes:
            columns["label"] = [classes[index] for index in self.labels]
            columns["prediction"] = [classes[index] for index in self.answers.argmax(1)]
            columns["confidence"] = self.answers.max(1)
            columns["probabilities"] = list(self.answers.astype(np.float32))
        else:
            columns |= {"label": self.labels.astype(float), "prediction": self.answers.astype(float)}
        columns |= {INPUT + name: values for name, values in self.inputs.items()}
        columns |= {SLICE + name: values for name, values in self.slices.items()}
        return Predictions(info, pa.table(columns, schema=predictions.schema_of(info)))


def png(pixels: np.ndarray) -> bytes:
    """Grey levels 0 to 255 as a picture's file."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def wilson(right: float, rows: int) -> Interval:
    found = stats.binomtest(round(right), rows).proportion_ci(method="wilson") if rows else None
    return Interval(right / rows, found.low, found.high) if found else Interval(None, None, None)


def spread(values: np.ndarray, root: bool = False) -> Interval:
    """The mean, with Student's interval."""
    half = 1.96 * values.std(ddof=1) / len(values) ** 0.5 if len(values) > 1 else np.nan
    ends = [values.mean(), max(values.mean() - half, 0), values.mean() + half]
    return Interval(*(float(np.sqrt(end) if root else end) for end in ends))


def analysis_of(found: Predictions, **more: Any) -> Analysis:
    """What follows from the answers alone; ``more`` are further fields."""
    classes = found.classes
    worst = tuple(int(row) for row in np.argsort(-found.loss, kind="stable")[:50])
    common = {"rows": len(found), "primary": found.task.primary.name, "worst": worst}
    if classes:
        accuracy = wilson(found.right.sum(), len(found))
        metrics = {found.task.primary.name: accuracy, "loss": spread(found.loss)}
        errors = classification(found)
        if len(classes) == 2:
            area = errors.roc[0].area
            metrics["auc"] = area
            wrong = [row for row in np.argsort(-found.loss, kind="stable") if not found.right[row]]
            common["false_positives"] = tuple(int(row) for row in wrong if found.labels[row] == 0)[:50]
            common["false_negatives"] = tuple(int(row) for row in wrong if found.labels[row] == 1)[:50]
        return Analysis(metrics=metrics, classification=errors, **(common | more))
    residuals = found.labels - found.answers
    metrics = {"rmse": spread(residuals**2, root=True), "mae": spread(np.abs(residuals))}
    if found.task.log_label:
        metrics["rmsle"] = spread(found.loss, root=True)
    return Analysis(metrics=metrics, regression=regression(found), **(common | more))


def classification(found: Predictions) -> records.ClassificationErrors:
    classes = found.classes or ()
    size = len(classes)
    matrix = np.bincount(found.labels * size + found.answers, minlength=size * size).reshape(size, size)
    scores, roc, pr = [], [], []
    for index, name in enumerate(classes):
        hit, support, answered = matrix[index, index], matrix[index].sum(), matrix[:, index].sum()
        precision, recall = wilson(hit, answered), wilson(hit, support)
        f1 = 2 * hit / (support + answered) if support + answered else None
        scores.append(
            records.ClassScores(name, int(support), int(answered), precision, recall, Interval(f1, None, None))
        )
        truth = found.labels == index
        if not 0 < truth.sum() < len(found) or (size == 2 and index == 0):
            continue
        p = found.probabilities[:, index]
        fpr, tpr, at = roc_curve(truth, p)
        area = roc_auc_score(truth, p)
        roc.append(records.Curve(name, (*map(float, fpr),), (*map(float, tpr),), (*map(float, at),), around(area)))
        precisions, recalls, at = precision_recall_curve(truth, p)
        area = average_precision_score(truth, p)
        points = [(*map(float, series),) for series in (recalls, precisions, [*at, 1.0])]
        pr.append(records.Curve(name, *points, around(area)))
    confidence = found.probabilities.max(1)
    bins = []
    for low in np.arange(0, 1, 0.1):
        here = (confidence > low) & (confidence <= low + 0.1)
        if here.any():
            accuracy = wilson(found.right[here].sum(), int(here.sum()))
            mean = float(confidence[here].mean())
            bins.append(records.CalibrationBin(float(low), float(low + 0.1), int(here.sum()), mean, accuracy))
    ece = sum(each.rows * abs(each.confidence - (each.accuracy.value or 0)) for each in bins) / len(found)
    sweep = thresholds(found) if size == 2 else ()
    best = max(sweep, key=lambda each: each.f1 or 0).threshold if sweep else None
    counts = tuple(tuple(map(int, row)) for row in matrix)
    calibration = records.Calibration(float(ece), tuple(bins))
    return records.ClassificationErrors(classes, counts, tuple(scores), tuple(roc), tuple(pr), calibration, sweep, best)


def around(area: float) -> Interval:
    return Interval(float(area), float(max(0, area - 0.05)), float(min(1, area + 0.05)))


def thresholds(found: Predictions) -> tuple[records.ThresholdScores, ...]:
    scores = []
    for at in np.arange(0.05, 1, 0.05):
        yes, truth = found.probabilities[:, 1] >= at, found.labels == 1
        hit = int((yes & truth).sum())
        precision = hit / int(yes.sum()) if yes.any() else None
        recall = hit / int(truth.sum())
        f1 = 2 * hit / int(yes.sum() + truth.sum())
        accuracy = float((yes == truth).mean())
        scores.append(records.ThresholdScores(round(float(at), 2), accuracy, precision, recall, f1, float(yes.mean())))
    return tuple(scores)


def regression(found: Predictions) -> records.RegressionErrors:
    residuals = found.labels - found.answers
    counts, edges = np.histogram(residuals, 15)
    order = np.argsort(found.answers)
    bins = []
    for rows in np.array_split(order, min(8, len(order))):
        answers, mean, deviation = found.answers[rows], residuals[rows].mean(), residuals[rows].std()
        bins.append(
            records.ResidualBin(float(answers.min()), float(answers.max()), len(rows), float(mean), float(deviation))
        )
    half = 1.96 * residuals.std(ddof=1) / len(residuals) ** 0.5
    bias = Interval(*(float(residuals.mean() + side * half) for side in (0, -1, 1)))
    quantiles = {str(share): float(np.quantile(np.abs(residuals), share)) for share in (0.5, 0.9, 0.95, 1.0)}
    r2 = float(1 - (residuals**2).sum() / ((found.labels - found.labels.mean()) ** 2).sum())
    normality = float(stats.normaltest(residuals).pvalue) if len(residuals) >= 20 else None
    histogram = (*map(int, counts),)
    return records.RegressionErrors(bias, r2, quantiles, histogram, (*map(float, edges),), tuple(bins), normality)


def verdict_of(found: Analysis, task: Task, bound: float, slices: tuple[SliceResult, ...] = ()) -> Verdict:
    """Of one threshold of the primary metric."""
    value = found.metrics[found.primary].value
    better = task.primary.higher_is_better
    margin = None if value is None else (value - bound if better else bound - value)
    check = Check("threshold", found.primary, value, bound, margin, margin is not None and margin >= 0)
    metrics = {name: interval.value for name, interval in found.metrics.items()}
    worst = min(slices, key=lambda each: each.metrics.get(found.primary) or 0, default=None)
    return Verdict(
        check.passed, (check,), "test", found.rows, metrics, {found.primary: bound / 2}, None, slices, worst, None
    )


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


def base64_of(picture: bytes) -> str:
    return base64.b64encode(picture).decode()

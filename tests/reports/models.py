"""Models to report on, with attributions that are exact because the models are linear."""

import base64
from typing import Any

import numpy as np

from analysis import records
from analysis.predictions import Predictions
from analysis.records import Analysis
from schemas.records import Interval
from schemas.tasks import CLASSES, MulticlassClassification
from tests.reports import dossiers
from tests.reports.dossiers import Model
from tests.reports.workbook.models import between, diabetes, digits, grades, passengers, properties, tumours

__all__ = [
    "analysed",
    "between",
    "diabetes",
    "digits",
    "explained",
    "grades",
    "passengers",
    "properties",
    "texts",
    "tumours",
]


def analysed(model: Model, **more: Any) -> Analysis:
    """What follows from the answers, and a diagnosis of the fit."""
    sentence = "The model overfits since epoch 6: it goes on learning the training examples."
    evidence = ("The eval loss rose by 12%.",)
    fit = records.FitDiagnosis("overfits", 6, sentence, evidence, "dropout=0.4", "more dropout keeps units apart")
    return dossiers.analysis_of(model.table, **({"fit": fit} | more))


def explained(model: Model) -> Analysis:
    """``analysed``, with attributions and neighbours of the worst rows and the importance of the columns.

    A column's attribution is how far its value is from the mean, times the column's place: known numbers to look for. A
    picture's heat is its middle pixel alone.
    """
    table = model.table
    found = analysed(model)
    kinds = model.kinds
    attributions, neighbours = [], []
    right = int(np.flatnonzero(table.right)[0]) if table.classes else 0
    for row in found.worst:
        target = table.classes[_answered(table)[row]] if table.classes else model.task.label
        parts = tuple(
            records.Part(name, str(model.inputs[name][row]), (place + 1) / 10 * (-1) ** place)
            for place, (name, kind) in enumerate(kinds.items())
            if kind != "image"
        )
        heat = tuple(tuple(1.0 if (y, x) == (3, 4) else 0.0 for x in range(8)) for y in range(8))
        image = "image" in kinds.values()
        attributions.append(
            records.Attribution(row, target, 0.9, 0.1, 0.001, () if image else parts, heat if image else ())
        )
        raw = {name: values[right] for name, values in model.inputs.items()}
        near = {
            name: base64.b64encode(value).decode() if isinstance(value, bytes) else value for name, value in raw.items()
        }
        label = table.row(right)["label"]
        neighbours.append(records.Neighbour(row, "near", 4711, near, label, 1.25))
    importance = tuple(
        records.Importance(name, Interval(0.3 - place / 10, 0.2 - place / 10, 0.4 - place / 10))
        for place, name in enumerate(kinds)
    )
    return analysed(
        model,
        attributions=tuple(attributions),
        neighbours=tuple(neighbours),
        importance=importance,
        reference="the mean of the training split",
        method="integrated gradients",
    )


def _answered(table: Predictions) -> np.ndarray:
    """The class that is explained: the answer; of several the most probable one."""
    return table.probabilities.argmax(axis=1) if table.task.kind == CLASSES else table.answers


def texts(rows: list[str], classes: tuple[str, ...] = ("calm", "loud")) -> Model:
    """Every text of the first class, and answered as the second one with much confidence."""
    answers = np.full((len(rows), len(classes)), 0.05 / max(1, len(classes) - 1), np.float32)
    answers[:, 1] = 0.95
    labels = np.zeros(len(rows), int)
    return Model(
        name="texts",
        task=MulticlassClassification("tone", classes),
        kinds={"text": "string"},
        inputs={"text": list(rows)},
        labels=labels,
        answers=answers,
    )

"""Versions to compare: real data, and the answers of scikit-learn's models with another regularisation each."""

import copy
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn import datasets, linear_model, model_selection, pipeline, preprocessing

from analysis import multi_hot, overall
from analysis.records import Analysis
from schemas.records import CasesReport, Check, Verdict
from schemas.tasks import BinaryClassification, MulticlassClassification, MultiLabel, Ordinal, Regression
from tests.reports import dossiers
from tests.reports.dossiers import Model


def fresh(make: Callable[[float], Model]) -> Callable[[float], Model]:
    """Trains once; each caller has a copy of its own to change."""
    kept = functools.cache(make)
    return lambda strength: copy.deepcopy(kept(strength))


def halves(count: int) -> tuple[np.ndarray, np.ndarray]:
    return model_selection.train_test_split(np.arange(count), test_size=0.3, random_state=0)


@fresh
def tumours(strength: float) -> Model:
    """Breast cancer, two classes; a column of texts that Excel could take for formulas."""
    data = datasets.load_breast_cancer()
    train, test = halves(len(data.target))
    columns = data.data[:, :4].astype(np.float32)
    logistic = linear_model.LogisticRegression(C=strength, max_iter=1000)
    model = pipeline.make_pipeline(preprocessing.StandardScaler(), logistic)
    model.fit(columns[train], data.target[train])
    names = [str(name) for name in data.feature_names[:4]]
    notes = ["=1+1", "+SUM(A1:A9)", "@x", None, "plain", "007"]
    inputs: dict[str, list[Any]] = {name: columns[test, place].tolist() for place, name in enumerate(names)}
    inputs["note"] = [notes[row % len(notes)] for row in range(len(test))]
    return Model(
        name="tumours",
        task=BinaryClassification("diagnosis", ("malignant", "benign")),
        kinds=dict.fromkeys(names, "number") | {"note": "string"},
        inputs=inputs,
        labels=data.target[test],
        answers=model.predict_proba(columns[test]).astype(np.float32),
        configuration={"training": {"strength": strength, "epochs": 3}},
    )


@fresh
def digits(strength: float) -> Model:
    """Handwritten digits, ten classes; learned from few examples, so that many answers are wrong."""
    data = datasets.load_digits()
    train, test = halves(len(data.target))
    model = linear_model.LogisticRegression(C=strength, max_iter=200).fit(
        data.data[train[:200]], data.target[train[:200]]
    )
    return Model(
        name="digits",
        task=MulticlassClassification("digit", tuple("0123456789")),
        kinds={"image": "image"},
        inputs={"image": [dossiers.png(pixels.reshape(8, 8) * 15) for pixels in data.data[test]]},
        labels=data.target[test],
        answers=model.predict_proba(data.data[test]).astype(np.float32),
    )


@fresh
def diabetes(strength: float) -> Model:
    """The progression of diabetes, a number."""
    data = datasets.load_diabetes(scaled=False)
    train, test = halves(len(data.target))
    model = linear_model.Ridge(alpha=strength).fit(data.data[train], data.target[train])
    columns = data.data[test].astype(np.float32)
    return Model(
        name="diabetes",
        task=Regression("progression", log=True),
        kinds=dict.fromkeys(data.feature_names, "number"),
        inputs={name: columns[:, place].tolist() for place, name in enumerate(data.feature_names)},
        labels=data.target[test],
        answers=model.predict(data.data[test]),
    )


def passengers(strength: float, most: int = 1000) -> list[Model]:
    """Three labels of at most so many examples: the diagnosis, of two classes; the radius, a number; its size, of three."""
    first = tumours(strength)
    first.labels, first.answers = first.labels[:most], first.answers[:most]
    first.inputs = {name: values[:most] for name, values in first.inputs.items()}
    columns = np.array([first.inputs[name] for name in list(first.inputs)[:4]]).T
    radius = columns[:, 0].astype(np.float64)
    sizes = np.digitize(radius, [12, 16])
    rng = np.random.default_rng(0)
    chances = (
        rng.dirichlet([1, 1, 1], len(sizes)) * 0.4 + 0.6 * np.eye(3)[np.where(rng.random(len(sizes)) < 0.8, sizes, 0)]
    )
    second = copy.deepcopy(first)
    second.task, second.labels = Regression("radius"), radius
    second.answers = radius + rng.normal(0, strength + 0.5, len(radius))
    third = copy.deepcopy(first)
    third.task = MulticlassClassification("its size", ("small", "middle", "large"))
    third.labels, third.answers = sizes, chances.astype(np.float32)
    return [first, second, third]


@fresh
def properties(strength: float) -> Model:
    """Digits of which each has any number of properties, 0 none of them but its roundness."""
    model = digits(strength)
    data = datasets.load_digits()
    train, test = halves(len(data.target))
    names = {"odd": (1, 3, 5, 7, 9), "round": (0, 6, 8, 9), "large": (5, 6, 7, 8, 9), "prime": (2, 3, 5, 7)}
    there = np.stack([np.isin(data.target, digits) for digits in names.values()], axis=1)
    answers = [
        linear_model.LogisticRegression(C=strength, max_iter=200)
        .fit(data.data[train[:200]], column[train[:200]])
        .predict_proba(data.data[test])[:, 1]
        for column in there.T
    ]
    model.name, model.task = "properties", MultiLabel("properties", classes=tuple(names))
    model.labels, model.answers = multi_hot.masks(there[test]), np.stack(answers, axis=1).astype(np.float32)
    return model


def grades(strength: float) -> Model:
    """The digits as classes in their order."""
    model = digits(strength)
    model.name, model.task = "grades", Ordinal("digit", tuple("0123456789"))
    return model


def between(strength: float) -> Model:
    """The progression of diabetes with an interval of 60 to each side."""
    model = diabetes(strength)
    model.name, model.task = "between", Regression("progression", log=True, quantiles=(0.05, 0.95))
    model.answers = np.stack([model.answers, model.answers - 60, model.answers + 60], axis=1)
    return model


def write(registry: Path, model: Model, version: str | None, cases: CasesReport | None = None) -> Path:
    """A version's dossier; its analysis has the metrics alone, as the workbook reads none of it."""
    table = model.table
    analysis = Analysis(rows=len(table), primary=model.task.primary.name, metrics=overall.metrics(table))
    value = analysis.metrics[analysis.primary].value or 0.0
    check = Check("threshold", analysis.primary, value, 0.9, value - 0.9, value >= 0.9)
    metrics = {name: interval.value for name, interval in analysis.metrics.items()}
    verdict = Verdict(check.passed, (check,), "test", len(table), metrics, {}, None, (), None, None)
    more = {"cases": cases} if cases is not None else {}
    return dossiers.write(registry, model, analysis, verdict, version, **more)

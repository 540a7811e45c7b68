"""Ordered classes, and intervals: compared between versions, and how far off answers are."""

import numpy as np
import pytest
from sklearn import metrics

from analysis import classification, importance
from analysis.comparison import BETTER, UNCLEAR, compare
from schemas.tasks import Ordinal, Regression
from tests.analysis.tables import table

GRADES = Ordinal("y", ("poor", "fair", "good", "best"))
LABELS = np.random.default_rng(2).integers(0, 4, 300)


def answered(noise: float, seed: int):
    random = np.random.default_rng(seed)
    scores = LABELS[:, None] + random.normal(0, noise, (len(LABELS), 1))
    shares = np.exp(-((scores - np.arange(4)) ** 2))
    return shares / shares.sum(axis=1, keepdims=True)


def metric(comparison, name):
    return next(each for each in comparison.metrics if each.name == name)


def kappa(answers: np.ndarray) -> float:
    return float(metrics.cohen_kappa_score(LABELS, answers.argmax(axis=1), weights="quadratic"))


def test_the_difference_of_kappa_and_of_the_distance_have_intervals_that_hold_them():
    rough, fine = answered(1.5, 0), answered(0.5, 1)
    found = compare(table(GRADES, LABELS, rough), table(GRADES, LABELS, fine))
    difference = metric(found, "kappa").difference
    assert difference.value == pytest.approx(kappa(fine) - kappa(rough))
    assert 0 < difference.low < difference.value < difference.high
    assert metric(found, "kappa").conclusion == metric(found, "mae").conclusion == BETTER
    assert metric(found, "mae").difference.high < 0
    same = compare(table(GRADES, LABELS, fine), table(GRADES, LABELS, answered(0.5, 7)))
    assert metric(same, "kappa").conclusion == UNCLEAR
    assert metric(same, "kappa").difference.low < 0 < metric(same, "kappa").difference.high


def test_answers_are_counted_by_their_distance():
    answers = answered(1.0, 3)
    distances = np.abs(answers.argmax(axis=1) - LABELS)
    found = classification.errors_of(table(GRADES, LABELS, answers))
    assert found.off_by == tuple(np.bincount(distances, minlength=4).tolist())
    assert sum(found.off_by) == len(LABELS)


def test_a_column_that_decides_the_class_worsens_the_distance():
    def predict(columns):
        scores = np.asarray(columns["grade"], np.float64)[:, None]
        return {"probabilities": np.exp(-((scores - np.arange(4)) ** 2))}

    numbers = {"grade": LABELS.astype(np.float32), "noise": np.zeros(len(LABELS), np.float32)}
    shares = predict(numbers)["probabilities"]
    found = importance.importance(table(GRADES, LABELS, shares, inputs=numbers), predict)
    assert [each.column for each in found.columns] == ["grade", "noise"]
    assert found.columns[0].worsening.value > 0.8 and found.columns[1].worsening.value == 0


def test_coverage_is_compared_as_a_share_and_width_as_a_mean():
    between = Regression("y", quantiles=(0.05, 0.95))
    labels = np.random.default_rng(4).normal(size=200)
    narrow = np.stack([np.zeros(200), np.full(200, -0.5), np.full(200, 0.5)], axis=1)
    found = compare(table(between, labels, narrow), table(between, labels, 4 * narrow))
    assert metric(found, "coverage").conclusion == BETTER
    assert metric(found, "width").difference.value == pytest.approx(3)

"""The rows that a model handles worst."""

import numpy as np

from analysis import failures
from schemas.tasks import BinaryClassification, Regression
from tests.analysis.tables import table


def test_false_positives_and_negatives_come_by_falling_loss():
    labels = np.array([0, 0, 1, 1, 0, 1])
    positive = np.array([0.6, 0.9, 0.4, 0.1, 0.2, 0.8])
    found = failures.of(table(BinaryClassification("y", ("no", "yes")), labels, np.stack([1 - positive, positive], 1)))
    assert found.false_positives == (1, 0)
    assert found.false_negatives == (3, 2)
    assert found.worst[:4] == (1, 3, 0, 2)
    assert (found.wrong, found.false_positive_count, found.false_negative_count, found.not_finite) == (4, 2, 2, 0)


def test_a_limit_cuts_the_rows_and_not_the_counts(cancer):
    found = failures.of(cancer, 3)
    everything = failures.of(cancer)
    assert found.worst == everything.worst[:3] and len(everything.worst) == 50
    assert found.false_positives == everything.false_positives[:3]
    assert (
        found.wrong
        == found.false_positive_count + found.false_negative_count
        == (cancer.labels != cancer.answers).sum()
    )
    assert list(cancer.loss[list(everything.worst)]) == sorted(cancer.loss, reverse=True)[:50]


def test_answers_that_are_not_finite_are_the_worst():
    shares = np.array([[0.01, 0.99], [np.nan, np.nan]], np.float32)
    found = failures.of(table(BinaryClassification("y", ("no", "yes")), np.array([0, 0]), shares))
    assert found.worst == (1, 0) and found.false_positives == (0,)
    assert (found.wrong, found.not_finite) == (2, 1)
    found = failures.of(table(Regression("y"), [1.0, 2.0, 3.0], [9.0, np.nan, np.inf]))
    assert found.worst == (1, 2, 0)
    assert (found.wrong, found.not_finite) == (None, 2)

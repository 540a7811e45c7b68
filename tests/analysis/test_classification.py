"""The errors of a classification, against scikit-learn, and with answers that are not finite."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from analysis import classification, intervals, overall
from analysis.error_records import ClassificationErrors
from schemas.tasks import BinaryClassification, MulticlassClassification
from tests.analysis.tables import table

BINARY = BinaryClassification("y", ("no", "yes"))


def binary(labels, scores):
    scores = np.asarray(scores, np.float32)
    return table(BINARY, np.asarray(labels), np.stack([1 - scores, scores], axis=1))


def test_the_matrix_and_the_scores_by_class_are_those_of_scikit_learn(digits):
    found = classification.errors_of(digits)
    assert np.array_equal(found.confusion, metrics.confusion_matrix(digits.labels, digits.answers))
    expected = metrics.precision_recall_fscore_support(digits.labels, digits.answers)
    scores = [(each.precision.value, each.recall.value, each.f1.value, each.support) for each in found.per_class]
    assert np.allclose(scores, np.transpose(expected))
    assert [each.predicted for each in found.per_class] == np.sum(found.confusion, axis=0).tolist()
    assert found.per_class[8].recall == intervals.proportion(found.confusion[8][8], found.per_class[8].support)
    assert found.thresholds == () and found.best_threshold is None and found.not_finite == 0 and found.notes == ()


def test_the_areas_and_the_curves_are_those_of_scikit_learn(cancer):
    found = classification.errors_of(cancer)
    (roc,), (precision_recall,) = found.roc, found.precision_recall
    scores = cancer.probabilities[:, 1].astype(np.float64)
    assert roc.name == precision_recall.name == "benign"
    assert roc.area == overall.metrics(cancer)["auc"]
    assert precision_recall.area.value == pytest.approx(metrics.average_precision_score(cancer.labels, scores))
    assert precision_recall.area.low < precision_recall.area.value < precision_recall.area.high
    for x, recall, threshold in zip(roc.x, roc.y, roc.thresholds, strict=True):
        answered = scores >= threshold
        assert x == pytest.approx(answered[cancer.labels == 0].mean(), abs=1e-6)
        assert recall == pytest.approx(answered[cancer.labels == 1].mean(), abs=1e-6)
    for recall, precision, threshold in list(
        zip(precision_recall.x, precision_recall.y, precision_recall.thresholds, strict=True)
    )[1:]:
        answered = scores >= threshold
        assert recall == pytest.approx(answered[cancer.labels == 1].mean(), abs=1e-6)
        assert precision == pytest.approx(cancer.labels[answered].mean(), abs=1e-6)
    assert (roc.x[0], roc.y[0], roc.x[-1], roc.y[-1]) == (0, 0, 1, 1)
    assert (precision_recall.x[0], precision_recall.x[-1]) == (0, 1)


def test_a_thinned_curve_keeps_its_shape():
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 20_000)
    found = classification.errors_of(binary(labels, np.clip(random.normal(0.4 + 0.2 * labels, 0.15), 0, 1)))
    for curve in (*found.roc, *found.precision_recall):
        assert 100 <= len(curve.x) <= 200
        assert np.trapezoid(curve.y, curve.x) == pytest.approx(curve.area.value, abs=2e-3)


def test_many_classes_have_curves_of_those_with_the_most_examples():
    random = np.random.default_rng(0)
    task = MulticlassClassification("y", tuple(f"c{index}" for index in range(30)))
    labels = np.repeat(np.arange(30), np.arange(1, 31))
    found = classification.errors_of(table(task, labels, random.dirichlet(np.ones(30), len(labels))))
    assert [curve.name for curve in found.roc] == [f"c{index}" for index in range(10, 30)]
    assert found.notes == ("curves are drawn of the 20 classes with the most examples, of 30",)


def test_calibration_is_guos():
    confidence = np.array([0.95, 0.95, 0.95, 0.95, 0.62, 0.62])
    found = classification.errors_of(binary([1, 1, 1, 0, 1, 0], confidence)).calibration
    assert [(each.rows, round(each.confidence, 6), each.accuracy.value) for each in found.bins] == [
        (2, 0.62, 0.5),
        (4, 0.95, 0.75),
    ]
    assert found.ece == pytest.approx((4 * 0.20 + 2 * 0.12) / 6, abs=1e-6)
    assert [(each.low, each.high) for each in found.bins] == [(9 / 15, 10 / 15), (14 / 15, 1.0)]


def test_a_calibrated_classifier_has_nearly_no_calibration_error():
    random = np.random.default_rng(0)
    scores = random.uniform(0, 1, 50_000)
    labels = (random.uniform(0, 1, 50_000) < scores).astype(int)
    assert classification.errors_of(binary(labels, scores)).calibration.ece < 0.01
    sharpened = scores**3 / (scores**3 + (1 - scores) ** 3)
    assert classification.errors_of(binary(labels, sharpened)).calibration.ece > 0.1


def test_the_sweep_has_the_scores_at_every_threshold(cancer):
    found = classification.errors_of(cancer)
    assert [each.threshold for each in found.thresholds] == [index / 100 for index in range(1, 100)]
    for each in found.thresholds[::7]:
        answers = (cancer.probabilities[:, 1] >= each.threshold).astype(int)
        assert each.accuracy == pytest.approx(metrics.accuracy_score(cancer.labels, answers))
        assert each.precision == pytest.approx(metrics.precision_score(cancer.labels, answers))
        assert each.recall == pytest.approx(metrics.recall_score(cancer.labels, answers))
        assert each.f1 == pytest.approx(metrics.f1_score(cancer.labels, answers))
        assert each.positive == answers.mean()
    best = max(each.f1 for each in found.thresholds)
    assert best == next(each.f1 for each in found.thresholds if each.threshold == found.best_threshold)


def test_the_best_threshold_of_equals_is_the_nearest_to_a_half():
    assert classification.errors_of(binary([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9])).best_threshold == 0.5
    assert classification.errors_of(binary([0, 0], [0.1, 0.2])).best_threshold is None


def test_one_class_alone_has_no_curves():
    found = classification.errors_of(binary([1, 1, 1], [0.2, 0.7, 0.9]))
    assert found.roc == found.precision_recall == ()
    assert found.per_class[0].recall.value is None


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(0, 12), st.sampled_from([2, 3]))
def test_no_answer_stops_the_analysis_and_json_can_hold_it(data, count, classes):
    share = st.floats(0, 1, width=32) | st.sampled_from([np.nan, np.inf, -np.inf])
    answers = np.array(data.draw(st.lists(st.tuples(*[share] * classes), min_size=count, max_size=count)))
    labels = np.array(data.draw(st.lists(st.integers(0, classes - 1), min_size=count, max_size=count)), int)
    task = BINARY if classes == 2 else MulticlassClassification("y", ("a", "b", "c"))
    found = classification.errors_of(table(task, labels, answers.reshape(count, classes)))
    assert ClassificationErrors.from_json(json.loads(json.dumps(found.to_json(), allow_nan=False))) == found
    assert np.sum(found.confusion) + found.not_finite == count
    assert sum(each.support for each in found.per_class) == count


def test_an_answer_that_is_not_finite_is_a_missed_example():
    shares = np.array([[0.1, 0.9], [np.nan, np.nan], [np.nan, np.nan]], np.float32)
    found = classification.errors_of(table(BINARY, np.array([1, 1, 0]), shares))
    assert found.not_finite == 2
    assert found.confusion == ((0, 0), (0, 1))
    assert (found.per_class[1].recall.value, found.per_class[1].precision.value) == (0.5, 1.0)
    assert (found.per_class[0].recall.value, found.per_class[0].predicted) == (0.0, 0)
    assert found.roc[0].area.value == 0.0  # the negative counts as 1, above both positives

"""The errors where an answer is any number of classes: each class is a decision of its own, right or wrong by itself."""

import numpy as np

from analysis import classification, multi_hot
from analysis.error_records import ClassificationErrors
from analysis.predictions import Predictions
from schemas.tasks import MultiLabel

_NO_CONFUSION = "an answer of several classes has no confusion matrix: none of them is answered instead of another"


def errors_of(predictions: Predictions) -> ClassificationErrors:
    """What such a task gets wrong; thresholds and calibration are of the decisions on all classes together.

    An answer that is not finite has none of the classes, and is counted in ``not_finite``; to a curve and a threshold it has
    the worst score.
    """
    task, finite = predictions.task, predictions.finite
    assert isinstance(task, MultiLabel)
    there = multi_hot.bits(predictions.labels, len(task.classes))
    answered = multi_hot.answered(predictions.probabilities, task.threshold)
    support = there.sum(axis=0)
    drawn, note = classification.most_frequent(support)
    roc, precision_recall = classification.curves_of(predictions, drawn)
    scores = np.where(finite[:, None], predictions.probabilities, ~there)
    thresholds = classification.thresholds_of(scores.reshape(-1), there.reshape(-1))
    return ClassificationErrors(
        classes=task.classes,
        confusion=(),
        per_class=classification.scores_of(task.classes, (there & answered).sum(axis=0), answered.sum(axis=0), support),
        roc=roc,
        precision_recall=precision_recall,
        calibration=classification.calibration_of(scores[finite].reshape(-1), there[finite].reshape(-1)),
        thresholds=thresholds,
        best_threshold=classification.best(thresholds),
        not_finite=int((~finite).sum()),
        notes=(_NO_CONFUSION, *note),
    )
